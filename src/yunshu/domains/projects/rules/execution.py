"""Execution of a year's budget and what it can still become; the months of a cash calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

RATIO = Decimal("0.0001")
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Money of a year in yuan; rates are ratios to 0.0001, None where nothing is granted."""

    granted_yuan: Decimal
    paid_yuan: Decimal
    due_yuan: Decimal
    rate: Decimal | None
    forecast_yuan: Decimal
    forecast_rate: Decimal | None

    @property
    def balance_yuan(self) -> Decimal:
        """What is left of the budget."""
        return self.granted_yuan - self.paid_yuan


@dataclass(frozen=True, kw_only=True)
class Month:
    """What was due and what was paid in a month, in yuan."""

    month: int
    due_yuan: Decimal
    paid_yuan: Decimal


def execution(granted: Decimal, paid: Decimal, due: Decimal, *, is_over: bool = False) -> Execution:
    """Return a year's execution; the forecast is what is paid and what contracts still make due, within the budget.

    ``due`` is what instalments of the year leave open; of a year that is over nothing more is expected. No trend is
    drawn: public money follows contracts.
    """
    ahead = paid if is_over else min(paid + due, max(granted, paid))
    return Execution(
        granted_yuan=granted,
        paid_yuan=paid,
        due_yuan=due,
        rate=_ratio(paid, granted),
        forecast_yuan=ahead,
        forecast_rate=_ratio(ahead, granted),
    )


def added(found: Iterable[Execution]) -> Execution:
    """Return the sum of executions: each forecast stays within its own project's budget."""
    known = list(found)
    granted = sum((e.granted_yuan for e in known), ZERO)
    paid = sum((e.paid_yuan for e in known), ZERO)
    ahead = sum((e.forecast_yuan for e in known), ZERO)
    return Execution(
        granted_yuan=granted,
        paid_yuan=paid,
        due_yuan=sum((e.due_yuan for e in known), ZERO),
        rate=_ratio(paid, granted),
        forecast_yuan=ahead,
        forecast_rate=_ratio(ahead, granted),
    )


def calendar(due: Iterable[tuple[date, Decimal]], paid: Iterable[tuple[date, Decimal]]) -> list[Month]:
    """Return twelve months with what is due and what was paid in each."""
    owed, gone = [ZERO] * 13, [ZERO] * 13
    for on, amount in due:
        owed[on.month] += amount
    for on, amount in paid:
        gone[on.month] += amount
    return [Month(month=m, due_yuan=owed[m], paid_yuan=gone[m]) for m in range(1, 13)]


def free_on(facts: Iterable[tuple[date, Decimal]], on: date) -> Decimal:
    """Return what a budget line lets be paid on a day: the least that is left on it or on any day after, never below 0.

    ``facts`` are what was granted (above 0) and paid or recalled (below 0), each with its day.
    """
    known = list(facts)
    days = {on, *(day for day, _amount in known if day > on)}
    least = min(sum((amount for day, amount in known if day <= until), ZERO) for until in days)
    return max(least, ZERO)


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(RATIO, ROUND_HALF_UP) if whole > 0 else None
