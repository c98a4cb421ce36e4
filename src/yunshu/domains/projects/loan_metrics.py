"""What loans offer to the performance table: 按期还本付息, goal 11 of the real table (no indicator of it asks for a figure)."""

import hashlib
from decimal import Decimal

from django.utils.translation import gettext as _

from yunshu.domains.projects.rules import loans as rules
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope
from yunshu.lib.loans import Item


def repaid_on_time(scope: Scope) -> Measurement:
    """Return due dates kept / due dates passed in percent; None while a loan's terms are 待补 or nothing fell due."""
    today = clock.city_date(clock.now())
    sheets = [selectors.sheet_of(loan, min(scope.ends_on, today)) for loan in selectors.loans_of(scope.org_code)]
    standing = [(sheet, sheet.standing) for sheet in sheets if sheet.standing is not None]
    if len(standing) < len(sheets):
        names = "、".join(sheet.loan.name for sheet in sheets if sheet.standing is None)
        return Measurement(value=None, unit="%", note=_("贷款条款待补：%(names)s。") % {"names": names})
    due = kept = 0
    records: list[Record] = []
    for sheet, now in standing:
        found = rules.punctuality(now, scope.starts_on, scope.ends_on)
        due, kept = due + len(found.due), kept + len(found.kept)
        records += [_record(sheet, item) for item in found.due]
    note = "" if due else _("本期没有到期的贷款本息。")
    text = "\n".join(f"{r.number} {r.value}" for r in records)
    return Measurement(
        value=Decimal(100 * kept) / due if due else None,
        unit="%",
        numerator=Decimal(kept),
        denominator=Decimal(due),
        records=tuple(records),
        made_by="projects.loan_repaid_on_time/1",
        made_from=hashlib.sha256(text.encode()).hexdigest(),
        note=note,
    )


def _record(sheet: selectors.LoanSheet, item: Item) -> Record:
    settled = item.settled_on.isoformat() if item.settled_on else _("未还清")
    return Record(
        number=f"{sheet.loan.number}/{item.due_on}",
        title=_("%(name)s %(on)s 到期") % {"name": sheet.loan.name, "on": item.due_on},
        url=f"/console/projects/loans/{sheet.loan.number}/",
        value=_("应还 %(amount)s，%(settled)s") % {"amount": item.amount, "settled": settled},
    )


LOAN_METRICS = (
    Metric(
        code="projects.loan_repaid_on_time",
        name=label("贷款按期还本付息率"),
        unit="%",
        description=label("期内按期还清的期次 ÷ 期内到期的期次；取自贷款账目。条款待补的不计算。"),
        measure=repaid_on_time,
    ),
)
