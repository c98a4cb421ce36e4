"""Availability as exact numbers: bounds, promises, error budgets, burn rates. Start at ``measure``."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from yunshu.lib.availability.evidence import Span, State
from yunshu.lib.availability.line import StateLine, durations


class Verdict(StrEnum):
    """Whether a promise is kept."""

    KEPT = "kept"
    BROKEN = "broken"
    UNPROVEN = "unproven"
    """The low bound misses the target and the high bound does not: it does not pass."""
    NOTHING_DUE = "nothing_due"
    """No second of the period was in service."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Seconds in each state, and ``[low, high]``: what is not known counted all down, then all up.

    low = (UP + DEGRADED) / due, high = (UP + DEGRADED + UNKNOWN) / due, due = T - MAINT - NOT_IN_SERVICE.
    """

    period: Span
    up_s: int
    degraded_s: int
    down_s: int
    unknown_s: int
    maint_s: int
    not_in_service_s: int

    @property
    def due_s(self) -> int:
        """Return the seconds in which the target had to be there."""
        return self.up_s + self.degraded_s + self.down_s + self.unknown_s

    @property
    def low(self) -> Fraction | None:
        """Return the share proven; None if nothing was due."""
        return Fraction(self.up_s + self.degraded_s, self.due_s) if self.due_s else None

    @property
    def high(self) -> Fraction | None:
        """Return the share not disproven; None if nothing was due."""
        return Fraction(self.due_s - self.down_s, self.due_s) if self.due_s else None

    def verdict(self, target: Fraction) -> Verdict:
        """Say whether ``target`` is kept: only if the low bound reaches it."""
        if self.low is None or self.high is None:
            return Verdict.NOTHING_DUE
        if self.low >= target:
            return Verdict.KEPT
        return Verdict.BROKEN if self.high < target else Verdict.UNPROVEN


def measure(line: StateLine) -> Availability:
    """Return the availability over a whole line."""
    spent = durations(line)
    return Availability(
        Span(line.start, line.end),
        spent[State.UP],
        spent[State.DEGRADED],
        spent[State.DOWN],
        spent[State.UNKNOWN],
        spent[State.MAINT],
        spent[State.NOT_IN_SERVICE],
    )


def percent(share: Fraction, places: int = 4) -> str:
    """Return a share as per cent, rounded down, so that no promise looks kept by rounding: 99.8999 stays below 99.9."""
    scale = 10**places
    whole = share.numerator * 100 * scale // share.denominator
    return f"{whole // scale}.{whole % scale:0{places}d}"


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """What a target leaves to be spent in a period, in seconds. ``spent`` is from DOWN alone to DOWN and UNKNOWN."""

    target: Fraction
    allowed_s: Fraction
    spent_low_s: int
    spent_high_s: int

    @property
    def left_low_s(self) -> Fraction:
        """Return what is surely left; negative if overspent."""
        return self.allowed_s - self.spent_high_s

    @property
    def left_high_s(self) -> Fraction:
        """Return what is left if all that is not known was up."""
        return self.allowed_s - self.spent_low_s


def error_budget(line: StateLine, target: Fraction, *, period_due_s: int | None = None) -> ErrorBudget:
    """Return the budget of ``line`` so far; ``period_due_s`` is what the whole month or quarter will have due.

    Raises ValueError unless 0 < target < 1.
    """
    _check(target)
    seen = measure(line)
    due = seen.due_s if period_due_s is None else period_due_s
    return ErrorBudget(target, (1 - target) * due, seen.down_s, seen.down_s + seen.unknown_s)


@dataclass(frozen=True, slots=True)
class BurnRate:
    """How many times as fast as allowed a budget is spent, from what is proven (``low``) to what is possible."""

    low: Fraction
    high: Fraction


def burn_rate(line: StateLine, target: Fraction, *, window_s: int, at: int) -> BurnRate:
    """Return the rate over the ``window_s`` before ``at``, as far back as the line goes; 1 spends exactly the budget."""
    _check(target)
    seen = measure(line.cut(max(line.start, at - window_s), at))
    if not seen.due_s:
        return BurnRate(Fraction(0), Fraction(0))
    lost = (Fraction(seen.down_s, seen.due_s), Fraction(seen.down_s + seen.unknown_s, seen.due_s))
    return BurnRate(lost[0] / (1 - target), lost[1] / (1 - target))


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """Alert while both windows burn at ``factor`` or faster; the short one ends it soon after the outage ends."""

    long_s: int
    short_s: int
    factor: Fraction


BURN_ALERTS = (
    BurnAlert(3600, 300, Fraction(144, 10)),
    BurnAlert(6 * 3600, 1800, Fraction(6)),
    BurnAlert(3 * 86400, 6 * 3600, Fraction(1)),
)
"""Google SRE Workbook, chapter 5, table 5-8: 2 % of a 30-day budget in an hour, 5 % in six hours, 10 % in three days."""


def burning(
    line: StateLine, target: Fraction, *, at: int, alerts: Sequence[BurnAlert] = BURN_ALERTS
) -> tuple[BurnAlert, ...]:
    """Return the alerts that fire at ``at``, by what is proven down."""

    def rate(window_s: int) -> Fraction:
        return burn_rate(line, target, window_s=window_s, at=at).low

    return tuple(a for a in alerts if rate(a.long_s) >= a.factor and rate(a.short_s) >= a.factor)


def _check(target: Fraction) -> None:
    if not 0 < target < 1:
        raise ValueError("a target lies between 0 and 1")
