"""Where a viewer's permission reaches."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission


def within(viewer: Viewer, permission: Permission, path: str) -> Q:
    """Return the condition that the organisation at ``path`` is one where the viewer has the permission."""
    reach = Q(pk__in=())
    for where, subtree in viewer.reach(permission):
        reach |= Q((f"{path}__startswith", where)) if subtree else Q((path, where))
    return reach


def orgs_where(viewer: Viewer, permission: Permission) -> QuerySet[Org]:
    """Return the organisations where ``viewer`` holds a permission, in the order of the screen."""
    return Org.objects.filter(within(viewer, permission, "path"), is_active=True)


def org_of(viewer: Viewer, permission: Permission, code: str) -> Org:
    """Return an organisation where ``viewer`` holds the permission; raise NotFound (``org_not_found``)."""
    org = orgs_where(viewer, permission).filter(code=code).first()
    if org is None:
        raise NotFound("org_not_found", _("没有这个机构，或您不能维护它：%(code)s") % {"code": code}, where="org")
    return org
