"""A chart: a range of one target at some zoom."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from yunshu.lib.availability import Policy, Sample, Span, State
from yunshu.lib.samples import latency
from yunshu.lib.samples.block import HOUR_S, MINUTE_S, STATES, Bucket, Figures


@dataclass(frozen=True, slots=True)
class Point:
    """The seconds from ``at`` up to the next point: how often looked, how often well, the latencies of what answered.

    ``state`` is the worst that any vantage saw in it (DOWN, DEGRADED, UP), UNKNOWN where none looked or none could be
    trusted. It is for the eye: what counts is the state line.
    """

    at: int
    count: int
    ok: int
    min_ms: float | None
    mean_ms: float | None
    max_ms: float | None
    state: State


@dataclass(frozen=True, slots=True)
class Chart:
    """Points ``step_s`` apart, from ``start`` to ``end``; ``zoom`` names what they were read from.

    Points stand on multiples of the step, so the first may begin before ``start``. Latencies of minutes and hours are kept
    to within half a per cent.
    """

    target: str
    start: int
    end: int
    step_s: int
    zoom: str
    """``samples``, ``minutes`` or ``hours``."""
    points: tuple[Point, ...]


def zoom_of(period: Span, points: int) -> tuple[str, int]:
    """Return the zoom that is fine enough, and its step. Raises ValueError for what can be no chart."""
    if points < 1 or period.end <= period.start:
        raise ValueError("a chart needs a range and at least one point")
    step = -(-(period.end - period.start) // points)
    for name, unit in (("hours", HOUR_S), ("minutes", MINUTE_S)):
        if step >= unit:
            return name, -(-step // unit) * unit
    return "samples", step


def of_samples(samples: Iterable[Sample], policy: Policy, period: Span, step_s: int) -> tuple[Point, ...]:
    """Return points from samples."""
    buckets: dict[int, Bucket] = {}
    for s in samples:
        if period.start <= s.at < period.end:
            buckets.setdefault(s.at // step_s * step_s, Bucket()).add(s, policy.reads(s))
    return _filled(period, step_s, lambda at: _of_bucket(at, buckets.get(at)))


def _of_bucket(at: int, found: Bucket | None) -> Point:
    if found is None or not found.answered:
        count, ok, rank = (found.count, found.ok, found.rank) if found else (0, 0, 0)
        return Point(at, count, ok, None, None, None, STATES[rank])
    mean = found.total / found.answered
    return Point(at, found.count, found.ok, found.low, mean, found.high, STATES[found.rank])


def of_figures(rows: Sequence[tuple[int, Figures]], period: Span, step_s: int) -> tuple[Point, ...]:
    """Return points from the figures of minutes or hours (second, figures)."""
    buckets: dict[int, list[Figures]] = {}
    for at, figures in rows:
        if figures[0]:
            buckets.setdefault(at // step_s * step_s, []).append(figures)
    return _filled(period, step_s, lambda at: _merged(at, buckets.get(at, ())))


def _merged(at: int, found: Sequence[Figures]) -> Point:
    count, ok = sum(f[0] for f in found), sum(f[1] for f in found)
    state = STATES[max((f[2] for f in found), default=0)]
    answered = [f for f in found if f[3]]
    if not answered:
        return Point(at, count, ok, None, None, None, state)
    mean = sum(latency.decoded(f[4]) * f[1] for f in answered) / sum(f[1] for f in answered)
    low, high = latency.decoded(min(f[3] for f in answered)), latency.decoded(max(f[5] for f in answered))
    return Point(at, count, ok, low, mean, high, state)


def _filled(period: Span, step_s: int, point: Callable[[int], Point]) -> tuple[Point, ...]:
    return tuple(point(at) for at in range(period.start // step_s * step_s, period.end, step_s))
