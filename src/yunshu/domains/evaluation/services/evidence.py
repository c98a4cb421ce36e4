"""Evidence by hand: entered, corrected by a further row, withdrawn by a further row. Nothing is overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, EVIDENCE_KIND
from yunshu.domains.evaluation.models import Evidence, PerformanceTable
from yunshu.domains.evaluation.services import proof
from yunshu.domains.evaluation.services.locks import demand_running, indicator_of, locked_table
from yunshu.domains.evaluation.services.measuring import measure
from yunshu.domains.files import api as files
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class EvidenceSpec:
    """What a person enters: when it happened, the value in the indicator's unit, and what proves it."""

    on: date
    value: Decimal
    statement: str
    attachments: Sequence[files.Upload] = ()


@transaction.atomic
def record_evidence(*, actor: Viewer, number: str, indicator: int, spec: EvidenceSpec, now: datetime) -> Evidence:
    """Enter a value with its proof and measure the table again.

    Raises NotFound (``table_not_found``, ``indicator_not_found``), NotPermitted, Refused
    (``table_not_running``, ``statement_missing``, ``date_outside_year``, ``value_negative``, ``measured_by_metric``).
    """
    table = locked_table(actor, number, EVIDENCE_EDIT)
    demand_running(table)
    indicator_of(table, indicator)
    binding = selectors.bindings(table).get(indicator)
    if binding and binding.metric:
        raise Refused("measured_by_metric", _("该指标由系统自动测量，不能人工填报数值。"))
    row = _append(table, indicator, spec, actor, now)
    measure(table, now)
    return row


@transaction.atomic
def correct_evidence(*, actor: Viewer, number: str, evidence: str, spec: EvidenceSpec, now: datetime) -> Evidence:
    """Put a further row in the place of one that was wrong; both stay readable.

    Raises as ``record_evidence``, NotFound (``evidence_not_found``) and Conflict (``evidence_superseded``).
    """
    table, old = _open_row(actor, number, evidence)
    row = _append(table, old.indicator, spec, actor, now, corrects=old)
    measure(table, now)
    return row


@transaction.atomic
def add_files(*, actor: Viewer, number: str, evidence: str, uploads: Sequence[files.Upload], now: datetime) -> None:
    """Attach further files to evidence that stands; all of them or, if one is refused, none.

    Raises NotFound, NotPermitted, Conflict (``evidence_superseded``) and what ``files.attach`` raises.
    """
    _table, row = _open_row(actor, number, evidence)
    proof.of_files(row, _attach(actor, row, uploads, now), actor, now)


@transaction.atomic
def withdraw_evidence(*, actor: Viewer, number: str, evidence: str, reason: str, now: datetime) -> Evidence:
    """Take a row out of the measurement, with a reason; it stays readable.

    Raises NotFound, NotPermitted, Refused (``reason_missing``) and Conflict (``evidence_superseded``).
    """
    table, old = _open_row(actor, number, evidence)
    if not reason.strip():
        raise Refused("reason_missing", _("请填写撤销原因。"), where="reason")
    spec = EvidenceSpec(on=old.on, value=old.value, statement=reason)
    row = _append(table, old.indicator, spec, actor, now, corrects=old, withdrawn=True)
    measure(table, now)
    return row


def _open_row(actor: Viewer, number: str, evidence: str) -> tuple[PerformanceTable, Evidence]:
    table = locked_table(actor, number, EVIDENCE_EDIT)
    demand_running(table)
    old = selectors.get_evidence(table, evidence)
    if old.withdrawn or Evidence.objects.filter(corrects=old).exists():
        raise Conflict("evidence_superseded", _("该记录已被更正或撤销，请刷新后再操作。"))
    return table, old


def _append(
    table: PerformanceTable,
    indicator: int,
    spec: EvidenceSpec,
    actor: Viewer,
    now: datetime,
    **more: object,
) -> Evidence:
    if not spec.statement.strip():
        raise Refused("statement_missing", _("请填写佐证说明。"), where="statement")
    if spec.on.year != table.year or spec.on > clock.city_date(now):
        raise Refused("date_outside_year", _("日期须在 %(year)s 年内且不晚于今天。") % {"year": table.year}, where="on")
    if spec.value < 0:
        raise Refused("value_negative", _("数值不能为负。"), where="value")
    row = Evidence.objects.create(
        number=public_number("ZZ", clock.city_date(now)),
        table=table,
        indicator=indicator,
        on=spec.on,
        value=spec.value,
        statement=spec.statement.strip(),
        made_by=actor.name,
        made_at=now,
        **more,
    )
    proof.of_evidence(row, _attach(actor, row, spec.attachments, now), actor, now)
    return row


def _attach(actor: Viewer, row: Evidence, uploads: Sequence[files.Upload], now: datetime) -> list[files.AttachmentCard]:
    return [
        files.attach(actor=actor, owner_kind=EVIDENCE_KIND, owner_id=row.number, upload=upload, now=now)
        for upload in uploads
    ]
