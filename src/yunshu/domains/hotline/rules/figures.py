"""Arithmetic of figures: a value from two counts, the period before, the grade by a rule."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

SHARE, REST, COUNT, MEAN = "share", "rest", "count", "mean"
HIGHER, LOWER = "higher", "lower"
GOOD, FAIR, POOR, FEW = "good", "fair", "poor", "few"
PLACES = Decimal("0.01")
MOST_DAYS = 731
"""Longest period of one question; ours."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days of the city, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period before it: of whole months the same number of months, else of as many days."""
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            start = self.first.year * 12 + self.first.month - 1 - months
            return Period(first=date(start // 12, start % 12 + 1, 1), last=self.first - timedelta(days=1))
        return Period(first=self.first - timedelta(days=self.days), last=self.first - timedelta(days=1))


def month_of(day: date) -> Period:
    """Return the whole month of a day."""
    later = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Period(first=day.replace(day=1), last=later - timedelta(days=1))


def value(form: str, numerator: int | None, denominator: int | None) -> Decimal | None:
    """Return a figure: a count as it is, a share in per cent rounded down, a mean rounded up; None where nothing was counted.

    The rest of a share is rounded down as well: no figure looks better than it is. It never falls below nought (more objections
    than dispatches in a short period).
    """
    if numerator is None:
        return None
    if form == COUNT:
        return Decimal(numerator)
    if not denominator or denominator < 0:
        return None
    if form == MEAN:
        return (Decimal(numerator) / denominator).quantize(PLACES, ROUND_CEILING)
    share = Decimal(numerator) * 100 / denominator
    exact = max(100 - share, Decimal(0)) if form == REST else share
    return exact.quantize(PLACES, ROUND_FLOOR)


def grade(better: str, figure: Decimal | None, cases: int, good: Decimal, fair: Decimal, fewest: int) -> str:
    """Return what a unit's figure is; with fewer cases than the rule asks for nobody is graded."""
    if figure is None or cases < fewest:
        return FEW
    if better == LOWER:
        return GOOD if figure <= good else FAIR if figure <= fair else POOR
    return GOOD if figure >= good else FAIR if figure >= fair else POOR
