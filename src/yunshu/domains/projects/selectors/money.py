"""Reading budget lines and payments: balances, execution and forecast of a year, the cash calendar."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.domains.projects.models import BudgetLine, BudgetMove, Instalment, Payment, Project
from yunshu.domains.projects.rules.execution import Execution, Month, calendar, execution, free_on
from yunshu.domains.projects.rules.plans import pay_day
from yunshu.domains.projects.selectors import contracts
from yunshu.domains.projects.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ProjectYear:
    """A project's money in one year."""

    project: Project
    execution: Execution


def visible_payments(viewer: Viewer) -> QuerySet[Payment]:
    """Return the payments of the organisations in reach."""
    rows = Payment.objects.filter(within(viewer, PROJECT_VIEW, "project__org__path"))
    return rows.select_related("project", "project__org", "contract", "instalment", "line", "reverses", "reversed_by")


def lines_of(project: Project) -> list[tuple[BudgetLine, Decimal, Decimal]]:
    """Return a project's budget lines with what was granted in sum and what was paid from each."""
    rows = project.lines.all()
    moves = dict(BudgetMove.objects.filter(line__in=rows).values_list("line").annotate(Sum("amount_yuan")).order_by())
    paid = dict(Payment.objects.filter(line__in=rows).values_list("line").annotate(Sum("amount_yuan")).order_by())
    return [(row, moves.get(row.pk) or ZERO, paid.get(row.pk) or ZERO) for row in rows]


def left_on(project: Project, day: date) -> Decimal:
    """Return what the project's budget of the year of ``day`` lets be paid on it, all funds together. Two queries."""
    moves = BudgetMove.objects.filter(line__project=project, line__year=day.year)
    paid = Payment.objects.filter(line__project=project, line__year=day.year)
    facts: dict[int, list[tuple[date, Decimal]]] = {}
    for line, on, amount in moves.values_list("line_id", "on", "amount_yuan"):
        facts.setdefault(line, []).append((on, amount))
    for line, on, amount in paid.values_list("line_id", "on", "amount_yuan"):
        facts.setdefault(line, []).append((on, -amount))
    return sum((free_on(of_line, day) for of_line in facts.values()), ZERO)


def years(viewer: Viewer) -> list[int]:
    """Return the years in which projects in reach have money, the latest first."""
    rows = BudgetLine.objects.filter(within(viewer, PROJECT_VIEW, "project__org__path"))
    return sorted(set(rows.values_list("year", flat=True)), reverse=True)


def year_of(viewer: Viewer, year: int, today: date) -> list[ProjectYear]:
    """Return each project's execution and forecast of a year, for projects in reach with money in it. Four queries."""
    rows = Project.objects.filter(within(viewer, PROJECT_VIEW, "org__path"), lines__year=year).distinct()
    return executions(rows.select_related("org").order_by("name"), year, today)


def executions(rows: QuerySet[Project], year: int, today: date) -> list[ProjectYear]:
    """Return the execution of each of the projects in ``year`` as of ``today``."""
    projects = list(rows)
    end = min(today, date(year, 12, 31))
    granted = _by_project(BudgetMove.objects.filter(line__year=year, on__lte=end), projects, "line__project")
    paid = _by_project(Payment.objects.filter(line__year=year, on__lte=end), projects, "project")
    due = _open_by_project(projects, year)
    return [
        ProjectYear(
            project=row,
            execution=execution(
                granted.get(row.pk, ZERO), paid.get(row.pk, ZERO), due.get(row.pk, ZERO), is_over=end < today
            ),
        )
        for row in projects
    ]


def cash_calendar(viewer: Viewer, year: int) -> tuple[list[Month], Decimal]:
    """Return what is due and paid month by month, and what is due in the year without a day."""
    reach = within(viewer, PROJECT_VIEW, "contract__project__org__path")
    rows = Instalment.objects.filter(reach).exclude(contract__state="ended")
    dated = contracts.parts(rows.filter(due_on__year=year))
    undated = contracts.parts(rows.filter(due_on__isnull=True, year=year))
    paid = visible_payments(viewer).filter(on__year=year).values_list("on", "amount_yuan")
    due = [(part.row.due_on, part.row.amount_yuan - part.deducted_yuan) for part in dated if part.row.due_on]
    open_yuan = sum((part.open_yuan for part in undated), ZERO)
    return calendar(due, list(paid)), open_yuan


def _by_project(
    rows: "QuerySet[BudgetMove] | QuerySet[Payment]", projects: list[Project], path: str
) -> dict[int, Decimal]:
    sums = rows.filter(**{f"{path}__in": projects}).values_list(path).annotate(total=Sum("amount_yuan")).order_by()
    return {pk: total or ZERO for pk, total in sums}


def _open_by_project(projects: list[Project], year: int) -> dict[int, Decimal]:
    """Return what the contracts of each project still make due in ``year``, by day or by budget year."""
    rows = Instalment.objects.filter(
        Q(due_on__year=year) | Q(due_on__isnull=True, year=year), contract__project__in=projects
    ).exclude(contract__state="ended")
    found: dict[int, Decimal] = {}
    for part in contracts.parts(rows.select_related("contract")):
        key = part.row.contract.project_id
        found[key] = found.get(key, ZERO) + part.open_yuan
    return found


def get_payment(viewer: Viewer, number: str) -> Payment:
    """Return one payment; raise NotFound (``payment_not_found``)."""
    row = visible_payments(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("payment_not_found")
    return row


def due_in(viewer: Viewer, year: int) -> list[contracts.Part]:
    """Return the instalments due in a year that are not wholly paid, the earliest first."""
    return contracts.due_parts(viewer, date(year, 1, 1), date(year, 12, 31))


@dataclass(frozen=True, kw_only=True)
class PayableYear:
    """What of a contract may be paid now from one year's budget: confirmed and not paid, and what the budget leaves."""

    year: int
    confirmed_yuan: Decimal
    left_yuan: Decimal
    ordinals: tuple[int, ...]

    @property
    def payable_yuan(self) -> Decimal:
        """The lesser of the two."""
        return min(self.confirmed_yuan, self.left_yuan)


def payable_now(project: Project, parts: list[contracts.Part], today: date) -> list[PayableYear]:
    """Return, by budget year, what may be paid now of instalments confirmed and not paid. Two queries a year."""
    days: dict[date, list[contracts.Part]] = {}
    for part in parts:
        if part.payable_yuan > 0:
            days.setdefault(pay_day(part.row.year, part.row.due_on, today), []).append(part)
    return [
        PayableYear(
            year=day.year,
            confirmed_yuan=sum((part.payable_yuan for part in of_day), ZERO),
            left_yuan=left_on(project, day),
            ordinals=tuple(part.row.ordinal for part in of_day),
        )
        for day, of_day in sorted(days.items())
    ]
