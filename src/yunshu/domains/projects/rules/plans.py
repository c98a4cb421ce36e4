"""Instalments in words of amount and share: when both say the same, and from which year's budget one is paid."""

from datetime import date
from decimal import Decimal

FEN = Decimal("0.01")
SHARE = Decimal("0.0001")
PERCENT = Decimal(100)


def agree(amount: Decimal, share: Decimal, whole: Decimal) -> bool:
    """Say whether an amount is the share (percent, four decimals) of the whole, as near as the share can say it."""
    return abs(amount - whole * share / PERCENT) <= whole * SHARE / PERCENT + FEN


def pay_day(year: int | None, due_on: date | None, today: date) -> date:
    """Return the latest day on which an instalment can be paid from its own year's budget: today, or that year's last day.

    The year is the one it says, else that of its day, else this one; of a year to come it is paid from this year's budget.
    """
    own = year or (due_on.year if due_on else today.year)
    return min(today, date(own, 12, 31))
