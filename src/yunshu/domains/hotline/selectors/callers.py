"""Who called, as a viewer may know it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import Answer
from yunshu.domains.hotline.contracts import IDENTITY_APPROVE
from yunshu.domains.hotline.models import Contact, Reveal, Ticket
from yunshu.domains.hotline.rules import words
from yunshu.domains.hotline.selectors.tickets import is_of_desk, visible_tickets, within
from yunshu.lib.kernel.errors import NotPermitted


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A caller as shown: masked, sealed for everybody where it is a report. ``may_look``: for a reason, in the clear."""

    name: str
    phone: str
    email: str
    is_masked: bool
    is_sealed: bool
    may_look: bool = False


def caller_of(viewer: Viewer, row: Ticket) -> Caller:
    """Return the caller as a page shows them: masked to all. The desk, and a unit to which they agreed, may look for a reason."""
    if row.is_confidential:
        return Caller(name="", phone="", email="", is_masked=True, is_sealed=True)
    contact = Contact.objects.filter(ticket=row).first() or Contact(ticket=row)
    return Caller(
        name=words.mask_name(contact.name),
        phone=words.mask_phone(contact.phone),
        email=words.mask_email(contact.email),
        is_masked=True,
        is_sealed=False,
        may_look=is_of_desk(viewer, row) or contact.shared_at is not None,
    )


def contact_of(viewer: Viewer, row: Ticket) -> dict[str, str]:
    """Return name, telephone and e-mail in the clear, for who writes the look down. Raises NotPermitted (``contact_masked``)."""
    if not caller_of(viewer, row).may_look:
        raise NotPermitted("contact_masked", _("诉求人没有同意公开联系方式，或身份保密，不能查看。"))
    contact = Contact.objects.filter(ticket=row).first() or Contact(ticket=row)
    return {"name": contact.name, "phone": contact.phone, "email": contact.email}


def content_of(viewer: Viewer, row: Ticket) -> str:
    """Return the demand's words; to a unit its numbers are masked."""
    return row.content if is_of_desk(viewer, row) else words.mask_text(row.content)


def waiting_reveals(viewer: Viewer) -> QuerySet[Reveal]:
    """Return the requests that the viewer may answer: not their own."""
    rows = Reveal.objects.filter(within(viewer, (IDENTITY_APPROVE,), "ticket__desk__path"), state=Answer.OPEN)
    return rows.exclude(asker_id=getattr(viewer, "person_id", 0)).select_related("ticket", "asker")


def own_reveal(viewer: Viewer, row: Ticket, now: datetime) -> Reveal | None:
    """Return the viewer's request for a ticket's caller that waits or is open now."""
    mine = row.reveals.filter(asker_id=getattr(viewer, "person_id", 0))
    return mine.filter(state=Answer.OPEN).first() or mine.filter(state=Answer.GRANTED, open_until__gt=now).first()


def history_of(viewer: Viewer, row: Ticket, most: int = 5) -> list[Ticket]:
    """Return the caller's other tickets in the viewer's sight, the newest first; none for a sealed caller."""
    contact = Contact.objects.filter(ticket=row).exclude(phone="").first()
    if contact is None or not is_of_desk(viewer, row):
        return []
    same = visible_tickets(viewer).filter(contact__phone=contact.phone).exclude(pk=row.pk)
    return list(same.order_by("-received_at", "-pk")[:most])
