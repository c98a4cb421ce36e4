"""How long a system has been in service. Pure."""

from datetime import date
from decimal import ROUND_DOWN, Decimal

CENT = Decimal("0.01")


def anniversary(start: date, years: int) -> date:
    """Return the day ``years`` after ``start``; of a 29 February, 1 March where there is none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def years_between(start: date, end: date) -> Decimal:
    """Return the years from ``start`` to ``end``: full ones and the share of the next, rounded down to 0.01; never negative.

    A promise of three years is kept on the third anniversary and not a day before it.
    """
    if end <= start:
        return Decimal(0)
    full = end.year - start.year
    if anniversary(start, full) > end:
        full -= 1
    begun, next_one = anniversary(start, full), anniversary(start, full + 1)
    share = Decimal((end - begun).days) / (next_one - begun).days
    return (full + share).quantize(CENT, ROUND_DOWN)
