"""Reading what is asked to be set aside, and what was."""

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import Answer, Reached
from yunshu.domains.hotline.contracts import JUDGE, TICKET_CALL_BACK
from yunshu.domains.hotline.models import Judgement, Ticket
from yunshu.domains.hotline.selectors.tickets import reach_of, within


def visible_judgements(viewer: Viewer) -> QuerySet[Judgement]:
    """Return the requests about tickets in sight, the newest first."""
    rows = Judgement.objects.filter(reach_of(viewer).sight("ticket__"))
    return rows.select_related("ticket", "ticket__unit", "ticket__desk", "asker", "approver")


def waiting_judgements(viewer: Viewer) -> QuerySet[Judgement]:
    """Return the requests that the viewer may answer: not their own."""
    rows = visible_judgements(viewer).filter(within(viewer, (JUDGE,), "ticket__desk__path"), state=Answer.OPEN)
    return rows.exclude(asker_id=getattr(viewer, "person_id", 0))


def may_ask(viewer: Viewer, row: Ticket) -> bool:
    """Say whether the viewer may ask that a ticket's caller be set aside: somebody was spoken to, nothing waits or was granted."""
    if not viewer.may(TICKET_CALL_BACK, row.desk.path):
        return False
    spoken = row.callbacks.filter(reached=Reached.YES).exists()
    return spoken and not row.judgements.filter(state__in=(Answer.OPEN, Answer.GRANTED)).exists()
