"""Reading projects."""

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.projects.contracts import PROJECT_EDIT, PROJECT_VIEW
from yunshu.domains.projects.models import BudgetMove, Payment, Project
from yunshu.domains.projects.selectors.contracts import sum_of
from yunshu.domains.projects.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission


def visible_projects(viewer: Viewer) -> QuerySet[Project]:
    """Return the projects in ``viewer``'s reach, each with ``granted_yuan`` and ``paid_yuan`` of all years."""
    rows = Project.objects.filter(within(viewer, PROJECT_VIEW, "org__path")).select_related("org")
    return rows.annotate(
        granted_yuan=sum_of(BudgetMove.objects, "line__project"), paid_yuan=sum_of(Payment.objects, "project")
    )


def get_project(viewer: Viewer, number: str) -> Project:
    """Return one project; raise NotFound (``project_not_found``)."""
    row = visible_projects(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("project_not_found")
    return row


def may_see_project(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may open a project's page."""
    return Project.objects.filter(within(viewer, PROJECT_VIEW, "org__path"), number=number).exists()


def editable_orgs(viewer: Viewer, permission: Permission = PROJECT_EDIT) -> QuerySet[Org]:
    """Return the organisations for which the viewer may act."""
    return Org.objects.filter(within(viewer, permission, "path"), is_active=True).exclude(kind=Org.Kind.CITY)
