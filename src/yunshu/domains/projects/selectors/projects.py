"""Reading projects."""

from django.db.models import QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.domains.projects.models import Project
from yunshu.domains.projects.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


def visible_projects(viewer: Viewer) -> QuerySet[Project]:
    """Return the projects of the organisations in ``viewer``'s reach."""
    return Project.objects.filter(within(viewer, PROJECT_VIEW, "org__path")).select_related("org")


def get_project(viewer: Viewer, number: str) -> Project:
    """Return one project; raise NotFound (``project_not_found``)."""
    row = visible_projects(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("project_not_found")
    return row
