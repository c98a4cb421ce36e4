"""Where a viewer's permission reaches."""

from django.db.models import Q

from yunshu.domains.directory.contracts import Viewer
from yunshu.lib.kernel.permissions import Permission


def within(viewer: Viewer, permission: Permission, path: str) -> Q:
    """Return the condition that the organisation at ``path`` is one where the viewer has the permission."""
    reach = Q(pk__in=())
    for where, subtree in viewer.reach(permission):
        reach |= Q((f"{path}__startswith", where)) if subtree else Q((path, where))
    return reach
