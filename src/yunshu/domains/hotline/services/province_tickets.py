"""Tickets between city and province: what came down becomes a ticket with the province's number and limit; what is done goes up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import AwareDatetime, TypeAdapter

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.hotline.choices import Channel, LimitUnit, Relation, Side, Urgency
from yunshu.domains.hotline.models import Contact, ProvinceTicket, Ticket, TicketStep
from yunshu.domains.hotline.rules import province as rules
from yunshu.domains.hotline.rules import words
from yunshu.domains.hotline.services import province, steps
from yunshu.domains.hotline.services.registering import TicketSpec, receive
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

LIMIT = "province"
"""What stands on a clock whose limit is the province's own."""
MINUTE = timedelta(minutes=1)
T = TypeVar("T", bound="Letter")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What every letter from above says: which ticket, by the province's number, in which version."""

    upper_number: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Assigned(Letter):
    """A ticket that the province hands down."""

    title: str
    content: str
    kind: str
    urgency: str = Urgency.NORMAL.value
    division: str = ""
    street: str = ""
    address: str = ""
    name: str = ""
    phone: str = ""
    secret: bool = False
    channel: str = ""
    due_at: AwareDatetime | None = None


@dataclass(frozen=True, kw_only=True)
class Said(Letter):
    """Words about a ticket."""

    words: str


@dataclass(frozen=True, kw_only=True)
class Decided(Said):
    """What the province decided on what the city asked for."""

    about: str
    granted: bool
    due_at: AwareDatetime | None = None


@dataclass(frozen=True, kw_only=True)
class Accepted(Letter):
    """The province took a ticket of ours, under a number of its own."""

    number: str


# down -----------------------------------------------------------------------------------------------------------------


def _assign(letter: Assigned, now: datetime) -> Ticket:
    if ProvinceTicket.objects.filter(upper_number=letter.upper_number).exists():
        raise Conflict("ticket_known", _("省工单 %(n)s 已经登记过。") % {"n": letter.upper_number})
    spec = TicketSpec(
        kind=letter.kind,
        title=letter.title,
        content=letter.content,
        channel=Channel.PROVINCE.value,
        urgency=letter.urgency,
        division=letter.division,
        street=letter.street,
        address=letter.address,
        name=letter.name,
        phone=letter.phone,
        is_confidential=letter.secret,
        source_number=letter.upper_number,
    )
    row = receive(by=steps.WATCHER, spec=spec, now=now).ticket
    ProvinceTicket.objects.create(
        ticket=row,
        side=Side.DOWN,
        upper_number=letter.upper_number,
        due_at=letter.due_at,
        taken=letter.version,
        joined_at=now,
    )
    return row


def _chase(letter: Said, now: datetime) -> Ticket:
    return _noted(letter, _("省平台催办：%(w)s"), now)


def _more(letter: Said, now: datetime) -> Ticket:
    return _noted(letter, _("省平台补充：%(w)s"), now)


def _decide(letter: Decided, now: datetime) -> Ticket:
    about = {"objection": _("退单申请"), "extension": _("延期申请")}.get(letter.about, letter.about)
    verdict = _("同意") if letter.granted else _("不同意")
    row = _noted(letter, f"{about} · {verdict} · %(w)s", now)
    if letter.granted and letter.about == "extension" and letter.due_at:
        ProvinceTicket.objects.filter(ticket=row).update(due_at=letter.due_at)
        _hold_to(row, letter.due_at, now)
    return row


def _accept(letter: Accepted, now: datetime) -> Ticket:
    tie = ProvinceTicket.objects.filter(ticket__number=letter.number, side=Side.UP).first()
    if tie is None:
        raise NotFound("ticket_not_found", _("本市没有上报过这个工单。"))
    row = steps.locked_row(tie.ticket_id)
    tie.upper_number, tie.taken = letter.upper_number, letter.version
    tie.save(update_fields=["upper_number", "taken"])
    steps.append(row, "province", steps.WATCHER, now, _("省平台已受理，省工单号 %(n)s。") % {"n": letter.upper_number})
    return row


def _answer(letter: Said, now: datetime) -> Ticket:
    row = _locked(letter)
    if not letter.words.strip():
        raise Refused("answer_missing", _("答复内容为空。"))
    row.answer, row.replied_at = letter.words.strip(), now
    steps.take(row, "province_answer", steps.WATCHER, now, letter.words)
    return row


def _return(letter: Said, now: datetime) -> Ticket:
    row = _locked(letter)
    steps.take(row, "province_return", steps.WATCHER, now, letter.words)
    return row


def _rework(letter: Said, now: datetime) -> Ticket:
    row = _locked(letter)
    if row.state not in rules.REWORK_VERBS:
        return _noted(letter, _("省平台要求重办：%(w)s"), now)
    steps.take(row, rules.REWORK_VERBS[row.state], steps.WATCHER, now, letter.words)
    return row


def _noted(letter: Said, form: str, now: datetime) -> Ticket:
    row = _locked(letter)
    steps.append(row, "province", steps.WATCHER, now, form % {"w": letter.words})
    return row


def _locked(letter: Letter) -> Ticket:
    tie = ProvinceTicket.objects.filter(upper_number=letter.upper_number).first()
    if tie is None:
        raise NotFound("ticket_not_found", _("没有省工单号为 %(n)s 的工单。") % {"n": letter.upper_number})
    tie.taken = letter.version
    tie.save(update_fields=["taken"])
    return steps.locked_row(tie.ticket_id)


def _taking(shape: type[T], act: Callable[[T, datetime], Ticket]) -> province.Hook:
    adapter: TypeAdapter[T] = TypeAdapter(shape)
    return lambda body, now: act(adapter.validate_python(body), now)


# up -------------------------------------------------------------------------------------------------------------------


def tell(row: Ticket, step: TicketStep, now: datetime) -> None:
    """Put down for the province what a step means to it; nothing where the city has no line, or the ticket is its own."""
    if province.line() is None or row.relation in (Relation.ASSIST, Relation.SPLIT):
        return
    if step.verb == "upgrade":
        _upgrade(row, step, now)
        return
    tie = ProvinceTicket.objects.filter(ticket=row, side=Side.DOWN).first()
    if tie is None:
        return
    if step.verb == "accept" and tie.due_at:
        _hold_to(row, tie.due_at, now)
    if kind := rules.TOLD.get(step.verb):
        province.post(row, kind, _progress(row, tie, step, kind), now)


def _hold_to(row: Ticket, due_at: datetime, now: datetime) -> None:
    """Give the running clock the province's own limit: the promise is theirs."""
    running = row.clocks.filter(ends_at__isnull=True).first()
    if running is None or due_at <= running.starts_at:
        return
    running.limit, running.unit = LIMIT, LimitUnit.MINUTES
    running.amount, running.more = max(1, (due_at - running.starts_at) // MINUTE), 0
    running.save(update_fields=["limit", "unit", "amount", "more"])
    steps.settle(row, now, working_calendar())


def _progress(row: Ticket, tie: ProvinceTicket, step: TicketStep, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": row.number,
        "upper_number": tie.upper_number,
        "verb": step.verb,
        "state": row.state,
        "unit": row.unit.name if row.unit else "",
        "at": step.at.isoformat(),
        "words": words.mask_text(step.words),
    }
    if kind in (rules.REPLY, rules.CLOSED):
        told["answer"] = words.mask_text(row.answer)
    if kind == rules.CLOSED:
        call = row.callbacks.filter(rework=row.reworks).last()
        told |= {
            "solved": call.solved if call else None,
            "result_score": call.result_score if call else None,
            "reworks": row.reworks,
        }
    return told


def _upgrade(row: Ticket, step: TicketStep, now: datetime) -> None:
    ProvinceTicket.objects.get_or_create(ticket=row, defaults={"side": Side.UP, "joined_at": now})
    words_of: dict[str, Any] = {
        "number": row.number,
        "title": row.title,
        "content": row.content,
        "kind": row.kind,
        "urgency": row.urgency,
        "category": row.category.code if row.category else "",
        "division": row.division,
        "address": f"{row.street}{row.address}",
        "secret": row.is_confidential,
        "channel": row.channel,
        "received_at": row.received_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else "",
        "words": step.words,
    }
    province.post(row, rules.UPGRADE, words_of, now)


def person_of(row: Ticket | None, kind: str) -> dict[str, str]:
    """Return who a letter names, put in as it is sent: the caller of a ticket that goes up, unless they are sealed."""
    if row is None or kind != rules.UPGRADE or row.is_confidential:
        return {}
    contact = Contact.objects.filter(ticket=row).first()
    return {"name": contact.name, "phone": contact.phone} if contact else {}


def register() -> None:
    """Take letters from above, and hear of every step."""
    province.TAKES.update(
        {
            "ticket.assign": _taking(Assigned, _assign),
            "ticket.chase": _taking(Said, _chase),
            "ticket.supplement": _taking(Said, _more),
            "ticket.rework": _taking(Said, _rework),
            "ticket.decision": _taking(Decided, _decide),
            "ticket.accepted": _taking(Accepted, _accept),
            "ticket.answer": _taking(Said, _answer),
            "ticket.return": _taking(Said, _return),
        }
    )
    if tell not in steps.HEARD:
        steps.HEARD.append(tell)
