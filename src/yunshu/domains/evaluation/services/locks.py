"""Finds and locks the table a service is about to change."""

from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import Indicator, Task, TaskKind
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.permissions import Permission

EDITABLE = frozenset({"draft", "adjusting"})


def locked_table(actor: Viewer, number: str, permission: Permission) -> PerformanceTable:
    """Return the table, locked until the transaction ends.

    Raises NotFound (``table_not_found``) if out of sight, NotPermitted (``not_permitted``) without the right.
    """
    table = selectors.visible_tables(actor).select_for_update(of=("self",)).filter(number=number).first()
    if table is None:
        raise NotFound("table_not_found")
    actor.require(permission, table.org.path)
    return table


def demand_running(table: PerformanceTable) -> None:
    """Raise Refused (``table_not_running``) unless the table is approved and not yet archived."""
    if table.stage not in selectors.RUNNING:
        raise Refused("table_not_running", _("绩效目标表批复后、归档前才能登记执行情况。"))


def indicator_of(table: PerformanceTable, ordinal: int) -> Indicator:
    """Return an indicator of the newest version; raise NotFound (``indicator_not_found``)."""
    form = selectors.form_of(selectors.newest_version(table))
    found = next((i for i in form.indicators if i.ordinal == ordinal), None)
    if found is None:
        raise NotFound("indicator_not_found")
    return found


def task_of(table: PerformanceTable, kind: str, ordinal: int) -> Task:
    """Return a task of the newest version; raise NotFound (``task_not_found``)."""
    form = selectors.form_of(selectors.newest_version(table))
    found = (
        next((t for t in form.tasks if t.kind == TaskKind(kind) and t.ordinal == ordinal), None)
        if kind in set(TaskKind)
        else None
    )
    if found is None:
        raise NotFound("task_not_found")
    return found
