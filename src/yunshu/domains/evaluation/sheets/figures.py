"""Small readings: amounts, counts, ordinals, comparators, targets, as people type them.

Each returns a ``Read``: the value and what is doubtful about it. ``Illegible`` says that there is no reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from yunshu.domains.evaluation.contracts import Comparator
from yunshu.domains.evaluation.sheets.texts import clean, fold, has_full_width, one_line
from yunshu.lib.kernel.money import FEN, yuan

T = TypeVar("T")
YUAN_IN = {"亿元": Decimal(100_000_000), "万元": Decimal(10_000), "万": Decimal(10_000), "元": Decimal(1)}
YUAN_MOST = Decimal(10) ** 16  # what a column of 18 digits with 2 decimals holds
DIGITS_MOST = 18
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_AMOUNT = re.compile(r"(?P<number>[-+]?[\d,.]+)(?P<unit>亿元|万元|万|元)?")
_TARGET = re.compile(r"(?P<sign>[^\d.+-]*)(?P<number>[-+]?\d[\d,.]*)(?P<rest>.*)", re.DOTALL)
_ORDINAL = re.compile(r"\(?(\d{1,4})\)?(?:[、.]0*)?")
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.0+)?[人名个家]?")

SPELLINGS = {
    Comparator.EQ: ("=", "==", "等于", "达到"),
    Comparator.GE: (
        *("≥", ">=", "=>", "≧", "⩾", "≮", "不低于", "不少于", "不小于", "不短于", "至少", "最少"),
        *("大于等于", "大于或等于", "高于或等于", "以上", "及以上", "含以上"),
    ),
    Comparator.GT: (">", "大于", "高于", "超过", "多于", "超出", "以外"),
    Comparator.LE: (
        *("≤", "<=", "=<", "≦", "⩽", "≯", "不超过", "不高于", "不大于", "不多于", "至多", "最多", "不迟于"),
        *("小于等于", "小于或等于", "低于或等于", "以内", "之内", "以下", "及以下"),
    ),
    Comparator.LT: ("<", "小于", "低于", "少于", "不足", "不满", "不到"),
}
"""以上、以下、以内 include the number, 不满、超过、以外 do not: 民法典第一千二百五十九条."""
COMPARATORS = {spelling: comparator for comparator, spellings in SPELLINGS.items() for spelling in spellings}
LOOSE = {
    **dict.fromkeys(("》", "〉", "》=", "≫"), (Comparator.GE, Comparator.GT)),
    **dict.fromkeys(("《", "〈", "《=", "≪"), (Comparator.LE, Comparator.LT)),
}
"""Book-title marks stand beside < and > on Chinese keyboards; in these forms they mean at least and at most."""
_SUFFIXES = ("及以上", "及以下", "含以上", "以上", "以下", "以内", "之内", "以外")


class Illegible(Exception):
    """There is no reading of the text; the message says why, ``advice`` what to write instead."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True)
class Doubtful:
    """Why a reading is not certain: what was chosen, and what else it may be; both can be typed back."""

    message: str
    chosen: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read(Generic[T]):
    """A value and the doubts about it."""

    value: T
    doubts: tuple[Doubtful, ...] = ()


@dataclass(frozen=True)
class Number:
    """A target as typed into one cell: ``≥99%以上`` is a sign, a number, a unit and a suffix."""

    sign: str
    value: Decimal
    unit: str


def amount(text: str, unit: str) -> Read[Decimal | None]:
    """Return yuan to the fen; ``unit`` (万元, 元) is the column's, one written behind the number goes first.

    Blank is None. Raises Illegible for what is no amount, is negative, or has misplaced separators.
    """
    if not fold(text):
        return Read(None)
    match = _AMOUNT.fullmatch(fold(text))
    if match is None:
        raise Illegible(f"金额应为数字，现为“{shown(text)}”。", "请填写数字，如 5,195.75。")
    own = "万元" if match["unit"] == "万" else match["unit"]
    value = _decimal(match["number"], text)
    if value < 0:
        raise Illegible(f"金额为负数：“{shown(text)}”。", "请填写不小于零的金额。")
    exact = value * YUAN_IN[own or unit]
    if exact >= YUAN_MOST:
        raise Illegible(f"金额过大：“{shown(text)}”。", "请检查数字与计量单位。")
    plain = match["number"].removeprefix("+") + (match["unit"] or "")
    doubts = list(_typing_doubts(text, plain))
    if own and own != unit:
        other = match["number"] + unit
        doubts.append(Doubtful(f"该列以{unit}为单位，这一格写明“{own}”，按{own}读取。", plain, (other,)))
    if exact != exact.quantize(FEN):
        doubts.append(Doubtful(f"“{shown(text)}”精确到分以下，已四舍五入到分。", plain))
    return Read(yuan(exact), tuple(doubts))


def count(text: str) -> Read[int | None]:
    """Return a whole number (``41``, ``41人``); blank is None. Raises Illegible."""
    if not fold(text):
        return Read(None)
    match = _COUNT.fullmatch(fold(text))
    if match is None:
        raise Illegible(f"应为整数，现为“{shown(text)}”。", "请填写整数。")
    value = int(match[1].replace(",", ""))
    return Read(value, tuple(_typing_doubts(text, str(value))))


def ordinal(text: str) -> int:
    """Return a running number typed as ``1``, ``1、``, ``1.``, ``（1）`` or ``①``. Raises Illegible."""
    match = _ORDINAL.fullmatch(fold(text))
    if match is None:
        raise Illegible(f"序号应为整数，现为“{shown(text)}”。", "请填写序号，如 1。")
    return int(match[1])


def comparator(text: str) -> Read[Comparator]:
    """Return the comparator that a spelling stands for. Raises Illegible for an unknown one."""
    sign = fold(text)
    if sign in COMPARATORS:
        return Read(COMPARATORS[sign])
    if sign in LOOSE:
        wide, strict = LOOSE[sign]
        message = f"“{sign}”按“{wide}”读取（表格中的惯用写法）；如为严格比较，请改选“{strict}”。"
        return Read(wide, (Doubtful(message, wide.value, (strict.value,)),))
    known = "、".join(c.value for c in Comparator)
    raise Illegible(f"不认识的对比符号：“{shown(text)}”。", f"请填写 {known} 之一。")


def target(text: str) -> Read[Number]:
    """Return a target with what is joined to it (``≥99%``, ``2小时以内``). Raises Illegible.

    ``sign`` is one spelling, wherever it stood; a sign before and another behind the number contradict.
    """
    match = _TARGET.fullmatch(fold(text).replace("−", "-"))
    if match is None or re.search(r"\d", match["rest"]):
        raise Illegible(f"指标值应为一个数字，现为“{shown(text)}”。", "请填写数字；定性要求请写入三级指标解释。")
    value = _decimal(match["number"], text)
    rest, sign = match["rest"], match["sign"]
    suffix = next((s for s in _SUFFIXES if rest.endswith(s)), "")
    if sign and suffix:
        raise Illegible(f"数字前后都有对比符号：“{shown(text)}”。", "请只保留一个对比符号。")
    number = Number(sign=sign or suffix, value=value, unit=rest.removesuffix(suffix))
    return Read(number, tuple(_typing_doubts(text, fold(text))))


def unit(text: str) -> str:
    """Return a unit of measure; the full-width per cent sign is the ordinary one."""
    return one_line(clean(text)).replace("％", "%")


def shown(text: str) -> str:
    """Return a cell's text as a message quotes it."""
    line = one_line(clean(text)) or "空"
    return line if len(line) <= 30 else line[:29] + "…"


def _decimal(typed: str, text: str) -> Decimal:
    if not re.fullmatch(rf"[-+]?(?:{_NUMBER})", typed) or sum(c.isdigit() for c in typed) > DIGITS_MOST:
        raise Illegible(f"数字的千分位或小数点写法不规范：“{shown(text)}”。", "请按 5,195.75 或 5195.75 填写。")
    return Decimal(typed.replace(",", ""))


def _typing_doubts(text: str, plain: str) -> list[Doubtful]:
    line = one_line(clean(text))
    doubts = []
    if has_full_width(line):
        doubts.append(Doubtful(f"“{shown(text)}”为全角数字，按“{plain}”读取。", plain))
    if re.search(r"[\d.,]\s+[\d.,]", line):
        doubts.append(Doubtful(f"数字中间有空格：“{shown(text)}”，按“{plain}”读取。", plain))
    return doubts
