"""Reading: one's own notices and wishes. Nobody reads another person's inbox."""

from typing import Any

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.notify import registry
from yunshu.domains.notify.contracts import NoticeKind
from yunshu.domains.notify.models import Notice, Silence
from yunshu.lib.kernel.errors import NotFound


def own_notices(viewer: Viewer) -> QuerySet[Notice]:
    """Return the viewer's notices, the newest first."""
    return Notice.objects.filter(person_id=_person(viewer))


def get_notice(viewer: Viewer, notice_id: int) -> Notice:
    """Return one of the viewer's own notices; raise NotFound."""
    row = own_notices(viewer).filter(pk=notice_id).first()
    if row is None:
        raise NotFound("notice_not_found")
    return row


def unread(viewer: Any) -> int:
    """Return how many notices the viewer has not read; more than 99 count as 100."""
    return Notice.objects.filter(pk__in=_unread_ids(viewer)).count() if _person(viewer) else 0


def wishes(viewer: Viewer) -> list[tuple[NoticeKind, bool]]:
    """Return every kind with whether the viewer gets it."""
    silent = set(Silence.objects.filter(person_id=_person(viewer)).values_list("kind", flat=True))
    return [(kind, kind.mandatory or kind.code not in silent) for kind in registry.kinds()]


def _unread_ids(viewer: Any) -> QuerySet[Any, Any]:
    return Notice.objects.filter(person_id=_person(viewer), read_at__isnull=True).order_by().values("pk")[:100]


def _person(viewer: Any) -> int:
    return int(getattr(viewer, "person_id", 0))
