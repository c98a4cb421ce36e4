"""One round over the hotline's mailbox: heads first, each message once, receipts at the end; one that cannot be read stops no other."""

from datetime import datetime
from email.utils import parseaddr
from smtplib import SMTPException

import structlog
from django.conf import settings

from yunshu.domains.hotline.services import mailing
from yunshu.lib import mails
from yunshu.lib.mails import fetching
from yunshu.lib.mails.fetching import Box, Waiting
from yunshu.lib.mails.reading import field_of, identity, raw_head
from yunshu.lib.ui.throttle import Throttle

log = structlog.get_logger()
MOST = 50
SENDERS = Throttle("hotline-mail", 20, 3600)
"""How many messages of one sender are registered in an hour; ours."""


def fetch(url: str, now: datetime) -> dict[str, int]:
    """Deal with what waits in the mailbox at an address; return how many were registered, refused, known. Raises OSError."""
    counts = {"taken": 0, "refused": 0, "known": 0}
    with fetching.opened(url) as box:
        for waiting in box.unseen(MOST):
            counts[_deal(box, waiting, now)] += 1
            box.done(waiting)
    return counts


def _deal(box: Box, waiting: Waiting, now: datetime) -> str:
    head = waiting.head
    why, raw = mails.refusal(head, waiting.size, [parseaddr(settings.DEFAULT_FROM_EMAIL)[1]]), b""
    if not why:
        raw = box.whole(waiting)
    message = identity(head, raw or raw_head(head))
    if mailing.is_known(message):
        return "known"
    sender = parseaddr(field_of(head, "From"))[1].lower()
    if not why and not SENDERS.count(sender):
        why = "too_often"
    letter, trouble = mailing.letter_of(raw) if not why else (None, why)
    if letter is None:
        mailing.refuse(message, trouble, now)
        return "refused"
    told = mailing.take_letter(letter, field_of(head, "Message-ID")[:200], now)
    if told is None:
        return "known"
    try:
        mailing.send_receipt(told)
    except (SMTPException, OSError) as error:  # the ticket stands; its number can be asked for by telephone
        log.warning("hotline.receipt_failed", ticket=told.number, error=type(error).__name__)
    return "taken"
