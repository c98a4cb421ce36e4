"""Money: the payment plan of each task, what was paid, and reversals. A payment row is never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import paid, selectors
from yunshu.domains.evaluation.contracts import BUDGET_EDIT
from yunshu.domains.evaluation.models import Payment, PerformanceTable, PlannedPayment, TaskProject
from yunshu.domains.evaluation.rules.budget import TaskKey
from yunshu.domains.evaluation.services import proof
from yunshu.domains.evaluation.services.locks import demand_running, locked_table, task_of
from yunshu.domains.evaluation.services.measuring import measure
from yunshu.domains.projects import api as projects
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import wan_text, yuan


@dataclass(frozen=True, kw_only=True)
class PlanSpec:
    """One instalment: what is due in yuan, when (None: not stated), and by which fact."""

    amount_yuan: Decimal
    due_on: date | None = None
    basis: str = ""
    carried_over: bool = False


@dataclass(frozen=True, kw_only=True)
class PaymentSpec:
    """Money that left: for which task, when, how much in yuan, by which voucher."""

    task_kind: str
    task_ordinal: int
    on: date
    amount_yuan: Decimal
    voucher: str
    statement: str = ""


@transaction.atomic
def replace_plan(*, actor: Viewer, number: str, task_kind: str, task_ordinal: int, plan: Sequence[PlanSpec]) -> int:
    """Set the payment plan of one task; return the number of instalments.

    Raises NotFound (``table_not_found``, ``task_not_found``), NotPermitted and Refused (``amount_invalid``).
    """
    table = locked_table(actor, number, BUDGET_EDIT)
    task_of(table, task_kind, task_ordinal)
    if any(p.amount_yuan <= 0 for p in plan):
        raise Refused("amount_invalid", _("应付金额须大于零。"), where="amount_yuan")
    table.planned.filter(task_kind=task_kind, task_ordinal=task_ordinal).delete()
    for ordinal, spec in enumerate(plan, start=1):
        PlannedPayment.objects.create(
            table=table,
            task_kind=task_kind,
            task_ordinal=task_ordinal,
            ordinal=ordinal,
            due_on=spec.due_on,
            amount_yuan=yuan(spec.amount_yuan),
            basis=spec.basis,
            carried_over=spec.carried_over,
        )
    return len(plan)


@transaction.atomic
def record_payment(*, actor: Viewer, number: str, spec: PaymentSpec, now: datetime) -> Payment:
    """Enter a payment. The sum paid for a task never exceeds its planned amount.

    Raises NotFound, NotPermitted, Conflict (``voucher_taken``) and Refused (``table_not_running``,
    ``task_has_project``, ``amount_invalid``, ``date_outside_year``, ``voucher_missing``, ``over_budget``).
    """
    table = locked_table(actor, number, BUDGET_EDIT)
    demand_running(table)
    task = task_of(table, spec.task_kind, spec.task_ordinal)
    key = (spec.task_kind, spec.task_ordinal)
    if paid.has_book(table, key):
        raise Refused("task_has_project", _("该任务对应信息化项目，付款请在项目中登记。"), where="task")
    amount = yuan(spec.amount_yuan)
    if amount <= 0 or amount != spec.amount_yuan:
        raise Refused("amount_invalid", _("付款金额须大于零，最多两位小数。"), where="amount_yuan")
    if not spec.voucher.strip():
        raise Refused("voucher_missing", _("请填写凭证号。"), where="voucher")
    if spec.on.year != table.year or spec.on > clock.city_date(now):
        raise Refused("date_outside_year", _("日期须在 %(year)s 年内且不晚于今天。") % {"year": table.year}, where="on")
    before = paid.paid_by_task(paid.paid_lines(table)).get(key, Decimal(0))
    if before + amount > task.amount_yuan:
        left = {"left": wan_text(task.amount_yuan - before, 6), "over": wan_text(before + amount - task.amount_yuan, 6)}
        raise Refused(
            "over_budget", _("超出该任务预算：余额 %(left)s 万元，本次超出 %(over)s 万元。") % left, where="amount_yuan"
        )
    if Payment.objects.filter(table=table, voucher=spec.voucher.strip(), reverses__isnull=True).exists():
        raise Conflict("voucher_taken", _("凭证号已登记过，请核对是否重复付款。"))
    row = _append(table, spec, amount, actor, now)
    measure(table, now)
    return row


@transaction.atomic
def reverse_payment(*, actor: Viewer, number: str, payment: str, reason: str, now: datetime) -> Payment:
    """Reverse a payment by a row of the opposite amount, with a reason.

    Raises NotFound (``payment_not_found``), NotPermitted, Refused (``reason_missing``, ``table_not_running``)
    and Conflict (``already_reversed``).
    """
    table = locked_table(actor, number, BUDGET_EDIT)
    demand_running(table)
    old = selectors.get_payment(table, payment)
    if not reason.strip():
        raise Refused("reason_missing", _("请填写冲销原因。"), where="reason")
    if old.reverses_id or Payment.objects.filter(reverses=old).exists():
        raise Conflict("already_reversed", _("该笔付款已冲销。"))
    spec = PaymentSpec(
        task_kind=old.task_kind,
        task_ordinal=old.task_ordinal,
        on=min(clock.city_date(now), date(table.year, 12, 31)),
        amount_yuan=-old.amount_yuan,
        voucher=old.voucher,
        statement=reason.strip(),
    )
    row = _append(table, spec, -old.amount_yuan, actor, now, reverses=old)
    measure(table, now)
    return row


@transaction.atomic
def link_project(
    *, actor: Viewer, number: str, task_kind: str, task_ordinal: int, project: str, now: datetime
) -> TaskProject:
    """Let a task be paid from the book of a project of the table's department.

    Raises NotFound (``project_not_found``), NotPermitted, Conflict (``project_linked``) and Refused (``table_not_running``,
    ``task_has_payments``: what the table's own book holds for the task has to be reversed first, so that nothing counts twice).
    """
    table = locked_table(actor, number, BUDGET_EDIT)
    demand_running(table)
    task_of(table, task_kind, task_ordinal)
    if project not in dict(projects.projects_of(actor, table.org.code)):
        raise NotFound("project_not_found")
    if table.task_projects.filter(project=project, is_linked=True).exists():
        raise Conflict("project_linked", _("该项目已对应本表的一项任务。"))
    own = table.payments.filter(task_kind=task_kind, task_ordinal=task_ordinal)
    if own.aggregate(total=Sum("amount_yuan"))["total"]:
        raise Refused("task_has_payments", _("该任务在本表登记过付款，请先冲销，以免重复计算。"), where="task")
    task = {"task_kind": task_kind, "task_ordinal": task_ordinal, "is_linked": True}
    row, _made = TaskProject.objects.update_or_create(table=table, project=project, defaults=task)
    proof.of_project(row, actor, now)
    measure(table, now)
    return row


@transaction.atomic
def link_untouched(*, actor: Viewer, number: str, projects_of: Mapping[TaskKey, str], now: datetime) -> int:
    """Let each task be paid from its project (by number), unless the two were linked before or the task has payments.

    Return how many were linked. A table that does not run is left alone. Raises as ``link_project``.
    """
    table = locked_table(actor, number, BUDGET_EDIT)
    if table.stage not in selectors.RUNNING:
        return 0
    known = set(table.task_projects.values_list("project", flat=True))
    with_payments = set(table.payments.values_list("task_kind", "task_ordinal"))
    wanted = {key: one for key, one in projects_of.items() if one not in known and key not in with_payments}
    for (kind, ordinal), project in wanted.items():
        link_project(actor=actor, number=number, task_kind=kind, task_ordinal=ordinal, project=project, now=now)
    return len(wanted)


@transaction.atomic
def unlink_project(*, actor: Viewer, number: str, project: str, now: datetime) -> None:
    """Take a project's book away from its task: the payments stay with the project and no longer count here.

    Raises NotFound (``project_not_linked``), NotPermitted and Refused (``table_not_running``).
    """
    table = locked_table(actor, number, BUDGET_EDIT)
    demand_running(table)
    row = table.task_projects.filter(project=project, is_linked=True).first()
    if row is None:
        raise NotFound("project_not_linked")
    row.is_linked = False
    row.save(update_fields=["is_linked"])
    proof.of_project(row, actor, now)
    measure(table, now)


def _append(
    table: PerformanceTable, spec: PaymentSpec, amount: Decimal, actor: Viewer, now: datetime, **more: object
) -> Payment:
    row = Payment.objects.create(
        number=public_number("FK", clock.city_date(now)),
        table=table,
        task_kind=spec.task_kind,
        task_ordinal=spec.task_ordinal,
        on=spec.on,
        amount_yuan=amount,
        voucher=spec.voucher.strip(),
        statement=spec.statement,
        made_by=actor.name,
        made_at=now,
        **more,
    )
    proof.of_payment(row, actor, now)
    return row
