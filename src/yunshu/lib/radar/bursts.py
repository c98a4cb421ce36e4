"""Counts of a day that are more than chance: Poisson for sudden bursts, CUSUM for slow rises.

The expectation is the mean of the days before, never of the day itself; where the days before scatter more than Poisson does,
the tail is that of a negative binomial, so that a busy street does not cry wolf every week.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

BEFORE = 28
"""Days that make the expectation; with fewer than ``FEWEST`` nothing is said."""
FEWEST = 14
_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Burst:
    """Day ``at`` had ``count`` reports where ``expected`` were usual; ``chance`` is the probability of so many by chance."""

    at: int
    count: int
    expected: float
    chance: float


def bursts(counts: Sequence[int], *, alpha: float = 1e-3, least: int = 3) -> list[Burst]:
    """Return the days of ``counts`` that are bursts: at least ``least`` reports, by chance rarer than ``alpha``."""
    found = []
    for at in range(FEWEST, len(counts)):
        if counts[at] < least:
            continue
        before = counts[max(0, at - BEFORE) : at]
        expected = max(_FLOOR, sum(before) / len(before))
        chance = _tail(counts[at], expected, before)
        if chance < alpha:
            found.append(Burst(at, counts[at], expected, chance))
    return found


def drifts(counts: Sequence[int], *, ratio: float = 2.0, threshold: float = 5.0) -> list[Burst]:
    """Return the days on which a rise to ``ratio`` times the usual has become likelier than none by exp(``threshold``).

    The usual is the mean of the first ``BEFORE`` days and moves on only while nothing is suspected.
    """
    found, score, since = [], 0.0, 0
    usual = list(counts[:BEFORE])
    for at in range(BEFORE, len(counts)):
        expected = max(_FLOOR, sum(usual) / len(usual))
        score = max(0.0, score + counts[at] * math.log(ratio) - expected * (ratio - 1))
        if score == 0.0:
            usual, since = [*usual[1:], counts[at]], at + 1
        elif score >= threshold:
            found.append(Burst(at, sum(counts[since : at + 1]), expected * (at + 1 - since), math.exp(-score)))
            score, since = 0.0, at + 1
    return found


def _tail(count: int, expected: float, before: Sequence[int]) -> float:
    """Return the probability of ``count`` or more."""
    from scipy.stats import nbinom, poisson  # heavy: only where counts are judged

    variance = sum((value - expected) ** 2 for value in before) / len(before)
    if variance <= expected * 1.1:
        return float(poisson.sf(count - 1, expected))
    share = expected / variance
    return float(nbinom.sf(count - 1, expected * share / (1 - share), share))
