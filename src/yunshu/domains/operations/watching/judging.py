"""From samples to the condition of each target now, and what explains it. Pure but for what it remembers."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yunshu.domains.operations.selectors.watching import Watched
from yunshu.lib.availability import Graph, Maintenance, Need, Sample, Span, State, StateLine, Stretch, state_line

LEAST_KEPT_S = 600
INTERVALS_KEPT = 10
EVENTS_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a target at a moment. ``whole``: the state fills all that is remembered; it may have begun before."""

    number: str
    state: State
    since: int
    error: str = ""
    cause: str = ""
    whole: bool = False


class Judge:
    """Remembers the last samples of each target and says what they mean."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[Sample]] = {}
        self._lock = threading.Lock()

    def see(self, number: str, sample: Sample) -> None:
        """Take a sample; order does not matter, one seen twice changes nothing."""
        with self._lock:
            self._recent.setdefault(number, deque(maxlen=EVENTS_KEPT)).append(sample)

    def forget(self, keep: Iterable[str]) -> None:
        """Forget targets that are watched no more."""
        kept = set(keep)
        with self._lock:
            for number in [n for n in self._recent if n not in kept]:
                del self._recent[number]

    def _taken(self, number: str, since: int) -> list[Sample]:
        """Return what is remembered from ``since`` on; what is older is forgotten."""
        with self._lock:
            taken = self._recent.get(number, deque())
            while taken and taken[0].at < since:
                taken.popleft()
            return list(taken)

    def judge(
        self,
        targets: Sequence[Watched],
        needs: Mapping[str, Need],
        windows: Mapping[str, Sequence[Maintenance]],
        now: int,
    ) -> list[Judgement]:
        """Return the condition of every target that can be judged: those that are probed, and those whose needs are."""
        own = {t.number: self._of(t, windows.get(t.number, ()), now) for t in targets if t.check_form}
        graph = Graph(needs)
        composed = self._composites(graph, own, targets, now)
        found = own | composed
        down = {number for number, one in found.items() if one.state is State.DOWN}
        causes: dict[str, list[str]] = {}
        for fault in graph.faults(down, observed=set(found)):
            for number in (fault.cause, *fault.explains):
                causes.setdefault(number, []).append(fault.cause)
        return [_explained(one, causes) for one in found.values()]

    def _of(self, target: Watched, windows: Sequence[Maintenance], now: int) -> Judgement:
        policy = target.policy
        kept = max(LEAST_KEPT_S, INTERVALS_KEPT * target.interval_s)
        taken = self._taken(target.number, now - 2 * kept)
        start, end = now - kept, now + 1
        line = state_line(
            [s for s in taken if s.at <= now + target.interval_s],
            policy=policy,
            period=Span(start, end),
            maintenance=windows,
            out_of_service=target.out_of_service(),
        )
        last = line.stretches[-1]
        bad = [s for s in taken if not s.ok or s.degraded]
        error = max(bad, key=lambda s: s.at).error if bad and last.state in _TELLING else ""
        return Judgement(target.number, last.state, last.start, error, whole=last.start == start)

    def _composites(
        self, graph: Graph, own: Mapping[str, Judgement], targets: Sequence[Watched], now: int
    ) -> dict[str, Judgement]:
        """Return those that are not probed themselves but need what is."""
        wanted = [t.number for t in targets if not t.check_form and t.number in graph.needs]
        if not wanted:
            return {}
        moment = Span(now, now + 1)
        lines = {number: _instant(one.state, moment) for number, one in own.items()}
        whole = graph.compose(lines, moment)
        out = {}
        for number in wanted:
            state = whole[number].stretches[-1].state
            parts = [own[n].since for n in graph.needs[number].names() if n in own]
            out[number] = Judgement(number, state, max(parts, default=now))
        return out


_TELLING = (State.DOWN, State.DEGRADED)


def _instant(state: State, moment: Span) -> StateLine:
    return StateLine(moment.start, moment.end, (Stretch(moment.start, moment.end, state),))


def _explained(one: Judgement, causes: Mapping[str, Sequence[str]]) -> Judgement:
    if one.state is not State.DOWN:
        return one
    found = causes.get(one.number) or [one.number]
    cause = one.number if one.number in found else found[0]
    return Judgement(one.number, one.state, one.since, one.error, cause, one.whole)
