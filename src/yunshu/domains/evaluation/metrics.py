"""What evaluation itself can measure: the execution of the budget, from payments."""

import hashlib

from yunshu.domains.evaluation import selectors
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

HUNDRED = 100


def budget_execution(scope: Scope) -> Measurement:
    """Return paid / planned in percent over all tasks, None where nothing is planned; the payments are the records."""
    table = selectors.table_of_scope(scope)
    if table is None:
        return Measurement(value=None, unit="%", note="没有找到绩效目标表。")
    _rows, total = selectors.money(table)
    payments = list(selectors.payments(table).filter(on__lte=scope.ends_on))
    text = "\n".join(f"{p.number} {p.amount_yuan}" for p in payments)
    return Measurement(
        value=None if total.rate is None else total.rate * HUNDRED,
        unit="%",
        numerator=total.paid_yuan,
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
        made_by="evaluation.budget_execution/1",
        made_from=hashlib.sha256(text.encode()).hexdigest(),
    )


BUDGET_EXECUTION = Metric(
    code="evaluation.budget_execution",
    name="预算执行率",
    unit="%",
    description="已付金额 ÷ 任务预算合计；取自本表登记的付款。",
    measure=budget_execution,
)
