"""Reading what citizens report: for the clerks who answer, and, by its number, for whoever reported."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.choices_findings import PageFault
from yunshu.domains.inspection.contracts import REPORT_EDIT, VIEW
from yunshu.domains.inspection.models import PageReport, Site
from yunshu.domains.inspection.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ReportCard:
    """A report as its reporter sees it: no name, no contact."""

    number: str
    url: str
    kind: str
    state: str
    state_name: str
    received_at: datetime
    reply_due_at: datetime
    replied_at: datetime | None
    reply: str


def visible_reports(viewer: Viewer) -> QuerySet[PageReport]:
    """Return the reports about sites in reach; those about no known site only to whoever answers for the whole city."""
    seen = within(viewer, REPORT_EDIT, "site__org__path") | within(viewer, VIEW, "site__org__path")
    if answers_for_all(viewer):
        seen |= Q(site__isnull=True)
    return PageReport.objects.filter(seen).select_related("site__org", "finding")


def answers_for_all(viewer: Viewer) -> bool:
    """Say whether the viewer handles reports of a top organisation and everything below it."""
    paths = [path for path, subtree in viewer.reach(REPORT_EDIT) if subtree]
    return "/" in paths or Org.objects.filter(path__in=paths, parent__isnull=True).exists()


def get_report(viewer: Viewer, number: str) -> PageReport:
    """Return one report; raise NotFound (``report_not_found``)."""
    row = visible_reports(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("report_not_found")
    return row


def site_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Return code and name of the sites for which the viewer handles reports."""
    rows = Site.objects.filter(within(viewer, REPORT_EDIT, "org__path")).exclude(state=SiteState.CLOSED)
    return list(rows.order_by("name").values_list("id_code", "name"))


def card(number: str) -> ReportCard:
    """Return a report by the number its reporter was given; raise NotFound (``report_not_found``)."""
    row = PageReport.objects.filter(number=number).first()
    if row is None:
        raise NotFound("report_not_found")
    return ReportCard(
        number=row.number,
        url=row.url,
        kind=row.get_kind_display(),
        state=row.state,
        state_name=row.get_state_display(),
        received_at=row.received_at,
        reply_due_at=row.reply_due_at,
        replied_at=row.replied_at,
        reply=row.reply,
    )


def fault_choices() -> list[tuple[str, str]]:
    """Return the categories a citizen chooses from."""
    return [(value, str(label)) for value, label in PageFault.choices]
