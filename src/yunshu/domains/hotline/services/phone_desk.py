"""What agents do at the telephones: each verb is decided here (who may, which telephone) and done by the phone process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.choices import Channel
from yunshu.domains.hotline.contracts import PHONE_ANSWER, PHONE_SUPERVISE
from yunshu.domains.hotline.models import (
    BreakReason,
    Call,
    CallEvent,
    CallReason,
    Telephone,
    TransferTarget,
)
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone_choices import Direction, Recall, Stage
from yunshu.domains.hotline.selectors import calls as selectors
from yunshu.domains.hotline.selectors import phone
from yunshu.domains.hotline.selectors.tickets import get_ticket
from yunshu.domains.hotline.services import agent_skills, registering
from yunshu.domains.hotline.services.registering import Registered, TicketSpec
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, YunshuError

log = structlog.get_logger()
PLAIN = frozenset(["pick_up", "hold", "resume", "hang_up", "leave", "ready"])
"""Verbs that need nothing but the agent."""


def _agent(actor: Viewer) -> str:
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("只有工作人员本人可以接听电话。"))
    actor.require(PHONE_ANSWER, registering.desk_org().path)
    return str(actor.person_id)


def sign_in(*, actor: Viewer, telephone: str) -> None:
    """Sign in at a telephone. Raises NotPermitted, NotFound (``telephone_not_found``), Refused (``phone_taken``), Unavailable."""
    agent = _agent(actor)
    row = Telephone.objects.filter(code=telephone, is_active=True).first()
    if row is None:
        raise NotFound("telephone_not_found", _("没有登记这部话机，请在参考名录“座席话机”中登记。"), where="telephone")
    owes = next((call.ref for call in phone.owed(int(agent))), "")
    skills = list(phone.skills_of(int(agent)))
    wire.ask("sign_in", agent=agent, telephone=row.pk, address=row.address, skills=skills, owes=owes)


def sign_out(*, actor: Viewer) -> None:
    """Sign out. Raises NotPermitted, Refused (``agent_busy``, ``call_unsettled``), Unavailable."""
    wire.ask("sign_out", agent=_agent(actor))


def sign_out_other(*, actor: Viewer, person_id: int) -> None:
    """A shift leader signs somebody out who has left without doing so. Raises NotPermitted, Refused, Unavailable."""
    actor.require(PHONE_SUPERVISE, registering.desk_org().path)
    wire.ask("sign_out", agent=str(person_id), force=True)


def take_break(*, actor: Viewer, reason: str) -> None:
    """Rest, for a listed reason; after the call, if one goes on. Raises NotPermitted, Refused (``reason_unknown``), Unavailable."""
    agent = _agent(actor)
    row = BreakReason.objects.filter(code=reason, is_active=True).first()
    if row is None:
        raise Refused("reason_unknown", _("请选择小休事由。"), where="reason")
    wire.ask("take_break", agent=agent, reason=row.pk)


def act(*, actor: Viewer, verb: str) -> None:
    """Do a plain verb: ready, pick up by click, hold, resume, leave, hang up. Raises NotPermitted, Refused, Unavailable."""
    if verb not in PLAIN:
        raise Refused("verb_missing", _("请选择操作。"))
    wire.ask(verb, agent=_agent(actor))


def hand_over(*, actor: Viewer, verb: str, to: str) -> None:
    """Transfer, or call in as a third: ``to`` is ``agent:ID``, ``queue:CODE`` (transfer only), ``target:CODE`` or ``number:…``.

    Raises NotPermitted, NotFound, Refused, Unavailable.
    """
    agent, (kind, _colon, value) = _agent(actor), to.partition(":")
    if verb not in ("transfer", "conference") or not value:
        raise Refused("target_missing", _("请选择要转接的座席、队列或号码。"), where="to")
    if kind == "agent":
        wire.ask(verb, agent=agent, to=value)
    elif kind == "queue" and verb == "transfer":
        wire.ask(verb, agent=agent, queue=value)
    else:
        wire.ask(verb, agent=agent, number=_number(kind, value))


def _number(kind: str, value: str) -> str:
    if kind == "number":
        return value.strip().replace(" ", "").replace("-", "")
    row = TransferTarget.objects.filter(code=value, is_active=True).first() if kind == "target" else None
    if row is None:
        raise Refused("target_missing", _("请选择要转接的座席、队列或号码。"), where="to")
    return row.number


def dial(*, actor: Viewer, number: str) -> None:
    """Call somebody outside. Raises NotPermitted, Refused (``number_malformed``, ``call_unsettled``, ``agent_busy``), Unavailable."""
    wire.ask("dial", agent=_agent(actor), number=_number("number", number))


def demo_call(*, actor: Viewer, caller: str, called: str) -> None:
    """Let somebody call, on the demonstration's switch. Raises NotPermitted, Refused (``ability_missing``), Unavailable."""
    _agent(actor)
    wire.ask("demo_call", caller=caller, called=called)


# a call ends on a ticket


def _locked(actor: Viewer, number: str) -> Call:
    """Return a call that its agent may settle now. Raises NotFound, NotPermitted, Conflict (``settled_already``, ``not_answered``)."""
    found = selectors.get_call(actor, number)
    call = Call.objects.select_for_update(of=("self",)).select_related("desk", "missed").get(pk=found.pk)
    mine = call.agent_id is not None and call.agent_id == getattr(actor, "person_id", None)
    if not (mine or actor.may(PHONE_SUPERVISE, call.desk.path)):
        raise NotPermitted("not_yours", _("只有接听的座席或班长可以办结这通电话。"))
    if call.settled_at is not None:
        raise Conflict("settled_already", _("这通电话已经办结。"))
    if call.answered_at is None:
        raise Conflict("not_answered", _("这通电话没有接通，不需要办结。"))
    return call


@transaction.atomic
def settle_with_ticket(
    *, actor: Viewer, number: str, spec: TicketSpec, answer: str, now: datetime, **more: Any
) -> Registered:
    """End a call on a new ticket; with an ``answer``, the ticket is answered directly and closed.

    Raises as ``registering.register`` and ``registering.answer``, and NotFound, NotPermitted, Conflict (``settled_already``).
    """
    call = _locked(actor, number)
    words = {name: getattr(spec, name) for name in spec.__dataclass_fields__}
    words |= {"channel": Channel.PHONE.value, "source_number": call.number, "phone": spec.phone or call.caller}
    made = registering.register(
        actor=actor, spec=TicketSpec(**words), now=now, desk_code=call.desk.code, uploads=more.get("uploads", ())
    )
    if answer.strip():
        made = Registered(
            ticket=registering.answer(actor=actor, number=made.ticket.number, words=answer, now=now), code=made.code
        )
    call.ticket = made.ticket
    if made.ticket.is_confidential:
        _seal(call, now)
    _settle(call, actor, now, {"ticket": made.ticket.number})
    return made


@transaction.atomic
def settle_with_known(*, actor: Viewer, number: str, ticket: str, words: str, now: datetime) -> Call:
    """End a call on a ticket that is there already; what the caller says is added to it.

    Raises NotFound, NotPermitted, Conflict (``settled_already``, ``ticket_over``) and Refused (``words_missing``).
    """
    call, row = _locked(actor, number), get_ticket(actor, ticket.strip())
    if words.strip():
        registering.supplement(by=actor, row=row, words=words, now=now)
    call.ticket, call.words = row, words.strip()[:300]
    if row.is_confidential:
        _seal(call, now)
    _settle(call, actor, now, {"ticket": row.number})
    return call


@transaction.atomic
def settle_without(*, actor: Viewer, number: str, reason: str, words: str, now: datetime) -> Call:
    """End a call without a ticket, for a listed reason. Raises NotFound, NotPermitted, Conflict, Refused (``reason_unknown``)."""
    call = _locked(actor, number)
    call.reason = CallReason.objects.filter(code=reason, is_active=True).first()
    if call.reason is None:
        raise Refused("reason_unknown", _("请选择不建工单的事由。"), where="reason")
    call.words = words.strip()[:300]
    _settle(call, actor, now, {"without": call.reason.code})
    return call


def _seal(call: Call, now: datetime) -> None:
    """Take the caller's number off a call whose ticket is confidential; it is in the vault with the ticket."""
    if call.missed is not None:
        if call.missed.closed_at is None:
            call.missed.outcome, call.missed.closed_at = Recall.SEALED, now
        call.missed.caller = ""
        call.missed.save(update_fields=["caller", "outcome", "closed_at"])
    call.caller, call.is_sealed = "", True


def _settle(call: Call, actor: Viewer, now: datetime, data: dict[str, str]) -> None:
    call.settled_at = now
    call.save(update_fields=["settled_at", "ticket", "reason", "words", "caller", "is_sealed"])
    last = call.stages.order_by("-seq").values_list("seq", flat=True).first() or 0
    person = getattr(actor, "person_id", None)
    CallEvent.objects.create(call=call, seq=last + 1, kind=Stage.SETTLED, at=now, agent_id=person, data=data)
    if call.direction == Direction.IN:
        transaction.on_commit(lambda: _tell(call))


def _tell(call: Call) -> None:
    """Free the agent; a process that is away reads it from the table when it is back."""
    try:
        wire.ask("settled", agent=str(call.agent_id), ref=call.ref)
    except YunshuError as error:
        log.warning("hotline.settlement_not_told", call=call.number, code=error.code)


# skills


@dataclass(frozen=True, kw_only=True)
class SkillSpec:
    """Which skills somebody is to have, by code."""

    person_id: int
    skills: tuple[str, ...]


@transaction.atomic
def set_skills(*, actor: Viewer, spec: SkillSpec) -> None:
    """Say which skills an agent has; counted from the next sign-in. Raises NotPermitted, NotFound (``person_not_found``)."""
    actor.require(PHONE_SUPERVISE, registering.desk_org().path)
    person = Person.objects.filter(pk=spec.person_id, is_active=True).first()
    if person is None:
        raise NotFound("person_not_found", _("没有这位工作人员。"))
    agent_skills.give(person, spec.skills)


@dataclass(frozen=True)
class Standing:
    """How an agent's desk stands: what the process says, or why it says nothing."""

    words: dict[str, Any]
    problem: str = ""


def standing(actor: Viewer) -> Standing:
    """Return how the viewer's own desk stands."""
    try:
        return Standing(wire.ask("state", agent=_agent(actor)))
    except YunshuError as error:
        return Standing({"state": "out", "abilities": [], "call": "", "owes": ""}, error.message or error.code)


def board() -> Standing:
    """Return who waits and what everybody does."""
    try:
        return Standing(wire.ask("board"))
    except YunshuError as error:
        return Standing({"waiting": [], "agents": [], "running": 0}, error.message or error.code)
