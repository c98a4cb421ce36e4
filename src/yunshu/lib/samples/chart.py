"""A chart: a range of one target at some zoom."""

from dataclasses import dataclass

from yunshu.lib.availability import State


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
    """Points ``step_s`` apart, from ``start`` to ``end``; ``zoom`` names what they were read from."""

    target: str
    start: int
    end: int
    step_s: int
    zoom: str
    """``samples``, ``minutes`` or ``hours``."""
    points: tuple[Point, ...]
