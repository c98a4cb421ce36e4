"""How many reports a week to expect: a level that follows slowly, the time of the year where two years are known, and a band.

The expectation is the mean of the last ``LEVEL`` weeks, each divided by its season; the season of a week is its share of the year in
the years known, smoothed over five weeks and drawn towards 1 by ``PRIOR`` reports, so that rare matters get none. Counts of one
mean scatter like Poisson; how much more they do is measured on the expectation's own past errors (never less than Poisson), and the
band is that of a negative binomial of this mean and scatter. Plain statistics, no library: each step can be checked by hand.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

FEWEST = 12
"""Weeks needed before anything is said."""
YEAR = 52
SEASONAL = 2 * YEAR
"""Weeks needed before a season is believed."""
LEVEL, PRIOR, ORIGINS = 8, 8.0, 52
_WEEK = timedelta(weeks=1)
_LARGE = 400.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """A week's expectation and the band that should hold nine of ten; ``seasonal``: the time of the year is in it."""

    week: date
    mean: float
    low: int
    high: int
    seasonal: bool


def outlook(counts: Sequence[int], first: date, horizon: int, *, inside: float = 0.9) -> list[Outlook]:
    """Return what to expect in the ``horizon`` weeks after ``counts`` (one a week from ``first`` on); none with too few weeks."""
    if len(counts) < FEWEST:
        return []
    spread = scatter(counts)
    means = _ahead(counts, horizon)
    start = first + len(counts) * _WEEK
    return [
        Outlook(
            start + at * _WEEK,
            mean,
            quantile(mean, spread, (1 - inside) / 2),
            quantile(mean, spread, (1 + inside) / 2),
            len(counts) >= SEASONAL,
        )
        for at, mean in enumerate(means)
    ]


def scatter(counts: Sequence[int]) -> float:
    """Return how much more than Poisson the past weeks were off their expectation (variance over mean), at least 1."""
    earliest = max(LEVEL, len(counts) - ORIGINS)
    errors = []
    for at in range(earliest, len(counts)):
        mean = max(_ahead(counts[:at], 1)[0], 0.1)
        errors.append((counts[at] - mean) ** 2 / mean)
    return max(1.0, sum(errors) / len(errors))


def _ahead(counts: Sequence[int], horizon: int) -> list[float]:
    season = _season(counts)
    last = range(max(0, len(counts) - LEVEL), len(counts))
    level = sum(counts[at] for at in last) / sum(season[at % YEAR] for at in last)
    return [level * season[(len(counts) + at) % YEAR] for at in range(horizon)]


def _season(counts: Sequence[int]) -> list[float]:
    """Return a factor for each of the 52 weeks of a year of ``counts``; all 1 with less than two years."""
    if len(counts) < SEASONAL:
        return [1.0] * YEAR
    whole = counts[-(len(counts) // YEAR) * YEAR :]
    shift = len(counts) - len(whole)
    usual = max(sum(whole) / len(whole), 1e-9)
    sums = [0.0] * YEAR
    for at, count in enumerate(whole):
        sums[(at + shift) % YEAR] += count
    years = len(whole) // YEAR
    smooth = [sum(sums[(at + d) % YEAR] for d in range(-2, 3)) / (5 * years) for at in range(YEAR)]
    weight = 5 * years * usual
    return [(smooth[at] / usual * weight + PRIOR) / (weight + PRIOR) for at in range(YEAR)]


def quantile(mean: float, spread: float, share: float) -> int:
    """Return the least count that ``share`` of a negative binomial (Poisson where ``spread`` is 1) lies at or below."""
    if mean <= 0:
        return 0
    if mean > _LARGE:  # so many that a normal is as good, and exp(-mean) would vanish
        return max(0, round(mean + NormalDist().inv_cdf(share) * math.sqrt(mean * spread)))
    size = mean / (spread - 1) if spread > 1.001 else math.inf
    chance = math.exp(-mean) if math.isinf(size) else math.exp(-size * math.log(spread))
    total, at = chance, 0
    while total < share and at < 20 * _LARGE:
        step = mean / (at + 1) if math.isinf(size) else (at + size) / (at + 1) * (1 - 1 / spread)
        chance, at = chance * step, at + 1
        total += chance
    return at
