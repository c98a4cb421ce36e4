"""Two years of a department side by side: what came, went and changed, and whether a target became tighter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from yunshu.domains.evaluation.contracts import Comparator, Indicator, TableForm
from yunshu.domains.evaluation.rules.diff import Change, ChangeKind, changes, where_of
from yunshu.domains.evaluation.rules.fill_in_hits import number, wan

_SHOWN = frozenset({"", "amount_yuan", "kind"})
_PROMISE = ("comparator", "target", "unit")
_MORE = (Comparator.GE, Comparator.GT)
_LESS = (Comparator.LE, Comparator.LT)
_STRICT = (Comparator.GT, Comparator.LT)


class Direction(StrEnum):
    """What became of a target."""

    TIGHTER = "tighter"
    LOOSER = "looser"
    OTHER = "other"


WORDS = {Direction.TIGHTER: "收紧", Direction.LOOSER: "放宽", Direction.OTHER: "要求改变，不分松紧"}


@dataclass(frozen=True, kw_only=True)
class YearChange:
    """One difference between two years; ``direction`` is set where a target changed."""

    kind: ChangeKind
    part: str
    sentence: str
    direction: Direction | None = None


@dataclass(frozen=True, kw_only=True)
class YearStep:
    """From one year to the next one compared: the totals in a sentence, then every difference."""

    before: int
    after: int
    totals: str
    changes: tuple[YearChange, ...]


def compared(before: TableForm, after: TableForm) -> YearStep:
    """Return what the later table changed in money, tasks and indicators; items are matched as in ``diff``."""
    found = changes(before, after)
    told = [_told(c) for c in found if c.where != "form" and not c.where.startswith("goal:") and c.field in _SHOWN]
    return YearStep(
        before=before.year,
        after=after.year,
        totals=_totals(before, after),
        changes=(*told, *_targets(before, found)),
    )


def direction(before: Indicator, after: Indicator) -> Direction:
    """Return whether the later target asks for more; OTHER where unit or kind of comparison changed."""
    sides = [side for side in (_MORE, _LESS) if before.comparator in side and after.comparator in side]
    if before.unit != after.unit or not sides:
        return Direction.OTHER
    if before.target == after.target:
        return Direction.TIGHTER if after.comparator in _STRICT else Direction.LOOSER
    rises = after.target > before.target
    return Direction.TIGHTER if rises == (sides[0] is _MORE) else Direction.LOOSER


def _told(change: Change) -> YearChange:
    return YearChange(kind=change.kind, part=change.where.split(":")[0], sentence=change.sentence)


def _targets(before: TableForm, found: tuple[Change, ...]) -> list[YearChange]:
    told = []
    for old in before.indicators:
        new: dict[str, Any] = {
            c.field: c.after
            for c in found
            if c.where == where_of(old) and c.kind is ChangeKind.CHANGED and c.field in _PROMISE
        }
        if new:
            later = replace(old, **new)
            way = direction(old, later)
            words = f"指标“{old.name}”由{_promise(old)}改为{_promise(later)}，{WORDS[way]}。"
            told.append(YearChange(kind=ChangeKind.CHANGED, part="indicator", sentence=words, direction=way))
    return told


def _promise(indicator: Indicator) -> str:
    return f"{indicator.comparator.value}{number(indicator.target)}{indicator.unit}"


def _totals(before: TableForm, after: TableForm) -> str:
    apart = after.task_total - before.task_total
    said = f"任务{len(before.tasks)}项变为{len(after.tasks)}项，合计{wan(before.task_total)}万元变为{wan(after.task_total)}万元"
    if apart == 0:
        return f"{said}，金额不变；指标{len(before.indicators)}项变为{len(after.indicators)}项。"
    share = "" if before.task_total == 0 else f"（{abs(apart) / before.task_total * 100:.2f}%）"
    way = "增加" if apart > Decimal(0) else "减少"
    return f"{said}，{way}{wan(abs(apart))}万元{share}；指标{len(before.indicators)}项变为{len(after.indicators)}项。"
