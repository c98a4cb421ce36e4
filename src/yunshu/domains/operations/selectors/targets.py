"""Reading what is watched."""

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import TARGET_VIEW
from yunshu.domains.operations.models import Target
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


def visible_targets(viewer: Viewer) -> QuerySet[Target]:
    """Return what ``viewer`` may see watched: targets of the organisations in reach."""
    return Target.objects.filter(within(viewer, TARGET_VIEW, "org__path")).select_related("org")


def get_target(viewer: Viewer, number: str) -> Target:
    """Return one target; raise NotFound (``target_not_found``)."""
    row = visible_targets(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("target_not_found")
    return row
