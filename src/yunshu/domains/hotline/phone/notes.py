"""Events of the floor as what is written down: whose agent, which queue, and the outside number apart from the rest."""

from dataclasses import fields

from yunshu.domains.hotline.services.phone_log import Note
from yunshu.lib.cti import events as ev
from yunshu.lib.cti.floor import Floor

APART = frozenset(["call", "at", "caller", "called", "agent", "queue", "reference"])
"""What stands in columns of its own, or must not stand in an event at all."""


def note_of(event: ev.CallEvent, floor: Floor) -> Note:
    """Return an event as a note."""
    agent = getattr(event, "agent", "") or floor.agent_at(getattr(event, "party", ""))
    waiting = next((one for one in floor.acd.calls() if one.call == event.call), None)
    queue = getattr(event, "queue", "") or (waiting.queue.code if waiting else "")
    names = [one.name for one in fields(event) if one.name not in APART]
    return Note(
        kind=event.kind,
        ref=event.call,
        at=event.at,
        agent=int(agent) if agent else None,
        queue=queue,
        person=getattr(event, "caller", ""),
        called=getattr(event, "called", ""),
        data={name: getattr(event, name) for name in names},
    )
