"""The state of each single second, said again by brute force: no runs, no stretches, one question a second."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from yunshu.lib.availability import Boundary, Maintenance, Policy, Sample, Span, State


def seconds(
    samples: Iterable[Sample],
    *,
    policy: Policy,
    period: Span,
    vantages: Iterable[str] = (),
    maintenance: Sequence[Maintenance] = (),
    out_of_service: Sequence[Span] = (),
) -> list[State]:
    """Return the state of every second of the period."""
    taken: dict[str, list[Sample]] = {name: [] for name in vantages}
    for sample in samples:
        taken.setdefault(sample.vantage, []).append(sample)
    seen = [_vantage(own, policy, period) for own in taken.values()]
    return [
        _over(second, maintenance, out_of_service)
        or _together([line[second - period.start] for line in seen], policy.confirm)
        for second in range(period.start, period.end)
    ]


def _over(second: int, maintenance: Sequence[Maintenance], out_of_service: Sequence[Span]) -> State | None:
    if any(span.start <= second < span.end for span in out_of_service):
        return State.NOT_IN_SERVICE
    good = [w for w in maintenance if w.approved_at is not None and w.approved_at < w.start and w.start < w.end]
    for w in good:
        stop = w.end if w.finished_at is None else min(w.end, w.finished_at)
        if w.start <= second < stop:
            return State.MAINT
    if any(w.finished_at is not None and w.end <= second < w.finished_at for w in good):
        return State.DOWN
    return None


def _together(states: list[State], confirm: int) -> State:
    votes = Counter(states)
    confirm = min(confirm, len(states))
    if not states:
        return State.UNKNOWN
    if votes[State.DOWN] >= confirm:
        return State.DOWN
    if votes[State.DOWN] + votes[State.UNKNOWN] >= confirm:
        return State.UNKNOWN
    return State.UP if set(states) <= {State.UP, State.UNKNOWN} else State.DEGRADED


def _vantage(taken: list[Sample], policy: Policy, period: Span) -> list[State]:
    doubted = _doubted(taken, policy)
    at: dict[int, State] = {}
    for sample in taken:
        rank = [State.UNKNOWN, State.UP, State.DEGRADED, State.DOWN]
        at[sample.at] = max(at.get(sample.at, State.UNKNOWN), policy.reads(sample), key=rank.index)
    times = sorted(at)
    return [
        State.UNKNOWN if second in doubted else _second(second, times, at, policy, period.end)
        for second in range(period.start, period.end)
    ]


def _doubted(taken: list[Sample], policy: Policy) -> set[int]:
    doubted: set[int] = set()
    clocked = sorted((s.boot, s.mono_s, s.at) for s in taken if s.mono_s is not None)
    for (boot, mono, at), (next_boot, next_mono, next_at) in pairwise(clocked):
        if boot == next_boot and abs((next_at - at) - (next_mono - mono)) > policy.jump_tolerance_s:
            doubted |= set(range(min(at, next_at), max(at, next_at)))
    claims: Counter[int] = Counter()
    for boot in {boot for boot, _, _ in clocked}:
        own = [at for b, _, at in clocked if b == boot]
        claims.update(range(min(own), max(own)))
    return doubted | {second for second, times in claims.items() if times > 1}


def _second(second: int, times: list[int], at: dict[int, State], policy: Policy, end: int) -> State:
    before = [t for t in times if t <= second]
    after = [t for t in times if t > second]
    if not before:
        return State.UNKNOWN
    last, following = before[-1], after[0] if after else None
    if ((following if following is not None else max(end, last)) - last) > 2.5 * policy.interval_s:
        return at[last] if second < last + policy.interval_s else State.UNKNOWN
    if following is None or policy.boundary is Boundary.FIRST_BAD:
        return at[last]
    if State.UNKNOWN in (at[last], at[following]):
        return at[last]
    return at[last] if second < (last + following) // 2 else at[following]
