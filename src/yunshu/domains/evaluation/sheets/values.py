"""Small readings: numbers, amounts, comparators as people type them. None where a text is not one."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from yunshu.domains.evaluation.contracts import Comparator
from yunshu.lib.kernel.money import from_wan, yuan

_SPELLINGS = {
    Comparator.EQ: ("=", "==", "等于", "达到", "为"),
    Comparator.GE: ("≥", ">=", "≧", "》", "不低于", "不少于", "不小于", "至少", "大于等于", "大于或等于", "以上"),
    Comparator.GT: (">", "大于", "高于", "超过", "多于"),
    Comparator.LE: (
        "≤",
        "<=",
        "≦",
        "《",
        "不高于",
        "不超过",
        "不大于",
        "至多",
        "小于等于",
        "小于或等于",
        "以内",
        "以下",
    ),
    Comparator.LT: ("<", "小于", "低于", "少于"),
}
COMPARATORS = {spelling: comparator for comparator, spellings in _SPELLINGS.items() for spelling in spellings}
AMBIGUOUS = {"》": (Comparator.GE, Comparator.GT), "《": (Comparator.LE, Comparator.LT)}
DIGITS_MOST = 20
"""No amount and no target is longer; ``Decimal`` rounds beyond 28 digits."""
_JOINED = re.compile(r"^(?P<sign>\D*?)(?P<number>[-+]?[\d,]*\.?\d+)(?P<unit>\D*)$")


def squashed(text: str) -> str:
    """Return the text without any white space, full-width forms made ordinary."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def clean(text: str) -> str:
    """Return the text with tags taken off and white space folded."""
    return re.sub(r"\s+", " ", re.sub(r"</?p[^>]*>", " ", text, flags=re.IGNORECASE)).strip()


def number(text: str) -> Decimal | None:
    """Return a number with thousands separators and full-width digits understood."""
    plain = squashed(text)
    if not re.fullmatch(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?|[-+]?\.\d+", plain):
        return None
    plain = plain.replace(",", "")
    if len(plain) > DIGITS_MOST:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def whole(text: str) -> int | None:
    """Return a whole number of at most nine digits; ``41人`` and ``41 个`` are read too."""
    match = re.fullmatch(r"(\d{1,9})(\.0+)?[人个家]?", squashed(text).replace(",", ""))
    return int(match[1]) if match else None


def amount_yuan(text: str, unit: str) -> Decimal | None:
    """Return yuan from an amount in ``unit`` (万元 or 元); an own unit written behind the number goes first."""
    match = re.fullmatch(r"(?P<number>[^万元]+)(?P<unit>万元|万|元)?", squashed(text))
    value = number(match["number"]) if match else None
    if match is None or value is None:
        return None
    in_wan = (match["unit"] or unit).startswith("万")
    return from_wan(value) if in_wan else yuan(value)


def comparator(text: str) -> Comparator | None:
    """Return the comparator a spelling stands for."""
    return COMPARATORS.get(squashed(text)) or COMPARATORS.get(text.strip())


def joined(text: str) -> tuple[str, Decimal, str] | None:
    """Split ``≥99%`` into sign, number and unit; None if there is no number."""
    match = _JOINED.match(squashed(text))
    value = number(match["number"]) if match else None
    return (match["sign"], value, match["unit"]) if match and value is not None else None
