"""Amounts and payment facts that a task's content states in words: ``每期95.424万元``, ``即2022年共需支付1163520元``.

Only what is written is read; nothing is inferred beyond the arithmetic that the sentence itself demands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from yunshu.domains.evaluation.contracts import Task
from yunshu.lib.kernel.money import from_wan, yuan

_AMOUNT = re.compile(r"(?P<number>\d[\d,，]*(?:\.\d+)?)\s*(?P<unit>亿元|万元|元|万(?!亿))")
_DATED = re.compile(r"(?P<y>20\d\d)年(?P<m>\d{1,2})月(?P<d>\d{1,2})日前?[^。；;，,\d]{0,6}支付[^。；;，,]{0,14}$")
_MONTHS = re.compile(r"每年((?:\d{1,2}月份?[、和及]?)+)[^。；;，,]*支付[^。；;，,]*$")
_UNITS = {"亿元": Decimal(100_000_000), "万元": Decimal(10_000), "万": Decimal(10_000), "元": Decimal(1)}
_BEFORE = 28


class FactKind(StrEnum):
    """What the words before an amount say it is."""

    YEAR = "year"  # 即2022年共需支付 …: due in the table's year
    DATED = "dated"  # 2022年11月30日前支付 …: due on a day
    MONTHS = "months"  # 每年4月份和10月份支付当期费用 …
    EACH = "each"  # 每期 …, 每月 …
    CAP = "cap"  # 最多不超过 …
    SUBTOTAL = "subtotal"  # 合计 …
    TOTAL = "total"  # 合同金额, 合同总金额, 项目建设共 …
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One amount in a text: what it is, as written, in yuan; the day or the months if the words name them."""

    kind: FactKind
    text: str
    amount_yuan: Decimal
    at: int
    due_on: date | None = None
    months: tuple[int, ...] = ()


def facts(content: str, year: int) -> tuple[Fact, ...]:
    """Return every amount of money in ``content`` in order, labelled by the words before it."""
    found = []
    for match in _AMOUNT.finditer(content):
        number = Decimal(re.sub("[,，]", "", match["number"]))
        before = content[max(0, match.start() - 60) : match.start()]
        kind, due_on, months = _label(before, year)
        amount = from_wan(number) if match["unit"] in ("万元", "万") else yuan(number * _UNITS[match["unit"]])
        found.append(Fact(kind=kind, text=match[0], amount_yuan=amount, at=match.start(), due_on=due_on, months=months))
    return tuple(found)


def _label(before: str, year: int) -> tuple[FactKind, date | None, tuple[int, ...]]:
    dated = list(_DATED.finditer(before))
    if dated and (due := _day(dated[-1])):
        return FactKind.DATED, due, ()
    if monthly := _MONTHS.search(before):
        months = tuple(int(m) for m in re.findall(r"\d+", monthly[1]) if 1 <= int(m) <= 12)
        return FactKind.MONTHS, None, months
    near = re.split(r"[。；;，,）)]", before[-_BEFORE:])[-1]
    return next((kind for kind, pattern in _patterns(year) if re.search(pattern, near)), FactKind.PLAIN), None, ()


def _patterns(year: int) -> tuple[tuple[FactKind, str], ...]:
    return (
        (FactKind.YEAR, rf"{year}年(?:度)?(?:共需|需|应|共)?支付$|共需$"),
        (FactKind.EACH, r"每(?:期|月|季度?|半年|次|条|个|台|人)[^年]{0,6}$"),
        (FactKind.CAP, r"(?:最多)?不(?:超过|高于)$|上限$"),
        (FactKind.SUBTOTAL, r"(?:合计|小计|总计)[:：]?$"),
        (FactKind.TOTAL, r"合同(?:总)?(?:金额|价|价款)为?$|(?:总投资|项目建设共|总金额为?)$"),
    )


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None


def due_in_year(task: Task, year: int) -> tuple[Decimal, str] | None:
    """Return what the content says is due in ``year`` (yuan) and the words that say so, None if it does not say.

    In this order: the year's own amount, the dated instalments of the year, monthly instalments, a list whose
    items (sub-totals excepted) can be added, one amount per period where nothing else is stated.
    """
    stated = facts(task.content, year)
    of = {kind: [f for f in stated if f.kind is kind] for kind in FactKind}
    if of[FactKind.YEAR]:
        return of[FactKind.YEAR][-1].amount_yuan, of[FactKind.YEAR][-1].text
    in_year = [f for f in of[FactKind.DATED] if f.due_on and f.due_on.year == year]
    if in_year:
        return _sum(in_year), "＋".join(f.text for f in in_year)
    if of[FactKind.MONTHS]:
        fact = of[FactKind.MONTHS][-1]
        return fact.amount_yuan * len(fact.months), f"{fact.text}×{len(fact.months)}"
    items = listed(task.content, year)
    if len(items) > 1:
        return _sum(items), "＋".join(f.text for f in items)
    if "每期" in task.content and len(of[FactKind.EACH]) == 1:
        return of[FactKind.EACH][0].amount_yuan, f"每期{of[FactKind.EACH][0].text}"
    return None


def listed(content: str, year: int) -> tuple[Fact, ...]:
    """Return the amounts of a numbered list (``1、…25.2万元；2、…``), sub-totals left out; empty if it is no list."""
    if len(re.findall(r"(?:^|[；;。）)])\s*\d+[、.．]", content)) < 2:
        return ()
    return tuple(f for f in facts(content, year) if f.kind in (FactKind.PLAIN, FactKind.EACH))


def wrong_subtotals(content: str, year: int) -> tuple[tuple[Fact, Decimal], ...]:
    """Return each sub-total (合计) of a list that is not the sum of the items before it, with that sum in yuan."""
    items = set(listed(content, year))
    wrong, running = [], Decimal(0)
    for fact in facts(content, year):
        if fact in items:
            running += fact.amount_yuan
        elif fact.kind is FactKind.SUBTOTAL:
            if items and running and running != fact.amount_yuan:
                wrong.append((fact, running))
            running = Decimal(0)
    return tuple(wrong)


def _sum(chosen: list[Fact] | tuple[Fact, ...]) -> Decimal:
    return sum((f.amount_yuan for f in chosen), Decimal(0))
