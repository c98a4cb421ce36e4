"""The state line: what was known of a target at every second of a period, from evidence. Start at ``state_line``."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from operator import attrgetter

from yunshu.lib.availability.evidence import Boundary, Evidence, Policy, Run, Sample, Span, State, gather


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state from ``start`` up to, not including, ``end``."""

    start: int
    end: int
    state: State


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A window from ``start`` to ``end`` that excuses only if approved before it starts.

    ``finished_at`` later than ``end``: the overrun is DOWN, whatever probes saw; earlier: the window ends there. None:
    the end of the work is not known, and after ``end`` evidence alone counts.
    """

    start: int
    end: int
    approved_at: int | None
    finished_at: int | None = None

    @property
    def excuses(self) -> bool:
        """Say whether the approval came before the start."""
        return self.approved_at is not None and self.approved_at < self.start < self.end


@dataclass(frozen=True, slots=True)
class StateLine:
    """Stretches without hole or overlap from ``start`` to ``end``; neighbours differ."""

    start: int
    end: int
    stretches: tuple[Stretch, ...]

    def seconds(self, state: State) -> int:
        """Return how many seconds the line is in ``state``."""
        return sum(s.end - s.start for s in self.stretches if s.state is state)

    def at(self, second: int) -> State:
        """Return the state at a second of the line. Raises ValueError outside it."""
        if not self.start <= second < self.end:
            raise ValueError("the second is outside the line")
        return self.stretches[bisect_right(self.stretches, second, key=attrgetter("start")) - 1].state

    def cut(self, start: int, end: int) -> "StateLine":
        """Return the part of the line within ``start`` to ``end``. Raises ValueError if it does not cover that."""
        if start < self.start or end > self.end or end < start:
            raise ValueError("the line does not cover the period")
        parts = (Stretch(max(s.start, start), min(s.end, end), s.state) for s in self.stretches)
        return StateLine(start, end, tuple(p for p in parts if p.start < p.end))


def state_line(
    evidence: Evidence | Iterable[Sample],
    *,
    policy: Policy,
    period: Span,
    vantages: Iterable[str] = (),
    maintenance: Iterable[Maintenance] = (),
    out_of_service: Iterable[Span] = (),
) -> StateLine:
    """Draw the line of one target over ``period``, from runs or from samples.

    ``vantages`` names those that ought to have looked (those silent throughout are UNKNOWN); others found in the
    evidence join them. Evidence before and after the period helps at its edges: give it 2.5 intervals more.
    NOT_IN_SERVICE goes before MAINT, MAINT before an overrun, that before what was seen.
    """
    found = evidence if isinstance(evidence, Evidence) else gather(evidence, policy)
    names = sorted({*vantages, *(run.vantage for run in found.runs)})
    lines = [_vantage_line(name, found, policy, period) for name in names]
    windows = [w for w in maintenance if w.excuses]
    overruns = [Span(w.end, w.finished_at) for w in windows if w.finished_at and w.finished_at > w.end]
    planned = [Span(w.start, max(w.start, min(w.end, w.finished_at or w.end))) for w in windows]
    layers = [
        _layer(out_of_service, State.NOT_IN_SERVICE, period),
        _layer(planned, State.MAINT, period),
        _layer(overruns, State.DOWN, period),
    ]

    def known(states: Sequence[State | None]) -> State:
        over = next((state for state in states[: len(layers)] if state is not None), None)
        return over or _confirmed([s for s in states[len(layers) :] if s is not None], policy.confirm)

    return merge(period, [*layers, *lines], known)


def merge(
    period: Span, lines: Sequence[Sequence[Stretch]], decide: Callable[[Sequence[State | None]], State]
) -> StateLine:
    """Walk lines side by side; ``decide`` gets the state of each at a stretch, None where a line says nothing."""
    points: dict[int, list[tuple[int, State | None]]] = {period.start: [], period.end: []}
    for index, line in enumerate(lines):
        end = None
        for stretch in line:
            if end is not None and end < stretch.start:
                points.setdefault(end, []).append((index, None))
            points.setdefault(stretch.start, []).append((index, stretch.state))
            end = stretch.end
        if end is not None and end < period.end:
            points.setdefault(end, []).append((index, None))
    now: list[State | None] = [None] * len(lines)
    ordered = sorted(points)
    out: list[Stretch] = []
    for at, following in pairwise(ordered):
        for index, state in points[at]:
            now[index] = state
        _extend(out, at, following, decide(now))
    return StateLine(period.start, period.end, tuple(out))


def _extend(out: list[Stretch], start: int, end: int, state: State) -> None:
    """Add a stretch to a line, joined to the last one if that is of the same state; nothing if it is empty."""
    if start >= end:
        return
    if out and out[-1].state is state and out[-1].end == start:
        out[-1] = Stretch(out[-1].start, end, state)
    else:
        out.append(Stretch(start, end, state))


def _confirmed(states: Sequence[State], confirm: int) -> State:
    """Return what n vantages say together: DOWN if k see it, UNKNOWN if the silent ones could make them k."""
    down, unknown = states.count(State.DOWN), states.count(State.UNKNOWN)
    confirm = min(confirm, len(states))
    if not states or (down < confirm <= down + unknown):
        return State.UNKNOWN
    if down >= confirm:
        return State.DOWN
    return State.DEGRADED if down or State.DEGRADED in states else State.UP


def _vantage_line(vantage: str, found: Evidence, policy: Policy, period: Span) -> list[Stretch]:
    """Return what one vantage knew throughout the period, doubts of its clock included."""
    runs = sorted((r for r in found.runs if r.vantage == vantage), key=attrgetter("first"))
    doubts = _layer((span for name, span in found.doubts if name == vantage), State.UNKNOWN, period)
    seen = _clipped(_between(runs, policy, period.end), period)
    whole = merge(period, [doubts, seen], lambda s: s[0] or s[1] or State.UNKNOWN)
    return list(whole.stretches)


def _between(runs: Sequence[Run], policy: Policy, end: int) -> Iterator[Stretch]:
    """Yield what each run vouches for; what lies between is not known."""
    start = runs[0].first if runs else 0
    for run, following in zip_longest(runs, runs[1:]):
        turn = _turn(run, following, policy, end)
        yield Stretch(start, max(turn, start), run.state)
        if following:
            same_bracket = not policy.too_long(following.first - run.last)
            start = turn if same_bracket else following.first


def _turn(run: Run, following: Run | None, policy: Policy, end: int) -> int:
    """Return the second at which a run no longer says what is."""
    upto = following.first if following else max(end, run.last)
    if policy.too_long(upto - run.last):
        return run.last + policy.interval_s
    unknown = State.UNKNOWN in (run.state, following.state if following else State.UNKNOWN)
    if following is None or unknown or run.state is following.state or policy.boundary is Boundary.FIRST_BAD:
        return upto
    return (run.last + following.first) // 2


def _clipped(stretches: Iterable[Stretch], period: Span) -> list[Stretch]:
    parts = (Stretch(max(s.start, period.start), min(s.end, period.end), s.state) for s in stretches)
    return [p for p in parts if p.start < p.end]


def _layer(spans: Iterable[Span], state: State, period: Span) -> list[Stretch]:
    """Return spans, joined where they touch or overlap, as stretches of one state."""
    out: list[Stretch] = []
    for span in sorted(spans, key=attrgetter("start", "end")):
        if out and span.start <= out[-1].end:
            out[-1] = Stretch(out[-1].start, max(out[-1].end, span.end), state)
        else:
            out.append(Stretch(span.start, span.end, state))
    return _clipped(out, period)


def durations(line: StateLine) -> Mapping[State, int]:
    """Return the seconds spent in each state; every state is a key."""
    return {state: line.seconds(state) for state in State}
