"""Tickets of a system that went before: closed ones are kept as history, open ones enter the life at a named state.

A past ticket has no case and no clock: nothing happened to it here. Each time that its source knows stands in it, the others stay blank,
and what is blank counts in no figure. Its original number is its source number; one record on the ledger commits to a whole batch.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import SearchVectorField
from django.db import transaction
from django.db.models import Func, Value
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Channel, DutyRole, Kind, Reached, Urgency
from yunshu.domains.hotline.contracts import PROOF_KIND, TICKET_MANAGE, Proven
from yunshu.domains.hotline.models import (
    Assignment,
    CallBack,
    Category,
    Contact,
    SealedIdentity,
    Ticket,
    TicketClock,
    TicketStep,
)
from yunshu.domains.hotline.rules import life, words
from yunshu.domains.hotline.services import steps
from yunshu.domains.hotline.services.registering import begin
from yunshu.domains.hotline.vault import vault
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.taking.undoing import depending

PAST = (life.ARCHIVED, life.REJECTED, life.WITHDRAWN)
ENTERING = (life.REGISTERED, life.DISPATCHED, life.HANDLING)
PARTS = (Contact, SealedIdentity, TicketStep, CallBack, TicketClock, Assignment)


@dataclass(frozen=True, kw_only=True)
class TakenSpec:
    """What the other system says of a ticket; ``category`` and ``unit`` are codes, times it does not know are None."""

    source_number: str
    kind: str
    title: str
    content: str
    state: str
    received_at: datetime
    channel: str = Channel.PHONE.value
    urgency: str = Urgency.NORMAL.value
    category: str = ""
    division: str = ""
    street: str = ""
    address: str = ""
    unit: str = ""
    name: str = ""
    phone: str = ""
    is_confidential: bool = False
    answer: str = ""
    accepted_at: datetime | None = None
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    reworks: int = 0
    called_at: datetime | None = None
    solved: bool | None = None
    result_score: int | None = None
    process_score: int | None = None


@transaction.atomic
def keep_past(*, actor: Viewer, desk: Org, specs: Sequence[TakenSpec], now: datetime) -> list[str]:
    """Keep closed tickets as history, all or none; return their numbers in the order given.

    Raises NotPermitted, NotFound (``org_not_found``, ``category_not_found``) and Refused (``state_unfit``).
    """
    actor.require(TICKET_MANAGE, desk.path)
    if any(spec.state not in PAST or spec.closed_at is None for spec in specs):
        raise Refused("state_unfit", _("历史工单须已办结、不予受理或撤回，并有办结时间。"), where="state")
    units, categories = _units(specs), _categories(specs)
    rows = [_row(spec, desk, units, categories, actor) for spec in specs]
    for row, spec in zip(rows, specs, strict=True):
        row.is_past, row.state, row.state_since = True, spec.state, spec.closed_at or now
        row.search = _found_by(row)
    Ticket.objects.bulk_create(rows)
    _keep_callers(rows, specs, now)
    proven = [[row.number, spec.source_number, _digest(row)] for row, spec in zip(rows, specs, strict=True)]
    subject = public_number("DR", clock.city_date(now))
    payload = {"verb": "take_over", "count": len(rows), "tickets": proven}
    kind = f"{PROOF_KIND}{Proven.TICKET.value}"
    record = ledger.record(kind=kind, subject=subject, payload=payload, by=actor, now=now)
    TicketStep.objects.bulk_create(_step(row, spec, actor, record, now) for row, spec in zip(rows, specs, strict=True))
    CallBack.objects.bulk_create(
        _call(row, spec, actor, spec.called_at)
        for row, spec in zip(rows, specs, strict=True)
        if spec.called_at and _spoke(spec)
    )
    return [row.number for row in rows]


@transaction.atomic
def take_in(*, actor: Viewer, desk: Org, spec: TakenSpec, now: datetime) -> str:
    """Take an open ticket into the life, at ``spec.state``, its clock running since it was accepted; return its number.

    Raises NotPermitted, NotFound (``org_not_found``, ``category_not_found``) and Refused (``state_unfit``).
    """
    actor.require(TICKET_MANAGE, desk.path)
    if spec.state not in ENTERING:
        raise Refused("state_unfit", _("未办结的工单只能从待派单、待签收或办理中接入。"), where="state")
    units = _units([spec])
    made = _row(spec, desk, units, _categories([spec]), actor)
    made.unit, unit = None, units.get(spec.unit)
    made.state, made.state_since = life.RECEIVED, now
    made.accepted_at = made.dispatched_at = made.signed_at = None
    made.save(force_insert=True)
    _keep_callers([made], [spec], now)
    begin(made, actor, now)
    row = steps.locked_row(made.pk)
    why = _("接管自原系统，原编号 %(number)s") % {"number": spec.source_number}
    steps.take(row, "accept", actor, now, why)
    if unit is not None and spec.state != life.REGISTERED:
        row.unit = unit
        steps.take(row, "dispatch", actor, now, why, data={"unit": unit.code}, parties={life.UNIT: unit.pk})
        Assignment.objects.create(ticket=row, unit=unit, role=DutyRole.MAIN, words=why, by=actor.name, at=now)
    if spec.state == life.HANDLING:
        steps.take(row, "sign", actor, now, why)
    row.accepted_at, row.dispatched_at, row.signed_at = spec.accepted_at, spec.dispatched_at, spec.signed_at
    row.clocks.filter(ends_at__isnull=True).update(starts_at=spec.accepted_at or spec.received_at)
    steps.settle(row, now, working_calendar())
    return row.number


def dependents(numbers: Sequence[str]) -> Counter[str]:
    """Return what hangs on tickets besides what came with them."""
    return depending(Ticket, list(Ticket.objects.filter(number__in=numbers).values_list("pk", flat=True)), *PARTS)


@transaction.atomic
def take_back(*, actor: Viewer, numbers: Sequence[str]) -> None:
    """Delete tickets that were taken over by mistake, with their parts. Raises NotPermitted, ProtectedError where more hangs on one."""
    rows = Ticket.objects.filter(number__in=numbers)
    for path in set(rows.values_list("desk__path", flat=True)):
        actor.require(TICKET_MANAGE, path)
    keys = list(rows.values_list("pk", flat=True))
    for part in PARTS:
        part._base_manager.filter(ticket_id__in=keys).delete()
    workflow.take_back(flow=life.CODE, numbers=numbers)
    Ticket.objects.filter(pk__in=keys).delete()


def _units(specs: Sequence[TakenSpec]) -> dict[str, Org]:
    wanted = {spec.unit for spec in specs if spec.unit}
    found = {org.code: org for org in Org.objects.filter(code__in=wanted)}
    if absent := sorted(wanted - set(found)):
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": absent[0]}, where="unit")
    return found


def _categories(specs: Sequence[TakenSpec]) -> dict[str, Category]:
    wanted = {spec.category for spec in specs if spec.category}
    found = {row.code: row for row in Category.objects.filter(code__in=wanted)}
    if absent := sorted(wanted - set(found)):
        raise NotFound("category_not_found", _("没有这个诉求分类：%(code)s") % {"code": absent[0]}, where="category")
    return found


def _row(
    spec: TakenSpec, desk: Org, units: Mapping[str, Org], categories: Mapping[str, Category], actor: Viewer
) -> Ticket:
    return Ticket(
        number=public_number("RX", clock.city_date(spec.received_at)),
        kind=spec.kind,
        category=categories.get(spec.category),
        title=spec.title,
        content=spec.content,
        urgency=spec.urgency,
        channel=spec.channel,
        source_number=spec.source_number,
        is_confidential=spec.is_confidential or spec.kind == Kind.REPORT,
        division=spec.division,
        street=spec.street,
        address=spec.address,
        desk=desk,
        unit=units.get(spec.unit),
        received_at=spec.received_at,
        accepted_at=spec.accepted_at,
        dispatched_at=spec.dispatched_at,
        signed_at=spec.signed_at,
        replied_at=spec.replied_at,
        closed_at=spec.closed_at,
        due_at=spec.due_at,
        first_due_at=spec.due_at,
        reworks=spec.reworks,
        answer=spec.answer,
        registered_by=actor.name,
    )


def _found_by(row: Ticket) -> Func:
    """Return what a ticket is found by, as ``steps.index`` writes it."""
    found = words.grams(" ".join((row.number, row.title, row.content, row.street, row.address, row.source_number)))
    return Func(Value([*found]), function="array_to_tsvector", output_field=SearchVectorField())


def _keep_callers(rows: Sequence[Ticket], specs: Sequence[TakenSpec], now: datetime) -> None:
    contacts, sealed = [], []
    for row, spec in zip(rows, specs, strict=True):
        said = {"name": spec.name, "phone": spec.phone}
        contacts.append(Contact(ticket=row) if row.is_confidential else Contact(ticket=row, **said))
        if row.is_confidential and any(said.values()):
            generation, words_ = vault().seal(said, row.number)
            sealed.append(SealedIdentity(ticket=row, generation=generation, sealed=words_, sealed_at=now))
    Contact.objects.bulk_create(contacts)
    SealedIdentity.objects.bulk_create(sealed)


def _step(row: Ticket, spec: TakenSpec, actor: Viewer, record: str, now: datetime) -> TicketStep:
    scores = {
        "called_at": spec.called_at.isoformat() if spec.called_at else None,
        "result_score": spec.result_score,
        "process_score": spec.process_score,
        "solved": spec.solved,
    }
    data = {"source_number": spec.source_number} | {name: said for name, said in scores.items() if said is not None}
    return TicketStep(
        ticket=row, seq=1, verb="take_over", state=row.state, at=now, actor=actor.name, data=data, record=record
    )


def _spoke(spec: TakenSpec) -> bool:
    """A call-back counts only where all that it asks is known: when, solved or not, and both scores."""
    return None not in (spec.solved, spec.result_score, spec.process_score)


def _call(row: Ticket, spec: TakenSpec, actor: Viewer, at: datetime) -> CallBack:
    return CallBack(
        ticket=row,
        at=at,
        by=actor.name,
        reached=Reached.YES,
        solved=spec.solved,
        result_score=spec.result_score,
        process_score=spec.process_score,
        rework=spec.reworks,
    )


def _digest(row: Ticket) -> str:
    return sm3(f"{row.title}\n{row.content}\n{row.answer}".encode()).hex()
