"""What was seen: samples, the runs they are kept as, and the policy by which they are read.

All times are whole seconds since 1970 UTC. Samples may come in any order, late and twice. A run says the same as its samples did: within it the outcome never changed and no gap was too long, so a state line drawn from runs equals
the one drawn from the samples (a property test holds this).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from operator import attrgetter

GAP_NUMERATOR, GAP_DENOMINATOR = 5, 2


class State(StrEnum):
    """What is known of a target at one second."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    MAINT = "maint"
    NOT_IN_SERVICE = "not_in_service"


class Boundary(StrEnum):
    """Where between two samples that differ the state turns."""

    MIDPOINT = "midpoint"
    FIRST_BAD = "first_bad"
    """At the later sample: an outage lasts from its first bad sample to the first good one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a target. ``mono_s`` is the vantage's monotonic clock, by which clock jumps are found.

    ``boot`` tells one run of that clock from another (the prober's start). A vantage is one prober: of two at once under
    one name, what both cover is doubted. ``degraded``: it answered, but not as it should.
    """

    at: int
    vantage: str
    ok: bool
    latency_ms: float | None = None
    error: str = ""
    trusted: bool = True
    mono_s: float | None = None
    boot: int = 0
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How samples are read. ``confirm`` of the vantages must see a target down; the rest may then not prove it up.

    A vantage's sample vouches for ``interval_s``; a gap longer than 2.5 x ``interval_s`` is UNKNOWN from there on.
    Raises ValueError for numbers that cannot be meant.
    """

    interval_s: int
    confirm: int = 1
    boundary: Boundary = Boundary.MIDPOINT
    degraded_above_ms: float | None = None
    jump_tolerance_s: float = 2.0

    def __post_init__(self) -> None:
        if self.interval_s < 1 or self.confirm < 1 or self.jump_tolerance_s <= 0:
            raise ValueError("interval, confirmations and tolerance must be positive")

    def too_long(self, gap_s: int) -> bool:
        """Say whether nothing is known within a gap of so many seconds."""
        return gap_s * GAP_DENOMINATOR > self.interval_s * GAP_NUMERATOR

    def reads(self, sample: Sample) -> State:
        """Return what one sample says by itself."""
        if not sample.trusted:
            return State.UNKNOWN
        if not sample.ok:
            return State.DOWN
        slow = self.degraded_above_ms is not None and (sample.latency_ms or 0) > self.degraded_above_ms
        return State.DEGRADED if slow or sample.degraded else State.UP


@dataclass(frozen=True, slots=True)
class Span:
    """The seconds from ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a span ends before it starts")


@dataclass(frozen=True, slots=True)
class Run:
    """``count`` samples of one vantage with one outcome, from ``first`` to ``last``, no gap too long among them."""

    vantage: str
    first: int
    last: int
    state: State
    count: int = 1
    error: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Runs, and the spans in which a vantage's clock ran twice or skipped (vantage -> spans)."""

    runs: tuple[Run, ...] = ()
    doubts: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """A piece of a vantage's time in which wall and monotonic clock went together: its first and last sample by both.

    ``low`` and ``high`` are the least and greatest wall second of it. All that is needed to find jumps later on.
    """

    vantage: str
    boot: int
    mono_first: float
    first: int
    mono_last: float
    last: int
    low: int
    high: int


_WORST_FIRST = (State.DOWN, State.DEGRADED, State.UP, State.UNKNOWN)


def gather(samples: Iterable[Sample], policy: Policy) -> Evidence:
    """Fold samples into runs; find where a vantage's clock jumped. The order of the samples does not matter.

    Of two samples of one vantage at one second the worse trusted one counts.
    """
    by_vantage: dict[str, list[Sample]] = {}
    for sample in samples:
        by_vantage.setdefault(sample.vantage, []).append(sample)
    runs = [run for name in sorted(by_vantage) for run in _folded(name, by_vantage[name], policy)]
    pieces = [piece for taken in by_vantage.values() for piece in clocks(taken, policy)]
    return Evidence(tuple(runs), doubted(pieces, policy))


def clocks(samples: Iterable[Sample], policy: Policy) -> tuple[Clock, ...]:
    """Return the pieces of the clocks of samples, cut where one jumped."""
    ticks = sorted((s.vantage, s.boot, s.mono_s, s.at) for s in samples if s.mono_s is not None)
    out: list[Clock] = []
    for vantage, boot, mono, at in ticks:
        last = out[-1] if out else None
        if last and (last.vantage, last.boot) == (vantage, boot) and not _jumped(last, mono, at, policy):
            low, high = min(last.low, at), max(last.high, at)
            out[-1] = Clock(vantage, boot, last.mono_first, last.first, mono, at, low, high)
        else:
            out.append(Clock(vantage, boot, mono, at, mono, at, at, at))
    return tuple(out)


def _jumped(piece: Clock, mono: float, at: int, policy: Policy) -> bool:
    return abs((at - piece.last) - (mono - piece.mono_last)) > policy.jump_tolerance_s


def doubted(pieces: Iterable[Clock], policy: Policy) -> tuple[tuple[str, Span], ...]:
    """Return what clocks skipped or ran twice, by vantage.

    Within a boot: the wall clock moved otherwise than the monotonic one. Between boots: both claim the same seconds.
    """
    ordered = sorted(pieces, key=attrgetter("vantage", "boot", "mono_first", "mono_last"))
    out: list[tuple[str, Span]] = []
    for piece, following in pairwise(ordered):
        same = (piece.vantage, piece.boot) == (following.vantage, following.boot)
        if same and _jumped(piece, following.mono_first, following.first, policy):
            ends = (piece.last, following.first)
            out.append((piece.vantage, Span(min(ends), max(ends))))
    for vantage, own in groupby(ordered, key=attrgetter("vantage")):
        out += [(vantage, span) for span in _claimed_twice(own)]
    return tuple(sorted(out, key=lambda doubt: (doubt[0], doubt[1].start, doubt[1].end)))


def _claimed_twice(pieces: Iterable[Clock]) -> Iterator[Span]:
    claims: dict[int, tuple[int, int]] = {}
    for piece in pieces:
        low, high = claims.get(piece.boot, (piece.low, piece.high))
        claims[piece.boot] = (min(low, piece.low), max(high, piece.high))
    claimed: int | None = None
    for low, high in sorted(claims.values()):
        if claimed is not None and low < claimed:
            yield Span(low, min(high, claimed))
        claimed = high if claimed is None else max(claimed, high)


def _folded(vantage: str, taken: list[Sample], policy: Policy) -> Iterator[Run]:
    run: Run | None = None
    for at, same in groupby(sorted(taken, key=attrgetter("at")), key=attrgetter("at")):
        here = list(same)
        reads = [policy.reads(s) for s in here]
        state = next(s for s in _WORST_FIRST if s in reads)
        error = min(s.error for s, read in zip(here, reads, strict=True) if read is state)
        if run and (run.state, run.error) == (state, error) and not policy.too_long(at - run.last):
            run = Run(vantage, run.first, at, state, run.count + 1, error)
            continue
        if run:
            yield run
        run = Run(vantage, at, at, state, 1, error)
    if run:
        yield run
