"""What happens on the telephones, written down in the order in which it happened; called by the phone process only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max

from yunshu.domains.hotline.models import AgentSeat, AgentSpell, Call, CallEvent, CallQueue, MissedCall
from yunshu.domains.hotline.phone_choices import Cause, Direction, Outcome, Recall, Stage
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.ids import public_number

log = structlog.get_logger()
CHANGED = ("queue", "agent", "outcome", "queued_at", "rang_at", "answered_at", "ended_at", "ended_by", "missed")
CALLBACK_MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that happened to a call. ``person`` is the outside number and stands on the call only, never in its events."""

    kind: str
    ref: str
    at: datetime
    agent: int | None = None
    queue: str = ""
    person: str = ""
    called: str = ""
    missed: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def write(notes: Sequence[Note]) -> dict[str, str]:
    """Write down what happened; return each call's public number by the switch's. Doing it twice writes it twice: ask once."""
    calls = _begun(notes)
    refs = {note.ref for note in notes} - calls.keys()
    for row in Call.objects.select_for_update(of=("self",)).filter(ref__in=refs).order_by("pk"):
        calls[row.ref] = row
    last = dict(
        CallEvent.objects.filter(call__in=[row.pk for row in calls.values()])
        .order_by()
        .values_list("call_id")
        .annotate(n=Max("seq"))
    )
    queues = {row.code: row for row in CallQueue.objects.all()}
    events = []
    for note in notes:
        call = calls.get(note.ref)
        if call is None:
            log.warning("hotline.call_unknown", kind=note.kind)
            continue
        last[call.pk] = last.get(call.pk, 0) + 1
        _apply(call, note, queues)
        data = dict(note.data) | ({"queue": note.queue} if note.queue else {})
        events.append(
            CallEvent(call=call, seq=last[call.pk], kind=note.kind, at=note.at, agent_id=note.agent, data=data)
        )
    for call in calls.values():
        call.save(update_fields=CHANGED)
    CallEvent.objects.bulk_create(events)
    return {ref: row.number for ref, row in calls.items()}


def _begun(notes: Iterable[Note]) -> dict[str, Call]:
    """Return new rows for the calls that begin; a call that is known already begins nothing."""
    begun = {note.ref: note for note in notes if note.kind in (Stage.OFFERED, Stage.DIALLED)}
    known = set(Call.objects.filter(ref__in=begun).values_list("ref", flat=True)) if begun else set()
    fresh = [note for ref, note in begun.items() if ref not in known]
    if not fresh:
        return {}
    desk = desk_org()
    return {
        note.ref: Call.objects.create(
            number=public_number("TH", clock.city_date(note.at)),
            ref=note.ref,
            desk=desk,
            direction=Direction.IN if note.kind == Stage.OFFERED else Direction.OUT,
            caller=note.person[:32],
            called=note.called[:32],
            agent_id=note.agent,
            missed_id=note.missed,
            offered_at=note.at,
        )
        for note in fresh
    }


def _apply(call: Call, note: Note, queues: Mapping[str, CallQueue]) -> None:
    """Change a call as what happened says."""
    if note.queue in queues:
        call.queue = queues[note.queue]
    match note.kind:
        case Stage.QUEUED:
            call.queued_at = call.queued_at or note.at
        case Stage.RINGING:
            call.rang_at = call.rang_at or note.at
        case Stage.ANSWERED:
            call.answered_at = call.answered_at or note.at
            call.outcome, call.agent_id = Outcome.TALKING, note.agent or call.agent_id
            _reached(call, note)
        case Stage.TRANSFERRED:
            call.agent_id = note.agent or call.agent_id
        case Stage.ENDED | Stage.LOST if call.ended_at is None:
            _end(call, note)


def _end(call: Call, note: Note) -> None:
    lost = note.kind == Stage.LOST or note.data.get("reason") == "lost"
    missed = Outcome.ABANDONED if call.direction == Direction.IN else Outcome.FAILED
    call.ended_at, call.ended_by = note.at, "lost" if lost else str(note.data.get("reason", ""))
    call.outcome = Outcome.LOST if lost else Outcome.ANSWERED if call.answered_at else missed
    if call.direction == Direction.IN and call.outcome in (Outcome.LOST, Outcome.ABANDONED):
        call.missed = _miss(call, Cause.LOST if lost else Cause.ABANDONED, note.at)


def _miss(call: Call, cause: Cause, at: datetime) -> MissedCall | None:
    """Put a caller on the list to call back, or count once more; one whose number is withheld cannot be called."""
    if not call.caller:
        return None
    row = (
        MissedCall.objects.select_for_update()
        .filter(desk=call.desk, caller=call.caller, closed_at__isnull=True)
        .first()
    )
    if row is not None:
        row.last_at, row.times, row.cause = at, row.times + 1, cause
        row.save(update_fields=["last_at", "times", "cause"])
        return row
    minutes = call.queue.callback_minutes if call.queue else CALLBACK_MINUTES
    due = at + timedelta(minutes=minutes)
    words = {"since": at, "last_at": at, "due_at": due, "cause": cause}
    return MissedCall.objects.create(desk=call.desk, caller=call.caller, queue=call.queue, **words)


def _reached(call: Call, note: Note) -> None:
    """Whoever was spoken with, whoever dialled, needs no call back any more."""
    how = Recall.CAME_BACK if call.direction == Direction.IN else Recall.REACHED
    open_rows = MissedCall.objects.filter(desk=call.desk, closed_at__isnull=True).exclude(caller="")
    open_rows.filter(caller=call.caller).update(outcome=how, closed_at=note.at, closed_by_id=note.agent)


@transaction.atomic
def recover(now: datetime) -> int:
    """End what ran when the process died: lost, and on the list to call back. Return how many calls."""
    refs = list(Call.objects.filter(ended_at__isnull=True).order_by("pk").values_list("ref", flat=True))
    write([Note(kind=Stage.LOST, ref=ref, at=now) for ref in refs])
    return len(refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatNote:
    """What an agent does from ``since``."""

    person: int
    telephone: int | None
    state: str
    reason: int | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellNote:
    """What an agent did."""

    person: int
    state: str
    reason: int | None
    began: datetime
    ended: datetime


@transaction.atomic
def write_seats(seats: Sequence[SeatNote], spells: Sequence[SpellNote]) -> None:
    """Write down what agents do and did."""
    for one in seats:
        words = {"telephone_id": one.telephone, "state": one.state, "reason_id": one.reason, "since": one.since}
        AgentSeat.objects.update_or_create(person_id=one.person, defaults=words)
    AgentSpell.objects.bulk_create(
        AgentSpell(person_id=one.person, state=one.state, reason_id=one.reason, began_at=one.began, ended_at=one.ended)
        for one in spells
    )
