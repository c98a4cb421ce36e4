"""What every verb does: the flow moves, guards are asked, the clock turns, the timeline and the ledger are written, others are told."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Func, Max, Value
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.hotline.choices import Answer, StandKind
from yunshu.domains.hotline.contracts import PROOF_KIND, Proven
from yunshu.domains.hotline.models import Standstill, SuspendReason, Ticket, TicketClock, TicketStep
from yunshu.domains.hotline.rules import clocks, guards, life, limits, words
from yunshu.domains.hotline.rules.life import Effect
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.hotline.selectors.lists import limit_for
from yunshu.domains.hotline.services import telling
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.worktime import WorkingCalendar

WATCHER = System(name="热线系统")
OWN_WORDS = frozenset({"supplement", "rate"})
"""Steps whose words are the caller's: the ledger gets their digest, the timeline the words."""
Heard = Callable[[Ticket, TicketStep, datetime], None]
HEARD: list[Heard] = []
"""Who else hears of every step, in its transaction, with the ticket locked (the province's line)."""
STANDS_FOR = {
    "grant_pause": StandKind.SUSPENDED,
    "reply": StandKind.REVIEWING,
    "merge": StandKind.MERGED,
    "upgrade": StandKind.UPGRADED,
}
SETTLED = [
    "urgency", "unit", "holder", "parent", "relation", "state", "state_since", "state_due_at", "accepted_at", "dispatched_at",
    "signed_at", "replied_at", "closed_at", "due_at", "calendar_version", "reworks", "answer",
]  # fmt: skip
"""What a step may change of a ticket; what it was found by is written by ``index`` alone."""
REQUESTS = {life.OBJECTED: "objections", life.EXTENDING: "extensions", life.PAUSING: "suspensions"}
ANSWERS = {
    **dict.fromkeys(("redispatch", "take_back", "grant_extension", "grant_pause"), Answer.GRANTED),
    **dict.fromkeys(("uphold", "deny_extension", "deny_pause"), Answer.DENIED),
}


def locked(viewer: Viewer, number: str) -> Ticket:
    """Return one ticket in sight, locked, its parent before it; raise NotFound (``ticket_not_found``)."""
    seen = selectors.get_ticket(viewer, number)
    if seen.parent_id:
        Ticket.objects.select_for_update().get(pk=seen.parent_id)
    return locked_row(seen.pk)


def locked_row(pk: int) -> Ticket:
    """Return a ticket by its key, locked; raise NotFound."""
    row = (
        Ticket.objects.select_for_update(of=("self",)).select_related("desk", "unit", "category").filter(pk=pk).first()
    )
    if row is None:
        raise NotFound("ticket_not_found")
    return row


def take(
    row: Ticket,
    verb: str,
    actor: Viewer,
    now: datetime,
    reason: str = "",
    *,
    data: Mapping[str, Any] | None = None,
    parties: Mapping[str, int] | None = None,
    standing: SuspendReason | None = None,
) -> TicketStep:
    """Take a step of the life on a locked ticket, and settle it.

    Raises Conflict, NotPermitted and Refused as the workflow does, and Refused by ``rules.guards``.
    """
    calendar, step, source = working_calendar(), life.BY_VERB[verb], row.state
    facts = selectors.facts_of(row, calendar, now)
    case = workflow.act(
        actor=actor, flow=life.CODE, number=row.number, verb=verb, reason=reason, now=now, parties=parties
    )
    if (said := guards.refusal(verb, facts)) is not None:
        raise Refused(said[0], _(said[1]))
    row.state, row.state_since = case.state, now
    _answer_request(row, source, verb, actor, reason, now)
    _turn(row, verb, step.effect, now, standing)
    _date(row, verb, now)
    made = append(row, verb, actor, now, reason, data)
    settle(row, now, calendar)
    if step.event:
        telling.publish_event(row, step.event, now)
    for heard in HEARD:
        heard(row, made, now)
    return made


def _answer_request(row: Ticket, source: str, verb: str, actor: Viewer, reason: str, now: datetime) -> None:
    """Close what was asked for in the state that is left; what nobody answered is dropped."""
    if source in REQUESTS:
        getattr(row, REQUESTS[source]).filter(state=Answer.OPEN).update(
            state=ANSWERS.get(verb, Answer.DROPPED), answered_by=actor.name, answered_at=now, answer=reason.strip()
        )


def _turn(row: Ticket, verb: str, effect: Effect, now: datetime, standing: SuspendReason | None) -> None:
    if effect in (Effect.START, Effect.RESTART):
        _begin(row, limits.HANDLE if effect is Effect.START else limits.REWORK, now)
        row.reworks += effect is Effect.RESTART and verb != "reopen"
        return
    clock = selectors.running_clock(row)
    if clock is None or effect is Effect.KEEP:
        return
    if effect is Effect.PAUSE:
        Standstill.objects.create(clock=clock, kind=STANDS_FOR[verb], reason=standing, starts_at=now)
    if effect in (Effect.RESUME, Effect.STOP):
        for still in clock.stills.filter(ends_at__isnull=True):
            still.ends_at = now
            still.save(update_fields=["ends_at"])
    if effect is Effect.STOP:
        clock.ends_at = now
        clock.save(update_fields=["ends_at"])


def _begin(row: Ticket, name: str, now: datetime) -> None:
    code, limit = limit_for(row, name, now) or limit_for(row, limits.HANDLE, now) or ("", limits.FALLBACK)
    TicketClock.objects.create(ticket=row, limit=code, amount=limit.amount, unit=limit.unit, starts_at=now)


def _date(row: Ticket, verb: str, now: datetime) -> None:
    """Write down when the ticket came this far."""
    if verb == "accept":
        row.accepted_at = now
    if row.state == life.DISPATCHED:
        row.dispatched_at, row.signed_at, row.holder = now, None, None
    if row.state == life.HANDLING and row.signed_at is None:
        row.signed_at = now
    if verb == "reply":
        row.replied_at = now
    if row.state in (life.REGISTERED, life.SPLIT):
        row.unit, row.holder = None, None
    row.closed_at = (row.closed_at or now) if row.state in life.OVER else None


def append(
    row: Ticket, verb: str, actor: Viewer, now: datetime, said: str = "", data: Mapping[str, Any] | None = None
) -> TicketStep:
    """Write one step and its record on the ledger, numbers masked. Call it with the ticket locked."""
    last = row.steps.aggregate(last=Max("seq"))["last"] or 0
    kind = Proven.TICKET if last == 0 else Proven.STEP
    step = life.BY_VERB.get(verb)
    proven = {
        "seq": last + 1,
        "verb": verb,
        "state": row.state,
        "at": now,
        "actor": actor.name,
        "words": sm3(said.encode()).hex() if verb in OWN_WORDS else words.mask_text(said),
        **(data or {}),
    }
    record = ledger.record(kind=f"{PROOF_KIND}{kind.value}", subject=row.number, payload=proven, by=actor, now=now)
    return TicketStep.objects.create(
        ticket=row,
        seq=last + 1,
        verb=verb,
        state=row.state,
        effect=step.effect if step and step.effect is not Effect.KEEP else "",
        at=now,
        actor=actor.name,
        org=getattr(actor, "org_name", ""),
        words=said.strip(),
        data=dict(data or {}),
        record=record,
    )


def settle(row: Ticket, now: datetime, calendar: WorkingCalendar) -> None:
    """Compute the deadlines anew, save the ticket, and give the open task its deadline and its holder."""
    clock = row.clocks.prefetch_related("stills").last()
    if clock is not None:
        clock.due_at = row.due_at = clocks.due_at(selectors.course_of(clock), calendar)
        clock.save(update_fields=["due_at"])
    row.calendar_version = calendar.version
    row.state_due_at = selectors.state_due(row, calendar)
    row.save(update_fields=SETTLED)
    task = workflow.own_deadline(flow=life.CODE, number=row.number, due_at=row.state_due_at)
    if task is not None and row.holder_id and row.state in (life.HANDLING, life.SUSPENDED):
        try:
            workflow.hand_over(actor=WATCHER, task_id=task.pk, person_id=row.holder_id, now=now)
        except (Refused, NotFound):  # who signed may not handle any more: the task is anybody's who may
            row.holder = None
            row.save(update_fields=["holder"])


def index(row: Ticket) -> None:
    """Write what a ticket is found by: its number, its words in pairs, its place."""
    found = words.grams(" ".join((row.number, row.title, row.content, row.street, row.address, row.source_number)))
    vector = Func(Value([*found]), function="array_to_tsvector", output_field=SearchVectorField())
    Ticket.objects.filter(pk=row.pk).update(search=vector)
