"""One root cause, one incident: a room's power loss is one incident, not three hundred.

``plan`` compares what is down now, grouped by cause over the graph of needs, with the incidents that are open, and says what to
open, to extend and to merge. It depends on the whole picture and not on the order in which the news came, and a second run finds
nothing to do. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yunshu.lib.availability import Graph, Need, k_of_n, series

Line = tuple[str, str, str, int]
"""``(target, upstream, group, least)``: one row of the graph; those of one group stand in for each other."""


@dataclass(frozen=True, kw_only=True)
class OpenIncident:
    """An incident that probes opened and nobody has closed: its cause and every target under it."""

    number: str
    opened_at: datetime
    cause: str
    members: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Group:
    """What is down for one reason. ``number`` is the incident that takes it, empty: a new one.

    ``merged`` are the incidents that turn out to be the same, ``added`` the targets the incident did not know yet.
    """

    cause: str
    members: frozenset[str]
    number: str = ""
    merged: tuple[str, ...] = ()
    added: frozenset[str] = frozenset()
    recaused: bool = False

    @property
    def is_news(self) -> bool:
        """Say whether anything is to be done."""
        return not self.number or bool(self.merged or self.added or self.recaused)


def graph_of(lines: Iterable[Line]) -> Graph:
    """Build the graph of needs from its rows. Raises ValueError for a circle."""
    alone: dict[str, list[str]] = {}
    groups: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for target, upstream, group, least in lines:
        if group:
            groups.setdefault(target, {}).setdefault(group, []).append((upstream, least))
        else:
            alone.setdefault(target, []).append(upstream)
    needs: dict[str, Need] = {}
    for target in sorted(alone.keys() | groups.keys()):
        parts: list[str | Need] = [*sorted(alone.get(target, ()))]
        for members in groups.get(target, {}).values():
            names = sorted(name for name, _least in members)
            parts.append(k_of_n(min(max(least for _name, least in members), len(names)), *names))
        needs[target] = series(*parts)
    return Graph(needs)


def plan(
    graph: Graph, down: Collection[str], observed: Collection[str], incidents: Sequence[OpenIncident]
) -> tuple[Group, ...]:
    """Return one group a root cause, in order of cause; a group may have nothing new.

    An incident belongs to a group if it has a target of it that is down; a target that several causes explain stands under each, so an
    incident goes to the group of its own cause, else to the first that shares a target. The oldest incident of a group takes it:
    the clock began when the first of it was seen.
    """
    faults = graph.faults(down, observed)
    taken: dict[str, list[OpenIncident]] = {}
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.number)):
        cause = _home(incident, {f.cause: frozenset((f.cause, *f.explains)) for f in faults})
        if cause is not None:
            taken.setdefault(cause, []).append(incident)
    return tuple(
        _group(fault.cause, frozenset((fault.cause, *fault.explains)), taken.get(fault.cause, [])) for fault in faults
    )


def _home(incident: OpenIncident, groups: Mapping[str, frozenset[str]]) -> str | None:
    if incident.cause in groups:
        return incident.cause
    return next((cause for cause, members in groups.items() if members & incident.members), None)


def _group(cause: str, members: frozenset[str], incidents: Sequence[OpenIncident]) -> Group:
    if not incidents:
        return Group(cause=cause, members=members)
    first, *others = incidents
    known = first.members.union(*(each.members for each in others))
    return Group(
        cause=cause,
        members=members,
        number=first.number,
        merged=tuple(each.number for each in others),
        added=members - known,
        recaused=first.cause != cause,
    )
