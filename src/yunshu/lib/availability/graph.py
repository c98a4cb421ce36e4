"""What depends on what: composites (series, parallel, k of n) and root causes. Start at ``Graph``."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from yunshu.lib.availability.evidence import Span, State
from yunshu.lib.availability.line import StateLine, merge


@dataclass(frozen=True, slots=True)
class Need:
    """At least ``least`` of ``members`` (names, or needs in turn) must be there; None: all of them."""

    members: "tuple[str | Need, ...]"
    least: int | None = None

    def __post_init__(self) -> None:
        if not self.members or not 1 <= self.wanted <= len(self.members):
            raise ValueError("a need asks for between one and all of its members")

    @property
    def wanted(self) -> int:
        """Return how many members must be there."""
        return len(self.members) if self.least is None else self.least

    def names(self) -> frozenset[str]:
        """Return the nodes named at any depth."""
        parts = (frozenset((m,)) if isinstance(m, str) else m.names() for m in self.members)
        return frozenset().union(*parts)


def series(*members: str | Need) -> Need:
    """All are needed."""
    return Need(members)


def parallel(*members: str | Need) -> Need:
    """One is enough."""
    return Need(members, 1)


def k_of_n(k: int, *members: str | Need) -> Need:
    """``k`` are enough. Raises ValueError if there are fewer."""
    return Need(members, k)


@dataclass(frozen=True, slots=True)
class Fault:
    """One root cause and what it explains. ``inferred``: itself unobserved, but all that hangs on it is down."""

    cause: str
    explains: tuple[str, ...]
    inferred: bool = False


@dataclass(frozen=True)
class Graph:
    """Nodes and what each needs. Raises ValueError if a node needs itself, by whatever way."""

    needs: Mapping[str, Need]
    order: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        sorter = TopologicalSorter({name: need.names() for name, need in self.needs.items()})
        try:
            object.__setattr__(self, "order", tuple(sorter.static_order()))
        except CycleError as error:
            raise ValueError(f"a circle of needs: {' -> '.join(error.args[1])}") from error

    def compose(self, lines: Mapping[str, StateLine], period: Span) -> dict[str, StateLine]:
        """Return every node's line as its users meet it: its own evidence, if any, in series with what it needs.

        A node with neither evidence nor needs is UNKNOWN. Raises ValueError if a line does not cover the period.
        """
        out: dict[str, StateLine] = {}
        for name in dict.fromkeys((*self.order, *lines)):
            own = lines.get(name)
            need = self.needs.get(name)
            names = sorted(need.names()) if need else []
            parts = [out[n].stretches for n in names]
            if own:
                parts.insert(0, own.cut(period.start, period.end).stretches)
            out[name] = merge(period, parts, _judge(need, names, has_own=own is not None))
        return out

    def faults(self, down: Collection[str], observed: Collection[str] | None = None) -> tuple[Fault, ...]:
        """Group what is down by root cause: a node whose needs fail is explained, another is a cause.

        ``observed`` are the nodes that are probed (None: all). One that is not, with at least two observed nodes
        that need it directly and all of those down, is inferred to be down: a room's power without a sensor. A node
        that several causes explain stands under each.
        """
        watched = set(observed) if observed is not None else set(self.order) | set(down)
        inferred = self._inferred(set(down), watched)
        fallen = set(down) | inferred
        roots: dict[str, frozenset[str]] = {}
        for name in dict.fromkeys((*self.order, *sorted(fallen))):
            if name not in fallen:
                continue
            need = self.needs.get(name)
            blamed = _blamed(need, fallen) if need else frozenset()
            roots[name] = frozenset().union(*(roots[b] for b in blamed)) if blamed else frozenset((name,))
        explained: dict[str, list[str]] = {}
        for name, causes in roots.items():
            for cause in causes:
                explained.setdefault(cause, [])
                if name != cause and name not in inferred:
                    explained[cause].append(name)
        return tuple(Fault(c, tuple(sorted(names)), c in inferred) for c, names in sorted(explained.items()))

    def _inferred(self, down: set[str], watched: set[str]) -> set[str]:
        users: dict[str, list[str]] = {}
        for name, need in self.needs.items():
            for member in need.members:
                if isinstance(member, str) and need.least is None:
                    users.setdefault(member, []).append(name)
        found: set[str] = set()
        for name in reversed(self.order):
            using = [u for u in users.get(name, ()) if u in watched or u in found]
            if name not in watched and len(using) > 1 and all(u in down or u in found for u in using):
                found.add(name)
        return found


def _judge(need: Need | None, names: Sequence[str], *, has_own: bool) -> Callable[[Sequence[State | None]], State]:
    own = 1 if has_own else 0

    def decide(states: Sequence[State | None]) -> State:
        known = [s or State.UNKNOWN for s in states]
        parts = known[:own]
        if need:
            parts = [*parts, _of_need(need, dict(zip(names, known[own:], strict=True)))]
        return together(parts, len(parts)) if parts else State.UNKNOWN

    return decide


def _of_need(need: Need, states: Mapping[str, State]) -> State:
    return together([states[m] if isinstance(m, str) else _of_need(m, states) for m in need.members], need.wanted)


def together(states: Sequence[State], least: int) -> State:
    """Return the state of a whole that needs ``least`` of parts in these states.

    Parts not in service do not count; if the rest could never be enough, the whole is not in service. Enough parts up:
    UP, or DEGRADED if any part is not. Not enough, but with the unknown ones perhaps: UNKNOWN. Enough but for those in
    maintenance: MAINT. A part down that is needed makes the whole DOWN, during another part's maintenance too.
    """
    parts = [s for s in states if s is not State.NOT_IN_SERVICE]
    least = min(least, len(parts)) if least == len(states) else least
    if not parts or len(parts) < least:
        return State.NOT_IN_SERVICE
    usable = parts.count(State.UP) + parts.count(State.DEGRADED)
    unknown, maint = parts.count(State.UNKNOWN), parts.count(State.MAINT)
    if usable >= least:
        return State.UP if parts.count(State.UP) == len(parts) else State.DEGRADED
    if usable + unknown >= least:
        return State.UNKNOWN
    if usable + maint >= least:
        return State.MAINT
    return State.UNKNOWN if usable + unknown + maint >= least else State.DOWN


def _blamed(need: Need, fallen: Collection[str]) -> frozenset[str]:
    """Return the fallen nodes for which a need fails; none if it does not fail."""
    failed: list[Iterable[str]] = []
    for member in need.members:
        if isinstance(member, str):
            failed += [(member,)] if member in fallen else []
        elif inner := _blamed(member, fallen):
            failed.append(inner)
    enough = len(need.members) - len(failed) >= need.wanted
    return frozenset() if enough else frozenset().union(*failed)
