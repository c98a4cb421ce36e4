"""What products that count samples would have said, for comparison, and why it is wrong. Never used for a promise.

* ``kuma``: Uptime Kuma 2, ``server/uptime-calculator.js``: up / (up + down) of heartbeats; PENDING counts as down, maintenance in
  neither; with no beat at all the last known bucket is taken.
* ``gatus``: ``storage/store/sql`` and ``core/uptime.go``: successes / executions, kept per UTC hour.
* ``prometheus``: ``avg_over_time(probe_success[period])``: the mean of the samples there are, stale markers skipped.

All three weigh samples, not seconds: what was not sampled did not happen, and what is sampled more often happened longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from yunshu.lib.availability.evidence import Policy, Sample, Span, State
from yunshu.lib.availability.figures import measure
from yunshu.lib.availability.line import Maintenance, StateLine

HOUR_S = 3600


class Reason(StrEnum):
    """Why a recipe's answer differs from the seconds."""

    GAPS_VANISH = "gaps_vanish"
    """Time without samples is left out: the same as believing it was like the rest."""
    UNEQUAL_INTERVALS = "unequal_intervals"
    """Samples closer together (retries, a second vantage) weigh more than their time."""
    MAINTENANCE_COUNTED = "maintenance_counted"
    """Planned work is counted as an outage, or as service."""
    UNTRUSTED_COUNTED = "untrusted_counted"
    """Samples of a prober that could not trust itself are counted."""
    UNCONFIRMED_COUNTED = "unconfirmed_counted"
    """One vantage's failure counts though the others saw the target up."""
    EDGES = "edges"
    """An outage is known only to the nearest samples, and whole hours are taken for the period."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A recipe's answer (None: it has none), how far it lies outside ``[low, high]`` in seconds, and why.

    ``off_s`` is negative where the recipe claims less than is proven, positive where it claims more than is possible.
    """

    recipe: str
    share: Fraction | None
    off_s: Fraction
    reasons: tuple[Reason, ...]


def prometheus(samples: Iterable[Sample], period: Span) -> Fraction | None:
    """Return the mean of ``ok`` over the samples of the period."""
    seen = [s.ok for s in samples if period.start <= s.at < period.end]
    return Fraction(sum(seen), len(seen)) if seen else None


def gatus(samples: Iterable[Sample], period: Span) -> Fraction | None:
    """Return successes by executions of every UTC hour that the period touches."""
    first, last = period.start // HOUR_S * HOUR_S, -(-period.end // HOUR_S) * HOUR_S
    return prometheus(samples, Span(first, last))


def kuma(samples: Iterable[Sample], period: Span, maintenance: Iterable[Maintenance] = ()) -> Fraction | None:
    """Return up / (up + down) of the beats outside maintenance; with none, the last beat before (1 or 0)."""
    windows = tuple(maintenance)
    taken = sorted(samples, key=lambda s: s.at)
    beats = [s for s in taken if not any(w.start <= s.at < w.end for w in windows)]
    share = prometheus(beats, period)
    if share is None and (before := [s for s in beats if s.at < period.start]):
        share = Fraction(before[-1].ok)
    return share


def compare(
    samples: Sequence[Sample], line: StateLine, policy: Policy, maintenance: Sequence[Maintenance] = ()
) -> tuple[Answer, ...]:
    """Return each recipe's answer over the line's period beside ours, with its error in seconds."""
    period = Span(line.start, line.end)
    shares = {
        "kuma": kuma(samples, period, maintenance),
        "gatus": gatus(samples, period),
        "prometheus": prometheus(samples, period),
    }
    why = _reasons(samples, line, policy)
    return tuple(_answer(name, share, line, why) for name, share in shares.items())


def _answer(name: str, share: Fraction | None, line: StateLine, why: tuple[Reason, ...]) -> Answer:
    seen = measure(line)
    if share is None or seen.low is None or seen.high is None:
        return Answer(name, share, Fraction(0), why)
    outside = share - seen.low if share < seen.low else max(share - seen.high, Fraction(0))
    return Answer(name, share, outside * seen.due_s, why)


def _reasons(samples: Sequence[Sample], line: StateLine, policy: Policy) -> tuple[Reason, ...]:
    inside = sorted((s for s in samples if line.start <= s.at < line.end), key=lambda s: s.at)
    ours = measure(line)
    gaps = [b.at - a.at for a, b in pairwise(inside)]
    found = {
        Reason.GAPS_VANISH: ours.unknown_s > 0 or any(policy.too_long(g) for g in gaps),
        Reason.UNEQUAL_INTERVALS: len({g for g in gaps if not policy.too_long(g)}) > 1,
        Reason.MAINTENANCE_COUNTED: ours.maint_s + ours.not_in_service_s > 0,
        Reason.UNTRUSTED_COUNTED: any(not s.trusted for s in inside),
        Reason.UNCONFIRMED_COUNTED: any(s.trusted and not s.ok and line.at(s.at) in _USABLE for s in inside),
        Reason.EDGES: any(not s.ok for s in inside),
    }
    return tuple(reason for reason, holds in found.items() if holds)


_USABLE = (State.UP, State.DEGRADED)
