"""Reading the province's line: only who manages tickets at the desk sees its letters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import LetterState, Way
from yunshu.domains.hotline.contracts import TICKET_MANAGE
from yunshu.domains.hotline.models import ProvinceLetter, ProvinceLine, ProvinceTicket
from yunshu.domains.hotline.rules import province as rules
from yunshu.lib.kernel.errors import NotFound


def manages(viewer: Viewer) -> bool:
    """Say whether the viewer manages tickets at the city's desk."""
    desk = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first()
    return desk is not None and viewer.may(TICKET_MANAGE, desk.path)


def line() -> ProvinceLine | None:
    """Return the line to the province."""
    return ProvinceLine.objects.filter(code=rules.PROVINCE).first()


def visible_letters(viewer: Viewer) -> QuerySet[ProvinceLetter]:
    """Return every letter both ways; none for who does not manage."""
    rows = ProvinceLetter.objects.select_related("ticket")
    return rows if manages(viewer) else rows.none()


def get_letter(viewer: Viewer, letter_id: int) -> ProvinceLetter:
    """Return one letter; raise NotFound (``letter_not_found``)."""
    row = visible_letters(viewer).filter(pk=letter_id).first()
    if row is None:
        raise NotFound("letter_not_found")
    return row


def queue(viewer: Viewer, now: datetime) -> Mapping[str, Any]:
    """Return how many letters wait, died, were refused, could not be taken; and for how many minutes the oldest waits."""
    rows = visible_letters(viewer)
    counts = {
        (row["way"], row["state"]): row["n"] for row in rows.order_by().values("way", "state").annotate(n=Count("pk"))
    }
    oldest = rows.filter(way=Way.UP, state=LetterState.WAITING).aggregate(at=Min("made_at"))["at"]
    return {
        "waiting": counts.get((Way.UP, LetterState.WAITING), 0),
        "dead": counts.get((Way.UP, LetterState.DEAD), 0),
        "refused": counts.get((Way.UP, LetterState.REFUSED), 0),
        "untaken": counts.get((Way.DOWN, LetterState.REFUSED), 0),
        "behind": counts.get((Way.DOWN, LetterState.WAITING), 0),
        "lag_min": int((now - oldest).total_seconds() // 60) if oldest else 0,
        "tickets": ProvinceTicket.objects.count(),
    }
