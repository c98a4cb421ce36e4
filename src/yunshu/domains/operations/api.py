"""The door of operations for higher domains and channels: faults from the hotline, windows that excuse."""

from datetime import datetime

from django.db import transaction

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import IncidentCard
from yunshu.domains.operations.incident_choices import Origin, Priority
from yunshu.domains.operations.models import Incident, IncidentReport
from yunshu.domains.operations.selectors.changes import maintenance, overruns
from yunshu.domains.operations.services.incidents import ReportSpec, take_in
from yunshu.lib.kernel.errors import NotFound

__all__ = ["incident_of_ticket", "maintenance", "overruns", "report_from_hotline"]


@transaction.atomic
def report_from_hotline(
    *,
    actor: Viewer,
    ticket: str,
    org_code: str,
    title: str,
    now: datetime,
    description: str = "",
    contact: str = "",
    target: str = "",
    priority: str = Priority.P3,
    scopes: tuple[str, ...] = (),
) -> IncidentCard:
    """Open an incident for a ticket of the hotline, or join what is open for the target. The same ticket twice is one incident.

    ``org_code`` is the unit whose system fails; the caller answers for who may pass a ticket on.
    Raises NotFound (``org_not_found``, ``target_not_found``) and Refused (``title_missing``, ``priority_unknown``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    spec = ReportSpec(
        title=title,
        description=description,
        contact=contact,
        target=target,
        priority=priority,
        ticket=ticket,
        scopes=scopes,
    )
    return _card(take_in(actor, org, spec, Origin.HOTLINE, now))


def incident_of_ticket(ticket: str) -> IncidentCard | None:
    """Return the incident of a ticket of the hotline, also after it was merged; None if it has none."""
    row = IncidentReport.objects.filter(ticket=ticket).select_related("incident").first() if ticket else None
    return _card(row.incident) if row else None


def _card(row: Incident) -> IncidentCard:
    return IncidentCard(
        number=row.number,
        title=row.title,
        stage=row.stage,
        priority=row.priority,
        opened_at=row.opened_at,
        responded_at=row.responded_at,
        restored_at=row.restored_at,
        closed_at=row.closed_at,
    )
