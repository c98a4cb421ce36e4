"""Scores of a website or an account, from confirmed findings: pure, exact, the same input gives the same lines.

Rule: 国办秘函〔2019〕19号 — any veto fails and ends scoring; else 100 points less deductions, under 60 fails; over 80 the bonus
part (30) is added; the deductions of one indicator never exceed its points [V]. Where an object has no public service duty,
service items are not checked and the rest is scaled up to 100 (75 × 4/3) [V; that the service items make 25: I].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from yunshu.domains.inspection.rules.formulas import (
    INDICATOR_KEY,
    AnyFormula,
    Award,
    Condition,
    Fault,
    Flat,
    Manual,
    PerFinding,
    Steps,
    Veto,
    Which,
    plain,
)

FULL = Decimal(100)
BONUS_FULL = Decimal(30)
PASS = Decimal(60)
BONUS_ABOVE = Decimal(80)
CENT = Decimal("0.01")
ZERO = Decimal(0)
VETO, DEDUCTION, BONUS = "veto", "deduction", "bonus"
PASSED, FAILED = "pass", "fail"


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One indicator of a scheme version. ``checks`` are kinds of findings; ``needs_duty``: only for those with service duty."""

    code: str
    part: str
    group: str
    name: str
    points: Decimal
    applies_to: tuple[str, ...]
    formula: AnyFormula
    checks: tuple[str, ...] = ()
    needs_duty: bool = False


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is scored: a site (``kind`` portal, department, special) or an account."""

    number: str
    kind: str
    has_service_duty: bool = True


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Bonus points that a person granted, with the reason."""

    points: Decimal
    words: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one indicator says: ``deducted`` (of a bonus: points gained), the findings it rests on, why in words."""

    code: str
    part: str
    group: str
    name: str
    points: Decimal
    deducted: Decimal = ZERO
    gained: Decimal = ZERO
    is_vetoed: bool = False
    findings: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Score:
    """The result. ``deduction`` and ``final`` are None where nothing is scored: vetoed, or vetoes are all that applies."""

    lines: tuple[Line, ...]
    vetoes: tuple[str, ...]
    deduction: Decimal | None
    bonus: Decimal | None
    final: Decimal | None
    grade: str
    words: str = ""
    deducted: Decimal = field(default=ZERO)


def applies(indicator: Indicator, subject: Subject) -> bool:
    """Say whether an indicator is checked for an object."""
    return subject.kind in indicator.applies_to and (subject.has_service_duty or not indicator.needs_duty)


def score(
    indicators: Sequence[Indicator],
    subject: Subject,
    faults: Iterable[Fault],
    grants: Mapping[str, Grant] | None = None,
) -> Score:
    """Score one object by one scheme version; ``grants`` are bonus points by the indicator's code."""
    found = sorted(faults, key=lambda f: f.number)
    checked = [each for each in indicators if applies(each, subject)]
    vetoes = [line_of(each, found) for each in checked if each.part == VETO]
    hit = tuple(line.code for line in vetoes if line.is_vetoed)
    deducting = [line_of(each, found) for each in checked if each.part == DEDUCTION]
    if hit:
        words = f"触发单项否决指标 {'、'.join(hit)}，不合格，不再评分"
        return Score(lines=tuple(vetoes), vetoes=hit, deduction=None, bonus=None, final=None, grade=FAILED, words=words)
    if not any(line.points for line in deducting):
        lines = (*vetoes, *deducting)
        return Score(
            lines=lines, vetoes=(), deduction=None, bonus=None, final=None, grade=PASSED, words="未触发单项否决指标"
        )
    granting = [line_of(each, found, (grants or {}).get(each.code)) for each in checked if each.part == BONUS]
    return _total(indicators, subject, vetoes, deducting, granting)


def _total(
    indicators: Sequence[Indicator], subject: Subject, vetoes: list[Line], deducting: list[Line], granting: list[Line]
) -> Score:
    base = sum((line.points for line in deducting), ZERO)
    lost = sum((line.deducted for line in deducting), ZERO)
    whole = sum((i.points for i in indicators if i.part == DEDUCTION and subject.kind in i.applies_to), ZERO)
    deduction = ((base - lost) * whole / base).quantize(CENT, ROUND_HALF_UP)
    words = f"满分 {plain(base)} 分，扣 {plain(lost)} 分"
    if base != whole:
        words += f"；不承担公共服务职能，按 {plain(whole)} ÷ {plain(base)} 折算为 {plain(deduction)} 分"
    bonus = None
    lines = (*vetoes, *deducting)
    if deduction > BONUS_ABOVE and granting:
        bonus = sum((line.gained for line in granting), ZERO)
        words += f"；高于 80 分，加 {plain(bonus)} 分"
        lines = (*lines, *granting)
    final = deduction + (bonus or ZERO)
    grade = FAILED if deduction < PASS else PASSED
    return Score(
        lines=lines, vetoes=(), deduction=deduction, bonus=bonus, final=final, grade=grade, words=words, deducted=lost
    )


def line_of(indicator: Indicator, faults: Sequence[Fault], grant: Grant | None = None) -> Line:
    """Return what one indicator says of the findings."""
    formula = indicator.formula
    if isinstance(formula, Veto):
        return _vetoed(indicator, formula, faults)
    if isinstance(formula, Award):
        return _granted(indicator, formula, faults, grant)
    taken = counted(indicator, faults)
    asked, words = _asked(formula, taken)
    deducted = min(asked, indicator.points)
    if asked > indicator.points:
        words += f"，以 {plain(indicator.points)} 分为限"
    return _line(indicator, taken if asked or not indicator.points else (), words, deducted=deducted)


def counted(indicator: Indicator, faults: Iterable[Fault]) -> list[Fault]:
    """Return the findings that an indicator counts (of a veto: those that any of its conditions counts)."""
    formula = indicator.formula
    if isinstance(formula, Manual):
        return [f for f in faults if f.detail.get(INDICATOR_KEY) == indicator.code]
    if isinstance(formula, Veto):
        return [f for f in faults if any(c.takes(f, indicator.checks) for c in formula.any_of)]
    which = Which() if isinstance(formula, Award) else formula.which
    return [f for f in faults if which.takes(f, indicator.checks)]


def met(condition: Condition, indicator: Indicator, faults: Iterable[Fault]) -> list[Fault]:
    """Return the findings that meet a condition; none if there are too few."""
    taken = [f for f in faults if condition.takes(f, indicator.checks)]
    return taken if taken and len(taken) >= condition.needed(taken) else []


def _vetoed(indicator: Indicator, formula: Veto, faults: Sequence[Fault]) -> Line:
    hit: dict[str, Fault] = {}
    reasons = []
    for condition in formula.any_of:
        taken = met(condition, indicator, faults)
        hit |= {f.number: f for f in taken}
        if taken:
            reasons.append(f"{len(taken)} 处，达到 {condition.needed(taken)} 处")
    words = f"触发单项否决：{'；'.join(reasons)}" if hit else "未触发"
    return _line(indicator, tuple(hit.values()), words, is_vetoed=bool(hit))


def _granted(indicator: Indicator, formula: Award, faults: Sequence[Fault], grant: Grant | None) -> Line:
    taken = counted(indicator, faults) if formula.loss else []
    granted = min(max(grant.points, ZERO), indicator.points) if grant else ZERO
    gained = max(granted - formula.loss * len(taken), ZERO)
    words = f"认定加 {plain(granted)} 分：{grant.words}" if grant else "未认定加分"
    if taken:
        words += f"；发现问题 {len(taken)} 处，每处少加 {plain(formula.loss)} 分"
    return _line(indicator, tuple(taken), words, gained=gained)


def _asked(formula: PerFinding | Flat | Steps | Manual, taken: Sequence[Fault]) -> tuple[Decimal, str]:
    """Return what a formula asks for, before the indicator's points limit it, and why in words."""
    if not taken:
        return ZERO, "未发现问题"
    count = len(taken)
    if isinstance(formula, Flat):
        needed = formula.which.needed(taken)
        if count < needed:
            return ZERO, f"发现 {count} 处，未达到 {needed} 处，不扣分"
        return formula.points, f"发现 {count} 处，扣 {plain(formula.points)} 分"
    if isinstance(formula, Steps):
        asked = max((s.points for s in formula.steps if count >= s.at_least), default=ZERO)
        return asked, f"发现 {count} 处，按档扣 {plain(asked)} 分"
    asked, words = _by_rate(formula, taken)
    cap = formula.cap if isinstance(formula, PerFinding) else None
    if cap is not None and asked > cap:
        return cap, f"{words}，此项至多扣 {plain(cap)} 分"
    return asked, words


def _by_rate(formula: PerFinding | Manual, taken: Sequence[Fault]) -> tuple[Decimal, str]:
    rates = [formula.rate(f) for f in taken]
    asked = sum(rates, ZERO)
    kinds = sorted(set(rates), reverse=True)
    parts = "，".join(f"{rates.count(rate)} 处每处 {plain(rate)} 分" for rate in kinds)
    return asked, f"发现 {parts}，计 {plain(asked)} 分"


def _line(
    indicator: Indicator,
    findings: Sequence[Fault],
    words: str,
    *,
    deducted: Decimal = ZERO,
    gained: Decimal = ZERO,
    is_vetoed: bool = False,
) -> Line:
    return Line(
        code=indicator.code,
        part=indicator.part,
        group=indicator.group,
        name=indicator.name,
        points=indicator.points,
        deducted=deducted,
        gained=gained,
        is_vetoed=is_vetoed,
        findings=tuple(f.number for f in findings),
        words=words,
    )
