"""Reading hotspots: for whoever works at the desk."""

from collections import Counter
from datetime import timedelta

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import DESK_RIGHTS
from yunshu.domains.hotline.models import Hotspot, RadarSighting
from yunshu.domains.hotline.selectors.tickets import within
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.charts import Chart, Series

MOST_DAYS = 31


def visible_hotspots(viewer: Viewer) -> QuerySet[Hotspot]:
    """Return the hotspots of the viewer's desks."""
    return Hotspot.objects.filter(within(viewer, DESK_RIGHTS, "desk__path")).select_related("desk", "main")


def get_hotspot(viewer: Viewer, number: str) -> Hotspot:
    """Return one hotspot; raise NotFound (``hotspot_not_found``)."""
    row = visible_hotspots(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("hotspot_not_found")
    return row


def members_of(viewer: Viewer, spot: Hotspot) -> list[RadarSighting]:
    """Return what the radar put together, in the order of its coming, with the tickets."""
    rows = spot.members.filter(ticket__is_confidential=False, ticket__desk=spot.desk)
    return list(rows.select_related("ticket__unit", "ticket__parent").order_by("ticket__received_at", "pk"))


def growth_of(rows: list[RadarSighting], title: str, label_head: str, unit: str) -> Chart | None:
    """Return how many reports came on each day; None for a single day."""
    days = Counter(clock.city_date(row.ticket.received_at) for row in rows)
    if len(days) < 2:
        return None
    first = max(min(days), max(days) - timedelta(days=MOST_DAYS - 1))
    span = [first + timedelta(days=at) for at in range((max(days) - first).days + 1)]
    counts = [days[day] for day in span]
    return Chart(
        title=title, labels=[f"{day:%m-%d}" for day in span], series=[Series(unit, counts)], label_head=label_head
    )
