"""What was paid for a table's tasks: each task has one book, the table's own or that of the projects it stands for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.rules.budget import TaskKey
from yunshu.domains.projects import api as projects


@dataclass(frozen=True, kw_only=True)
class PaidLine:
    """A payment or reversal; ``project`` is empty where it stands in the table's own book."""

    number: str
    task: TaskKey
    project: str
    on: date
    amount_yuan: Decimal
    voucher: str
    statement: str
    reverses: str
    made_by: str
    is_reversible: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskBook:
    """A project that a task stands for, by number and name."""

    number: str
    name: str


def books(table: PerformanceTable) -> dict[TaskKey, list[TaskBook]]:
    """Return the projects of each task that has any."""
    rows = list(table.task_projects.filter(is_linked=True))
    names = projects.project_names([row.project for row in rows])
    found: dict[TaskKey, list[TaskBook]] = {}
    for row in rows:
        book = TaskBook(number=row.project, name=names.get(row.project, row.project))
        found.setdefault((row.task_kind, row.task_ordinal), []).append(book)
    return found


def has_book(table: PerformanceTable, task: TaskKey) -> bool:
    """Say whether the task is paid from the book of a project."""
    return table.task_projects.filter(is_linked=True, task_kind=task[0], task_ordinal=task[1]).exists()


def paid_lines(table: PerformanceTable) -> list[PaidLine]:
    """Return every payment and reversal that counts for the table, the newest first. Three queries at most."""
    lines = [*_own(table), *_of_projects(table)]
    return sorted(lines, key=lambda line: (line.on, line.number), reverse=True)


@dataclass(frozen=True, kw_only=True)
class DueLine:
    """What is due for a task in the table's year; ``due_on`` is None where no day is stated."""

    amount_yuan: Decimal
    due_on: date | None
    basis: str
    carried_over: bool = False


def due_lines(table: PerformanceTable) -> dict[TaskKey, list[DueLine]]:
    """Return what is due by task: what the contracts of its projects say, else the table's own plan."""
    found: dict[TaskKey, list[DueLine]] = {}
    for row in table.planned.order_by("task_kind", "task_ordinal", "ordinal"):
        line = DueLine(amount_yuan=row.amount_yuan, due_on=row.due_on, basis=row.basis, carried_over=row.carried_over)
        found.setdefault((row.task_kind, row.task_ordinal), []).append(line)
    of_contracts: dict[TaskKey, list[DueLine]] = {}
    tasks = _tasks(table)
    for due in projects.due(tasks, table.year) if tasks else ():
        line = DueLine(amount_yuan=due.amount_yuan, due_on=due.on, basis=due.basis)
        of_contracts.setdefault(tasks[due.project], []).append(line)
    return found | of_contracts


def _tasks(table: PerformanceTable) -> dict[str, TaskKey]:
    """Return the task of each linked project."""
    return {row.project: (row.task_kind, row.task_ordinal) for row in table.task_projects.filter(is_linked=True)}


def _own(table: PerformanceTable) -> Iterable[PaidLine]:
    for row in table.payments.select_related("reverses", "reversed_by"):
        yield PaidLine(
            number=row.number,
            task=(row.task_kind, row.task_ordinal),
            project="",
            on=row.on,
            amount_yuan=row.amount_yuan,
            voucher=row.voucher,
            statement=row.statement,
            reverses=row.reverses.number if row.reverses else "",
            made_by=row.made_by,
            is_reversible=row.reverses is None and not hasattr(row, "reversed_by"),
        )


def _of_projects(table: PerformanceTable) -> Iterable[PaidLine]:
    tasks = _tasks(table)
    for row in projects.paid(tasks, table.year) if tasks else ():
        yield PaidLine(
            number=row.number,
            task=tasks[row.project],
            project=row.project,
            on=row.on,
            amount_yuan=row.amount_yuan,
            voucher=row.voucher,
            statement=row.statement,
            reverses=row.reverses,
            made_by=row.made_by,
        )


def paid_by_task(lines: Iterable[PaidLine]) -> dict[TaskKey, Decimal]:
    """Return the net amount paid in yuan by (kind, ordinal)."""
    found: dict[TaskKey, Decimal] = {}
    for line in lines:
        found[line.task] = found.get(line.task, Decimal(0)) + line.amount_yuan
    return found
