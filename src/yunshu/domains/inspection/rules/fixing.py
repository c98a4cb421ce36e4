"""What putting findings right would bring: “fix these seven and gain 6.5 points”.

Exact where there are few findings, else greedy by indicator: the bundle of an indicator's findings that gives most for each
finding, again and again. A plan's figures are always those of a full scoring without its findings, never an estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import comb

from yunshu.domains.inspection.rules.formulas import Fault, Manual, PerFinding, Veto
from yunshu.domains.inspection.rules.scoring import (
    BONUS,
    ZERO,
    Grant,
    Indicator,
    Score,
    Subject,
    applies,
    counted,
    line_of,
    met,
    score,
)

EXACT_LIMIT, EXACT_FINDINGS = 1000, 14
"""Up to so many choices, of so many findings, are tried one by one."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Findings to put right, the score before and after. ``gain`` counts a vetoed object as nought."""

    findings: tuple[str, ...]
    before: Score
    after: Score

    @property
    def gain(self) -> Decimal:
        """Return the points gained."""
        return value(self.after) - value(self.before)

    @property
    def lifts_veto(self) -> bool:
        """Say whether a veto falls away."""
        return bool(self.before.vetoes) and not self.after.vetoes


def value(result: Score) -> Decimal:
    """Return a score as a figure that can be compared; vetoed or unscored: nought."""
    return result.final if result.final is not None else ZERO


@dataclass(frozen=True, kw_only=True)
class Case:
    """One object under one scheme version."""

    indicators: Sequence[Indicator]
    subject: Subject
    faults: Sequence[Fault]
    grants: Mapping[str, Grant] | None = None

    def without(self, numbers: Iterable[str]) -> Score:
        """Return the score if these findings were gone."""
        gone = set(numbers)
        return score(self.indicators, self.subject, [f for f in self.faults if f.number not in gone], self.grants)

    def plan(self, numbers: Iterable[str]) -> Plan:
        """Return what putting these findings right would bring."""
        chosen = tuple(sorted(set(numbers) & {f.number for f in self.faults}))
        return Plan(findings=chosen, before=self.without(()), after=self.without(chosen))


def best_plan(case: Case, size: int) -> Plan:
    """Return the best plan of at most ``size`` findings; exact where the choices are few."""
    weighing = _weighing(case)
    size = max(0, min(size, len(weighing)))
    if len(weighing) <= EXACT_FINDINGS and comb(len(weighing), size) <= EXACT_LIMIT:
        tries = (case.plan(chosen) for chosen in combinations(weighing, size))
        best = max(tries, key=lambda p: (not p.after.vetoes, p.gain))
        return _trimmed(case, best)
    return _trimmed(case, case.plan(_greedy(case, size)))


def _weighing(case: Case) -> list[str]:
    """Return the findings that any indicator of the object counts."""
    checked = [each for each in case.indicators if applies(each, case.subject)]
    numbers = {f.number for each in checked for f in counted(each, case.faults)}
    return sorted(numbers)


def _trimmed(case: Case, plan: Plan) -> Plan:
    """Leave out what brings nothing."""
    kept = list(plan.findings)
    for number in plan.findings:
        rest = [each for each in kept if each != number]
        after = case.without(rest)
        if value(after) >= value(plan.after) and len(after.vetoes) <= len(plan.after.vetoes):
            kept = rest
    return case.plan(kept)


def _greedy(case: Case, size: int) -> list[str]:
    chosen = _lifting(case)
    if len(chosen) > size:
        return []
    while len(chosen) < size:
        left, limit = [f for f in case.faults if f.number not in chosen], size - len(chosen)
        checked = [each for each in case.indicators if applies(each, case.subject)]
        bundles = [b for each in checked if (b := _bundle(each, left, case, limit))]
        if not bundles:
            break
        _gain, numbers = max(bundles, key=lambda b: (b[0] / len(b[1]), -len(b[1])))
        chosen = [*chosen, *numbers]
    return chosen


def _lifting(case: Case) -> list[str]:
    """Return the fewest findings (indicator by indicator) that lift every veto."""
    chosen: list[str] = []
    for indicator in case.indicators:
        if not isinstance(indicator.formula, Veto) or not applies(indicator, case.subject):
            continue
        for condition in indicator.formula.any_of:
            while taken := met(condition, indicator, [f for f in case.faults if f.number not in chosen]):
                surplus = len(taken) - condition.needed(taken) + 1
                chosen += [f.number for f in taken[:surplus]]
    return chosen


def _bundle(indicator: Indicator, faults: Sequence[Fault], case: Case, limit: int) -> tuple[Decimal, list[str]] | None:
    """Return the fewest of an indicator's findings, at most ``limit``, whose absence is felt, with the points it brings."""
    if isinstance(indicator.formula, Veto):
        return None
    taken = counted(indicator, faults)
    if isinstance(indicator.formula, PerFinding | Manual):
        rate = indicator.formula.rate
        taken = sorted(taken, key=lambda f: (-rate(f), f.number))
    grant = (case.grants or {}).get(indicator.code)
    first = line_of(indicator, taken, grant)
    for count in range(1, min(limit, len(taken)) + 1):
        gone = {f.number for f in taken[:count]}
        then = line_of(indicator, taken[count:], grant)
        gain = then.gained - first.gained if indicator.part == BONUS else first.deducted - then.deducted
        if gain > 0:
            return gain, sorted(gone)
    return None
