"""A demand comes in: by an agent, or by a citizen's own hand; accepted, rejected with the lawful way, answered at once, withdrawn, added to."""

import secrets
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.files import api as files
from yunshu.domains.hotline.choices import Channel, Kind, Relation, Urgency
from yunshu.domains.hotline.contracts import TICKET_REGISTER
from yunshu.domains.hotline.models import Category, Contact, RejectGround, SealedIdentity, Ticket
from yunshu.domains.hotline.rules import life, plain
from yunshu.domains.hotline.selectors.tickets import TICKET_FILES, may_add
from yunshu.domains.hotline.services import steps
from yunshu.domains.hotline.vault import vault
from yunshu.domains.workflow import api as workflow
from yunshu.events.hotline import TicketRegistered
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.outbox import publish

CODE_DIGITS = 6
PURPOSE = "yunshu.hotline.lookup"
MOST_CONTENT = 20_000
"""Characters; ours. The forms allow less."""
ONE_LINE = ("title", "street", "address", "name", "phone", "source_number")


@dataclass(frozen=True, kw_only=True)
class TicketSpec:
    """What somebody says. ``category`` and ``accused`` are codes; a report is confidential whether asked or not."""

    kind: str
    title: str
    content: str
    channel: str = Channel.PHONE.value
    urgency: str = Urgency.NORMAL.value
    category: str = ""
    division: str = ""
    street: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    is_confidential: bool = False
    accused: str = ""
    source_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A new ticket and the code that its caller looks it up with; the code is told once and kept as a digest only."""

    ticket: Ticket
    code: str


def desk_org() -> Org:
    """Return the organisation that runs the hotline: the city's bureau. Raises NotFound (``desk_not_found``)."""
    row = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first()
    if row is None:
        raise NotFound("desk_not_found", _("还没有登记主管部门，热线暂时不能受理。"))
    return row


@transaction.atomic
def register(
    *, actor: Viewer, spec: TicketSpec, now: datetime, desk_code: str = "", uploads: Iterable[files.Upload] = ()
) -> Registered:
    """Register what somebody said to an agent, and accept it.

    Raises NotPermitted, NotFound and Refused (``kind_unknown``, ``title_missing``, ``content_missing``, ``place_unfit``).
    """
    desk = Org.objects.filter(code=desk_code, is_active=True).first() if desk_code else desk_org()
    if desk is None:
        raise NotFound("desk_not_found", _("没有这个热线机构。"), where="desk")
    actor.require(TICKET_REGISTER, desk.path)
    made = _receive(actor, desk, spec, now)
    attach(actor, made.ticket, uploads, now)
    steps.take(made.ticket, "accept", actor, now)
    return made


@transaction.atomic
def receive(
    *, by: Viewer, spec: TicketSpec, now: datetime, uploads: Iterable[files.Upload] = (), code: str = ""
) -> Registered:
    """Receive what a citizen wrote themselves; an agent accepts it later. Raises NotFound and Refused as ``register``.

    ``code`` is the look-up code where it was derived already (``receipts``); empty: a random one.
    """
    made = _receive(by, desk_org(), spec, now, code)
    attach(steps.WATCHER, made.ticket, uploads, now)
    return made


def attach(actor: Viewer, row: Ticket, uploads: Iterable[files.Upload], now: datetime) -> None:
    """Attach files to a ticket."""
    for upload in uploads:
        files.attach(actor=actor, owner_kind=TICKET_FILES, owner_id=row.number, upload=upload, now=now)


def _receive(by: Viewer, desk: Org, spec: TicketSpec, now: datetime, code: str = "") -> Registered:
    spec = _seen(spec)
    _demand_sense(spec)
    number = public_number("RX", clock.city_date(now))
    code = code or "".join(secrets.choice("0123456789") for _n in range(CODE_DIGITS))
    row = Ticket.objects.create(
        number=number,
        kind=spec.kind,
        category=_category(spec.category),
        title=spec.title.strip()[:100],
        content=spec.content.strip(),
        urgency=spec.urgency,
        channel=spec.channel,
        source_number=spec.source_number.strip()[:60],
        is_confidential=spec.is_confidential or spec.kind == Kind.REPORT,
        division=spec.division,
        street=spec.street.strip()[:60],
        address=spec.address.strip()[:200],
        lon=spec.lon,
        lat=spec.lat,
        desk=desk,
        accused=_accused(spec.accused),
        state=life.RECEIVED,
        state_since=now,
        received_at=now,
        lookup=digest(number, code),
        registered_by=by.name,
    )
    _keep_caller(row, spec, now)
    begin(row, by, now)
    return Registered(ticket=row, code=code)


def begin(row: Ticket, by: Viewer, now: datetime) -> None:
    """Put a new ticket into the flow, the index and the ledger. Worklists and notices do not say what a confidential one is about."""
    subject = workflow.Subject(
        number=row.number,
        title="保密工单" if row.is_confidential else row.title,
        url=f"/console/hotline/tickets/{row.number}/",
        parties={life.DESK: row.desk_id},
    )
    workflow.start(actor=by, flow=life.CODE, subject=subject, now=now)
    proven = {
        "kind": row.kind,
        "channel": row.channel,
        "urgency": row.urgency,
        "confidential": row.is_confidential,
        "parent": row.parent.number if row.parent else "",
        "words": sm3(f"{row.title}\n{row.content}".encode()).hex(),
    }
    steps.append(row, "register", by, now, data=proven)
    steps.settle(row, now, working_calendar())
    steps.index(row)
    if row.parent_id is None and not row.is_confidential:
        publish(TicketRegistered(number=row.number, at=now))


def _seen(spec: TicketSpec) -> TicketSpec:
    """Return what was said without characters that nobody can see."""
    lines: dict[str, Any] = {name: plain.line(getattr(spec, name)) for name in ONE_LINE}
    return replace(spec, content=plain.paragraphs(spec.content), **lines)


def _demand_sense(spec: TicketSpec) -> None:
    for values, value, where in (
        (Kind.values, spec.kind, "kind"),
        (Urgency.values, spec.urgency, "urgency"),
        (Channel.values, spec.channel, "channel"),
    ):
        if value not in values:
            raise Refused("kind_unknown", _("请从所列选项中选择。"), where=where)
    if not spec.title.strip():
        raise Refused("title_missing", _("请用一句话写明诉求。"), where="title")
    if not spec.content.strip():
        raise Refused("content_missing", _("请写明诉求内容：何时、何地、何事、要求。"), where="content")
    if len(spec.content) > MOST_CONTENT:
        raise Refused(
            "content_too_long",
            _("诉求内容超过 %(n)s 字，请写主要情况，其余作为附件。") % {"n": MOST_CONTENT},
            where="content",
        )
    if (spec.lon is None) != (spec.lat is None):
        raise Refused("place_unfit", _("经度和纬度须同时填写。"), where="lon")
    if spec.lon is not None and spec.lat is not None and not (-180 <= spec.lon <= 180 and -90 <= spec.lat <= 90):
        raise Refused("place_unfit", _("经度须在 -180 至 180 之间，纬度须在 -90 至 90 之间。"), where="lon")


def _category(code: str) -> Category | None:
    if not code:
        return None
    row = Category.objects.filter(code=code, is_active=True).first()
    if row is None:
        raise NotFound("category_not_found", _("没有这个诉求分类。"), where="category")
    return row


def _accused(code: str) -> Org | None:
    if not code:
        return None
    row = Org.objects.filter(code=code).first()
    if row is None:
        raise NotFound("org_not_found", _("没有这个单位。"), where="accused")
    return row


def _keep_caller(row: Ticket, spec: TicketSpec, now: datetime) -> None:
    said = {"name": spec.name.strip()[:60], "phone": spec.phone.strip()[:20]}
    said |= {"email": spec.email.strip()[:100]} if spec.email.strip() else {}
    if not row.is_confidential:
        Contact.objects.create(ticket=row, **said)
        return
    Contact.objects.create(ticket=row)
    if any(said.values()):
        generation, sealed = vault().seal(said, row.number)
        SealedIdentity.objects.create(ticket=row, generation=generation, sealed=sealed, sealed_at=now)


def digest(number: str, code: str) -> str:
    """Return what is kept of a look-up code."""
    return salted_hmac(PURPOSE, f"{number}:{code}", algorithm="sha256").hexdigest()


def _digits(text: str) -> str:
    """Return the digits of a telephone number, however it is grouped."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c in string.digits)


def find(number: str, code: str) -> Ticket:
    """Return the ticket of a number and its code (or the telephone it was given with); raise NotFound: absent or wrong, the same."""
    row = Ticket.objects.filter(number=number, parent__isnull=True).select_related("desk", "unit", "category").first()
    row = row or Ticket.objects.filter(number=number, relation=Relation.MERGED).select_related("desk", "unit").first()
    if row is None:
        raise NotFound("ticket_not_found", _("没有找到：请核对工单编号和查询码。"))
    phone = Contact.objects.filter(ticket=row).values_list("phone", flat=True).first() or ""
    by_phone = bool(_digits(phone)) and constant_time_compare(_digits(phone), _digits(code))
    if not (constant_time_compare(row.lookup, digest(number, code)) or by_phone):
        raise NotFound("ticket_not_found", _("没有找到：请核对工单编号和查询码。"))
    return row


@transaction.atomic
def reject(*, actor: Viewer, number: str, ground: str, reason: str, now: datetime) -> Ticket:
    """Do not accept, on a listed ground; the caller is told the lawful way. Raises NotFound, NotPermitted, Conflict, Refused."""
    row = steps.locked(actor, number)
    found = RejectGround.objects.filter(code=ground, is_active=True).first()
    if found is None:
        raise Refused("ground_unknown", _("请选择不予受理的情形。"), where="ground")
    row.answer = _("%(ground)s。%(reason)s请通过法定渠道反映：%(channel)s。") % {
        "ground": found.name,
        "reason": f"{reason.strip()} " if reason.strip() else "",
        "channel": found.channel,
    }
    steps.take(row, "reject", actor, now, reason or found.name, data={"ground": ground, "channel": found.channel})
    return row


@transaction.atomic
def answer(*, actor: Viewer, number: str, words: str, now: datetime) -> Ticket:
    """Answer directly and close. Raises NotFound, NotPermitted, Conflict and Refused (``reason_missing``)."""
    row = steps.locked(actor, number)
    row.answer = words.strip()
    steps.take(row, "answer", actor, now, words)
    return row


@transaction.atomic
def withdraw(*, actor: Viewer, number: str, reason: str, now: datetime) -> Ticket:
    """Withdraw at the caller's wish, with everything that hangs on it. Raises NotFound, NotPermitted, Conflict, Refused."""
    row = steps.locked(actor, number)
    steps.take(row, "withdraw", actor, now, reason)
    _withdraw_parts(row, reason, now)
    return row


def _withdraw_parts(row: Ticket, reason: str, now: datetime) -> None:
    for part in row.children.exclude(relation=Relation.MERGED).exclude(state__in=life.OVER).order_by("pk"):
        child = steps.locked_row(part.pk)
        if child.state in life.BEFORE_REPLY:
            steps.take(child, "withdraw", steps.WATCHER, now, reason)


@transaction.atomic
def supplement(*, by: Viewer, row: Ticket, words: str, now: datetime, uploads: Iterable[files.Upload] = ()) -> Ticket:
    """Add to a ticket what its caller says further; units read it in the timeline.

    Raises Conflict (``ticket_over``), Refused (``words_missing``), and what attaching may raise.
    """
    row = steps.locked_row(row.pk)
    if row.state in life.OVER:
        raise Conflict("ticket_over", _("工单已办结，请登记新的诉求。"))
    words = plain.paragraphs(words)
    if not words:
        raise Refused("words_missing", _("请写明要补充的情况。"), where="words")
    steps.append(row, "supplement", by, now, words)
    attach(steps.WATCHER, row, uploads, now)
    return row


@transaction.atomic
def add_note(*, actor: Viewer, number: str, words: str, now: datetime, uploads: Iterable[files.Upload] = ()) -> Ticket:
    """Add what a member of staff heard, with files. Raises NotFound, Refused (``words_missing``)."""
    row = steps.locked(actor, number)
    if not may_add(actor, number):
        raise Conflict("ticket_over", _("工单已归档，不能再补充。"))
    if not words.strip():
        raise Refused("words_missing", _("请写明要补充的情况。"), where="words")
    steps.append(row, "supplement", actor, now, words)
    attach(actor, row, uploads, now)
    return row
