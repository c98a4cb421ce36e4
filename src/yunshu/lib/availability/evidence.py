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


_WORST_FIRST = (State.DOWN, State.DEGRADED, State.UP, State.UNKNOWN)


def gather(samples: Iterable[Sample], policy: Policy) -> Evidence:
    """Fold samples into runs; find where a vantage's clock jumped. The order of the samples does not matter.

    Of two samples of one vantage at one second the worse trusted one counts.
    """
    by_vantage: dict[str, list[Sample]] = {}
    for sample in samples:
        by_vantage.setdefault(sample.vantage, []).append(sample)
    runs: list[Run] = []
    doubts: list[tuple[str, Span]] = []
    for vantage in sorted(by_vantage):
        taken = by_vantage[vantage]
        doubts += [(vantage, span) for span in _jumps(taken, policy)]
        runs += _folded(vantage, taken, policy)
    return Evidence(tuple(runs), tuple(doubts))


def _jumps(taken: list[Sample], policy: Policy) -> Iterator[Span]:
    """Yield what a clock skipped or ran twice.

    Within a boot: the wall clock moved otherwise than the monotonic one. Between boots: both claim the same seconds.
    """
    boots: dict[int, list[tuple[float, int]]] = {}
    for sample in taken:
        if sample.mono_s is not None:
            boots.setdefault(sample.boot, []).append((sample.mono_s, sample.at))
    for _, ticks in sorted(boots.items()):
        for (mono, at), (next_mono, next_at) in pairwise(sorted(ticks)):
            if abs((next_at - at) - (next_mono - mono)) > policy.jump_tolerance_s:
                yield Span(min(at, next_at), max(at, next_at))
    claims = sorted((min(at for _, at in ticks), max(at for _, at in ticks)) for ticks in boots.values())
    claimed = claims[0][1] if claims else 0
    for first, last in claims[1:]:
        if first < claimed:
            yield Span(first, min(last, claimed))
        claimed = max(claimed, last)


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
