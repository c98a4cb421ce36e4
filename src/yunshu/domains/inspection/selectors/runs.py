"""Reading runs of the machine."""

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.contracts import REVIEW, VIEW
from yunshu.domains.inspection.models import Run, Site
from yunshu.domains.inspection.selectors.reach import within


def visible_runs(viewer: Viewer) -> QuerySet[Run]:
    """Return the runs of the sites in reach, the latest first."""
    return Run.objects.filter(within(viewer, VIEW, "site__org__path")).select_related("site").order_by("-started_at")


def startable_sites(viewer: Viewer) -> list[tuple[str, str]]:
    """Return the running sites that the viewer may have inspected, as choices."""
    rows = Site.objects.filter(within(viewer, REVIEW, "org__path"), state="running").order_by("id_code")
    return [(row.id_code, f"{row.name} · {row.id_code}") for row in rows]
