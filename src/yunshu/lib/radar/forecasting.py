"""How many reports to expect: weekday, time of the year where two years are known, a level that follows slowly, and an interval.

The interval is made of the forecast's own errors in the past (rolling origin, every horizon apart): it claims no distribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

FEWEST = 56
"""Days needed before anything is said."""
_SMOOTH = 0.08
_YEAR = 365
_ORIGINS = 40
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Expected:
    """A day's expectation and the interval that held nine of ten times before."""

    day: date
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The last four weeks beside the four before: their ratio with a 95 % interval; ``certain`` if it leaves out 1."""

    before: int
    after: int
    ratio: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the change is more than chance."""
        return self.low > 1 or self.high < 1


def forecast(counts: Sequence[int], first: date, horizon: int, *, inside: float = 0.9) -> list[Expected]:
    """Return what to expect on the ``horizon`` days after ``counts`` (one a day from ``first`` on); none with too few days."""
    table = np.asarray(counts, np.float64)
    if len(table) < FEWEST:
        return []
    ahead = _project(table, first, horizon)
    errors = _past_errors(table, first, horizon)
    below, above = np.quantile(errors, [(1 - inside) / 2, (1 + inside) / 2], axis=0)
    start = first + timedelta(days=len(table))
    return [
        Expected(
            start + timedelta(days=at),
            float(ahead[at]),
            max(0.0, float(ahead[at] + below[at])),
            float(ahead[at] + above[at]),
        )
        for at in range(horizon)
    ]


def trend(counts: Sequence[int], *, days: int = 28) -> Trend | None:
    """Compare the last ``days`` with as many before; None with too few days or nothing before."""
    if len(counts) < 2 * days:
        return None
    after, before = sum(counts[-days:]), sum(counts[-2 * days : -days])
    if not before or not after:
        return None
    ratio, spread = after / before, 1.96 * np.sqrt(1 / after + 1 / before)
    return Trend(before, after, ratio, float(ratio * np.exp(-spread)), float(ratio * np.exp(spread)))


def _project(table: Counts, first: date, horizon: int) -> Counts:
    """Return the mean of the days ahead: level × weekday × time of the year."""
    days = np.arange(len(table) + horizon)
    weekday = (days + first.weekday()) % 7
    factor = _weekdays(table, weekday[: len(table)])[weekday] * _seasons(table)[days % _YEAR]
    level = 0.0
    seasonless = table / factor[: len(table)]
    level = float(seasonless[:28].mean())
    for value in seasonless[28:]:
        level += _SMOOTH * (value - level)
    return np.asarray(level * factor[len(table) :], np.float64)


def _weekdays(table: Counts, weekday: npt.NDArray[np.int64]) -> Counts:
    """Return a factor for each weekday, drawn towards 1 by four weeks of usual days."""
    usual = max(float(table.mean()), 1e-9)
    sums = np.bincount(weekday, table, minlength=7) + 4 * usual
    return np.asarray(sums / (np.bincount(weekday, minlength=7) + 4) / usual, np.float64)


def _seasons(table: Counts) -> Counts:
    """Return a factor for each day of the year, smoothed over a month; all 1 with less than two years."""
    if len(table) < 2 * _YEAR:
        return np.ones(_YEAR)
    whole = table[: len(table) // _YEAR * _YEAR].reshape(-1, _YEAR).mean(axis=0)
    round_the_year = np.concatenate([whole[-15:], whole, whole[:15]])
    smooth = np.convolve(round_the_year, np.ones(31) / 31, mode="valid")
    return np.asarray(smooth / max(float(smooth.mean()), 1e-9), np.float64).clip(0.2, 5.0)


def _past_errors(table: Counts, first: date, horizon: int) -> Counts:
    """Return the errors made from earlier days, one row an origin; never from days that the origin could not know."""
    earliest = max(28, min(FEWEST, len(table) - horizon) - 14)
    latest = max(earliest + 1, len(table) - horizon)
    origins = np.unique(np.linspace(earliest, latest, _ORIGINS).astype(int))
    rows = []
    for origin in origins:
        ahead = _project(table[:origin], first, horizon)
        real = table[origin : origin + horizon]
        rows.append(np.concatenate([real - ahead[: len(real)], np.full(horizon - len(real), np.nan)]))
    errors = np.asarray(rows)
    fill = np.nanmean(errors) if np.isnan(errors).any() else 0.0
    return np.asarray(np.nan_to_num(errors, nan=float(fill)), np.float64)
