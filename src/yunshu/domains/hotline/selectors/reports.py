"""Reading the reports that are kept."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices_figures import ReportState
from yunshu.domains.hotline.contracts import REPORT_MAKE
from yunshu.domains.hotline.models import FigureReport, Ticket
from yunshu.domains.hotline.selectors.tickets import within
from yunshu.lib.kernel.errors import NotFound

Choices = list[tuple[str, str]]


def visible_reports(viewer: Viewer) -> QuerySet[FigureReport]:
    """Return the reports of the organisations for which the viewer may make some, the newest first."""
    rows = FigureReport.objects.filter(within(viewer, (REPORT_MAKE,), "org__path"))
    return rows.select_related("org").defer("figures")


def get_report(viewer: Viewer, number: str) -> FigureReport:
    """Return one report; raise NotFound (``report_not_found``)."""
    row = visible_reports(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("report_not_found", _("没有这份报告。"))
    return row


def waiting() -> list[str]:
    """Return the numbers of the reports that are not counted yet, the oldest first."""
    rows = FigureReport.objects.exclude(state=ReportState.READY)
    return list(rows.order_by("asked_at", "pk").values_list("number", flat=True))


def orgs(viewer: Viewer) -> Choices:
    """Return the organisations for which the viewer may make reports."""
    rows = Org.objects.filter(within(viewer, (REPORT_MAKE,), "path"), is_active=True).exclude(kind=Org.Kind.VENDOR)
    return [(row.code, row.name) for row in rows.order_by("path")]


def desks_at_work() -> list[str]:
    """Return the codes of the desks that have registered tickets."""
    desks = Org.objects.filter(is_active=True, kind=Org.Kind.BUREAU).order_by("path")
    return [row.code for row in desks if Ticket.objects.filter(desk=row).exists()]
