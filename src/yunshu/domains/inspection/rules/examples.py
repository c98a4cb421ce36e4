"""Examples of an indicator, made from its own formula: findings under which it passes, and under which it does not.

They show an official what a formula does before it is published, and every shipped indicator is tested with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yunshu.domains.inspection.rules.formulas import (
    HINT,
    INDICATOR_KEY,
    Award,
    Condition,
    Fault,
    Flat,
    Manual,
    PerFinding,
    Steps,
    Veto,
    Which,
)
from yunshu.domains.inspection.rules.scoring import Grant, Indicator

FOREIGN = "unheard-of"
"""A kind of finding that no indicator counts."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """Findings (and a bonus granted) under which an indicator passes or not, and why."""

    words: str
    passes: bool
    faults: tuple[Fault, ...] = ()
    grant: Grant | None = None


def examples(indicator: Indicator) -> list[Example]:
    """Return at least three passing and three failing examples of an indicator; a bonus “passes” if it gains points."""
    formula = indicator.formula
    if isinstance(formula, Award):
        return _award(indicator, formula)
    if isinstance(formula, Manual):
        return _manual(indicator)
    if isinstance(formula, Veto):
        found = [e for condition in formula.any_of for e in _condition(condition, indicator.checks)]
    elif isinstance(formula, Flat):
        found = _condition(formula.which, indicator.checks)
    else:
        least = formula.steps[0].at_least if isinstance(formula, Steps) else 1
        found = _around(formula.which, indicator.checks, least)
    return [*_innocent(indicator), *found]


def _innocent(indicator: Indicator) -> list[Example]:
    kind = next(iter(_checks(indicator)), FOREIGN)
    return [
        Example(words="没有问题", passes=True),
        Example(words="只有其他检查项的问题", passes=True, faults=_many(5, FOREIGN)),
        Example(words="只有提示", passes=True, faults=_many(5, kind, severity=HINT)),
    ]


def _checks(indicator: Indicator) -> Iterable[str]:
    formula = indicator.formula
    whiches: tuple[Which, ...] = ()
    if isinstance(formula, Veto):
        whiches = formula.any_of
    elif isinstance(formula, PerFinding | Flat | Steps):
        whiches = (formula.which,)
    return (*indicator.checks, *(c for w in whiches for c in w.checks))


def _condition(condition: Condition, checks: tuple[str, ...]) -> list[Example]:
    found = _around(condition, checks, condition.at_least)
    if condition.all_of and condition.at_least > 1:
        fitting = {**_fitting(condition), condition.all_of: "1"}
        kind = (condition.checks or checks)[0]
        found.append(Example(words="总数不足，全部有问题", passes=False, faults=_many(1, kind, detail=fitting)))
    return found


def _around(which: Which, checks: tuple[str, ...], least: int) -> list[Example]:
    """Return examples just below, at and above the number, and some that miss one of the conditions."""
    kind, severity, detail = (which.checks or checks)[0], _severity(which), _fitting(which)
    found = [
        Example(words=f"{n} 处", passes=n < least, faults=_many(n, kind, severity=severity, detail=detail))
        for n in (least - 1, least, least + 1, least + 9)
        if n > 0
    ]
    if which.severities:
        found.append(Example(words="不是所列的严重程度", passes=True, faults=_many(least, kind, severity=HINT)))
    if which.measure and which.measure_min:
        low = {**detail, which.measure: str(which.measure_min - Decimal("0.001"))}
        found.append(Example(words="差一点达到", passes=True, faults=_many(least, kind, severity=severity, detail=low)))
    for key in which.where:
        other = {**detail, key: FOREIGN}
        found.append(
            Example(words=f"{key} 不同", passes=True, faults=_many(least, kind, severity=severity, detail=other))
        )
    return found


def _severity(which: Which) -> str:
    return which.severities[0] if which.severities else "general"


def _fitting(which: Which) -> dict[str, Any]:
    detail: dict[str, Any] = {key: values[0] for key, values in which.where.items() if values}
    if which.measure:
        detail[which.measure] = str(which.measure_min)
    return detail


def _many(
    count: int, kind: str, *, severity: str = "general", detail: Mapping[str, Any] | None = None
) -> tuple[Fault, ...]:
    return tuple(
        Fault(number=f"E{n:03}", kind=kind, severity=severity, detail=detail or {}) for n in range(1, count + 1)
    )


def _manual(indicator: Indicator) -> list[Example]:
    own, other = {INDICATOR_KEY: indicator.code}, {INDICATOR_KEY: FOREIGN}
    return [
        Example(words="没有问题", passes=True),
        Example(words="归入其他指标的问题", passes=True, faults=_many(3, "other", detail=other)),
        Example(words="没有归入指标的问题", passes=True, faults=_many(3, "other")),
        *(Example(words=f"归入本指标 {n} 处", passes=False, faults=_many(n, "other", detail=own)) for n in (1, 2, 5)),
    ]


def _award(indicator: Indicator, formula: Award) -> list[Example]:
    full = Grant(points=indicator.points, words="认定")
    some = Grant(points=max(indicator.points / 2, formula.loss * 2), words="认定部分")
    found = [
        Example(words="认定满分", passes=True, grant=full),
        Example(words="认定部分", passes=True, grant=some),
        Example(words="认定超出满分，按满分计", passes=True, grant=Grant(points=indicator.points * 2, words="认定")),
        Example(words="没有认定", passes=False),
        Example(words="没有认定，有问题", passes=False, faults=_many(1, next(iter(indicator.checks), FOREIGN))),
        Example(words="认定为 0 分", passes=False, grant=Grant(points=Decimal(0), words="不加")),
    ]
    return found
