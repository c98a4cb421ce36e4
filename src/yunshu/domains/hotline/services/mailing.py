"""E-mail becomes tickets: each message once, an answer to a receipt is added to its ticket; what is automatic is never answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.hotline.choices import Channel, Kind, MailOutcome
from yunshu.domains.hotline.models import Contact, ReceivedMail, Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.services import steps
from yunshu.domains.hotline.services.registering import TicketSpec, attach, receive
from yunshu.lib import mails
from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.kernel.labels import label
from yunshu.lib.mails.reading import Attachment, Letter

log = structlog.get_logger()
NUMBER = re.compile(r"RX\d{8}-[2-9A-HJ-NP-Z]{8}")
MOST_WORDS = 4000
WHY = {
    "too_large": label("邮件超过 20 MB。"),
    "automatic": label("自动回复、群发或退信，不登记也不回复。"),
    "own": label("本系统发出的邮件。"),
    "no_sender": label("没有发件人。"),
    "too_many_parts": label("邮件的部分太多，没有拆开。"),
    "too_deep": label("邮件嵌套太深，没有拆开。"),
    "malformed": label("邮件格式不对，读不出来。"),
    "empty": label("邮件没有内容。"),
    "too_often": label("同一发件人一小时内来信太多。"),
}


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a sender is told: number and code of a new ticket, or only the number of one that was added to."""

    to: str
    subject: str
    number: str
    code: str = ""
    answers: str = ""


def refuse(message: str, why: str, now: datetime) -> None:
    """Keep that a message was not registered, and why. Safe to run twice."""
    ReceivedMail.objects.get_or_create(
        message=message, defaults={"outcome": MailOutcome.REFUSED, "words": _(WHY[why]), "received_at": now}
    )


def is_known(message: str) -> bool:
    """Say whether a message was dealt with before."""
    return ReceivedMail.objects.filter(message=message).exists()


def take_letter(letter: Letter, message_id: str, now: datetime) -> Receipt | None:
    """Register a message, or add it to the ticket it answers; return what to tell its sender, None where it was known."""
    try:
        with transaction.atomic():
            kept = ReceivedMail(message=letter.id, received_at=now)
            row = _answered(letter)
            code = ""
            if row is None:
                made = receive(by=steps.WATCHER, spec=_spec(letter), now=now)
                row, code, kept.outcome = made.ticket, made.code, MailOutcome.FILED
            else:
                steps.append(row, "supplement", steps.WATCHER, now, letter.text[:MOST_WORDS])
                kept.outcome = MailOutcome.ADDED
            _keep(row, letter.attachments, now)
            kept.ticket = row
            kept.save()
    except IntegrityError:  # somebody else was faster
        return None
    return Receipt(to=letter.address, subject=letter.subject, number=row.number, code=code, answers=message_id)


def _answered(letter: Letter) -> Ticket | None:
    """Return the open ticket that a message is about: its number stands in the subject, and its sender is the ticket's."""
    found = NUMBER.search(letter.subject)
    if found is None:
        return None
    known = Contact.objects.filter(ticket__number=found[0], email__iexact=letter.address).first()
    if known is None:
        return None
    row = steps.locked_row(known.ticket_id)
    return row if row.state in life.OPEN else None


def _spec(letter: Letter) -> TicketSpec:
    text = letter.text[:MOST_WORDS] or letter.subject
    return TicketSpec(
        kind=Kind.HELP.value,
        title=(letter.subject or text.splitlines()[0])[:100],
        content=text,
        channel=Channel.EMAIL.value,
        name=letter.name,
        email=letter.address,
    )


def _keep(row: Ticket, attachments: Sequence[Attachment], now: datetime) -> None:
    """Attach what may be attached; what may not is said on the timeline, and the demand is registered all the same."""
    for each in attachments:
        try:
            with transaction.atomic():
                attach(steps.WATCHER, row, [ContentFile(each.body, name=each.name)], now)
        except YunshuError as error:
            why = error.message or error.code
            steps.append(row, "media", steps.WATCHER, now, _("附件没有接收：%(why)s") % {"why": why})


def send_receipt(told: Receipt) -> bool:
    """Send a receipt where mail can be sent; it is marked as automatic, so that nobody's machine answers it (RFC 3834)."""
    if not settings.EMAIL_HOST:
        return False
    words = _("您的来信已收到，编号 %(n)s。") % {"n": told.number}
    if told.code:
        words += _("查询码 %(code)s，请妥善保存。补充情况请直接回复本邮件，不要改动标题。") % {"code": told.code}
    head = {
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "Message-ID": make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or None),
    }
    if told.answers:
        head |= {"In-Reply-To": told.answers, "References": told.answers}
    subject = " ".join([f"[{told.number}]", _("12345 热线已收到")])
    EmailMessage(subject, words, settings.DEFAULT_FROM_EMAIL, [told.to], headers=head).send()
    return True


def letter_of(raw: bytes) -> tuple[Letter | None, str]:
    """Return a message as read, or why it cannot be."""
    try:
        found = mails.read(raw)
    except mails.Unreadable as error:
        return None, str(error)
    return (found, "") if found.text or found.subject else (None, "empty")
