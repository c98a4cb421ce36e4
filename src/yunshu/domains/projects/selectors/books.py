"""The book of payments and the names of projects, as other domains read them."""

from collections.abc import Collection

from django.db.models import Q

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import Due, Paid
from yunshu.domains.projects.models import Instalment, Payment, Project
from yunshu.domains.projects.selectors.contracts import parts
from yunshu.domains.projects.selectors.projects import visible_projects


def paid(numbers: Collection[str], year: int) -> list[Paid]:
    """Return the payments and reversals of the projects (by number) from the budgets of ``year``, the newest first."""
    rows = Payment.objects.filter(project__number__in=numbers, line__year=year)
    return [
        Paid(
            number=row.number,
            project=row.project.number,
            on=row.on,
            amount_yuan=row.amount_yuan,
            voucher=row.voucher,
            statement=row.statement,
            reverses=row.reverses.number if row.reverses else "",
            made_by=row.made_by,
        )
        for row in rows.select_related("project", "reverses")
    ]


def due(numbers: Collection[str], year: int) -> list[Due]:
    """Return what the contracts of the projects (by number) make due in ``year``, the earliest first; ended ones do not count."""
    of_year = Q(due_on__year=year) | Q(due_on__isnull=True, year=year)
    rows = Instalment.objects.filter(of_year, contract__project__number__in=numbers).exclude(contract__state="ended")
    return [
        Due(
            project=part.row.contract.project.number,
            on=part.row.due_on,
            amount_yuan=part.row.amount_yuan - part.deducted_yuan,
            basis=f"{part.row.contract.name} · {part.row.milestone}",
        )
        for part in parts(rows.select_related("contract__project").order_by("due_on", "pk"))
    ]


def project_names(numbers: Collection[str]) -> dict[str, str]:
    """Return the names of the projects by number."""
    return dict(Project.objects.filter(number__in=numbers).values_list("number", "name"))


def projects_of(viewer: Viewer, org_code: str) -> list[tuple[str, str]]:
    """Return (number, name) of the organisation's projects that ``viewer`` sees, by name."""
    rows = visible_projects(viewer).filter(org__code=org_code).order_by("name", "number")
    return list(rows.values_list("number", "name"))


def number_of(code: str) -> str:
    """Return the number of the project of this code (its key in a source); empty where there is none."""
    return Project.objects.filter(code=code).values_list("number", flat=True).first() or ""
