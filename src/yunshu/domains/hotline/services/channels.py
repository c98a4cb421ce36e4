"""People whom another platform knows: their tickets are found again by a digest, never by their number there."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import ChannelUser
from yunshu.domains.hotline.models import ChannelBinding, Ticket
from yunshu.domains.hotline.services.registering import TicketSpec, receive

PURPOSE = "yunshu.hotline.channel"
MOST = 50


def subject_of(channel: str, number: str) -> str:
    """Return what is kept of a person's number on another platform (openid, uid)."""
    return salted_hmac(PURPOSE, f"{channel}:{number}", algorithm="sha256").hexdigest()


@transaction.atomic
def file_for(*, by: Viewer, user: ChannelUser, spec: TicketSpec, now: datetime) -> tuple[str, str]:
    """Receive a demand of a channel's user; return (number, look-up code).

    What the channel sends again under the same number of its own is the ticket it was, without a code. Raises as ``receive``.
    """
    if spec.source_number:
        with connection.cursor() as cursor:  # the platform sends again while the first one is still written
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{user.subject}:{spec.source_number}"])
        known = ChannelBinding.objects.filter(
            channel=user.channel, subject=user.subject, ticket__source_number=spec.source_number
        ).first()
        if known is not None:
            return known.ticket.number, ""
    made = receive(by=by, spec=spec, now=now)
    bind(user=user, row=made.ticket, now=now)
    return made.ticket.number, made.code


def bind(*, user: ChannelUser, row: Ticket, now: datetime) -> None:
    """Note whose a ticket is on another platform. Safe to run twice."""
    ChannelBinding.objects.get_or_create(
        channel=user.channel, subject=user.subject, ticket=row, defaults={"bound_at": now}
    )


def numbers_of(user: ChannelUser) -> list[str]:
    """Return the numbers of a user's tickets, the newest first."""
    rows = ChannelBinding.objects.filter(channel=user.channel, subject=user.subject).select_related("ticket")
    return [row.ticket.number for row in rows.order_by("-bound_at", "-pk")[:MOST]]
