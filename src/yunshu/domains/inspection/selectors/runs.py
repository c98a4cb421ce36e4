"""Reading runs of the machine."""

from django.db.models import Count, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.contracts import REVIEW, VIEW
from yunshu.domains.inspection.models import Page, Run, Site
from yunshu.domains.inspection.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


def visible_runs(viewer: Viewer) -> QuerySet[Run]:
    """Return the runs of the sites in reach, the latest first."""
    return Run.objects.filter(within(viewer, VIEW, "site__org__path")).select_related("site").order_by("-started_at")


def startable_sites(viewer: Viewer) -> list[tuple[str, str]]:
    """Return the running sites that the viewer may have inspected, as choices."""
    rows = Site.objects.filter(within(viewer, REVIEW, "org__path"), state="running").order_by("id_code")
    return [(row.id_code, f"{row.name} · {row.id_code}") for row in rows]


def get_run(viewer: Viewer, number: str) -> Run:
    """Return one run; raise NotFound (``run_not_found``)."""
    row = visible_runs(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("run_not_found")
    return row


def unread_pages(run: Run) -> QuerySet[Page]:
    """Return the pages of a run whose text a script would write, where no browser drew it."""
    return Page.objects.filter(site=run.site, run=run, role="shell").order_by("url")


def drawn_pages(run: Run) -> int:
    """Return how many pages of a run a browser drew."""
    return Page.objects.filter(site=run.site, run=run, facts__drawn=True).count()


def pictures_read(run: Run) -> dict[str, int]:
    """Return how many pictures of a run are in which state."""
    return dict(run.pictures.values_list("state").annotate(Count("pk")).order_by("state"))
