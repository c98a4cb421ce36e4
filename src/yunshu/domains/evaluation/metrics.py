"""What evaluation itself can measure: the execution of the budget, from payments."""

import hashlib
from decimal import Decimal

from django.utils.translation import gettext as _

from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.paid import paid_lines
from yunshu.domains.evaluation.rules.budget import execution
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

HUNDRED = 100


def budget_execution(scope: Scope) -> Measurement:
    """Return paid / planned in percent over all tasks, from the tasks' own books and their projects'.

    None where nothing is planned, and where no payment is entered at all; payments and reversals are the records.
    """
    table = selectors.table_of_scope(scope)
    if table is None:
        return Measurement(value=None, unit="%", note=_("没有找到绩效目标表。"))
    _rows, total = selectors.money(table)
    lines = paid_lines(table)
    payments = [line for line in lines if line.on <= scope.ends_on]
    part = sum((p.amount_yuan for p in payments), Decimal(0))
    rate = execution(total.planned_yuan, part).rate
    text = "\n".join(f"{p.number} {p.amount_yuan}" for p in payments)
    return Measurement(
        value=rate * HUNDRED if lines and rate is not None else None,
        unit="%",
        numerator=part,
        denominator=total.planned_yuan,
        records=tuple(
            Record(
                number=p.number,
                title=p.statement or p.voucher,
                value=f"{p.amount_yuan:,.2f}",
                url=f"/console/tables/{table.number}/budget/",
            )
            for p in payments
        ),
        made_by="evaluation.budget_execution/2",
        made_from=hashlib.sha256(text.encode()).hexdigest(),
        note="" if lines else _("还没有登记付款。"),
    )


BUDGET_EXECUTION = Metric(
    code="evaluation.budget_execution",
    name="预算执行率",
    unit="%",
    description="已付金额 ÷ 任务预算合计；任务对应项目的，取自项目付款，其余取自本表登记的付款。",
    measure=budget_execution,
)
