"""Reading performance tables: whoever holds the permission for the table's department sees it, nobody else."""

from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation.contracts import TABLE_VIEW, TableForm, form_from_json
from yunshu.domains.evaluation.models import (
    Binding,
    Evidence,
    MeasurementRow,
    Payment,
    PerformanceTable,
    PlannedPayment,
    SelfEvaluation,
    Version,
)
from yunshu.lib.kernel.errors import NotFound

APPROVED_STAGES = ("approved", "monitoring", "self_evaluation", "archived")


def visible_tables(viewer: Viewer) -> QuerySet[PerformanceTable]:
    """Return the tables ``viewer`` may see, the newest year first."""
    reach = Q(pk__in=())
    for path, subtree in viewer.reach(TABLE_VIEW):
        reach |= Q(org__path__startswith=path) if subtree else Q(org__path=path)
    return PerformanceTable.objects.filter(reach).select_related("org").order_by("-year", "number")


def public_tables() -> QuerySet[PerformanceTable]:
    """Return the tables anybody may see: those that were approved."""
    return PerformanceTable.objects.filter(approved_at__isnull=False).select_related("org").order_by("-year", "number")


def get_table(viewer: Viewer, number: str) -> PerformanceTable:
    """Return one table; raise NotFound (``table_not_found``) if absent or out of ``viewer``'s sight."""
    table = visible_tables(viewer).filter(number=number).first()
    if table is None:
        raise NotFound("table_not_found")
    return table


def newest_version(table: PerformanceTable) -> Version:
    """Return what the table says now."""
    return table.versions.latest("ordinal")


def get_version(table: PerformanceTable, ordinal: int) -> Version:
    """Return one version; raise NotFound (``version_not_found``)."""
    version = table.versions.filter(ordinal=ordinal).first()
    if version is None:
        raise NotFound("version_not_found")
    return version


def form_of(version: Version) -> TableForm:
    """Return the version's content as plain values."""
    return form_from_json(version.form)


def evidence_in_force(table: PerformanceTable, indicator: int | None = None) -> QuerySet[Evidence]:
    """Return evidence that no later row corrects or withdraws, oldest first."""
    rows = table.evidence.filter(corrected_by__isnull=True, withdrawn=False).order_by("on", "made_at", "pk")
    return rows if indicator is None else rows.filter(indicator=indicator)


def evidence_history(table: PerformanceTable, indicator: int) -> QuerySet[Evidence]:
    """Return every evidence row of an indicator with what corrected it, newest first."""
    rows = table.evidence.filter(indicator=indicator).select_related("corrects", "corrected_by")
    return rows.order_by("-made_at", "-pk")


def get_evidence(table: PerformanceTable, number: str) -> Evidence:
    """Return one evidence row; raise NotFound (``evidence_not_found``)."""
    row = table.evidence.filter(number=number).first()
    if row is None:
        raise NotFound("evidence_not_found")
    return row


def bindings(table: PerformanceTable) -> dict[int, Binding]:
    """Return how each indicator is measured, by its number; an indicator without a row is measured by hand."""
    return {b.indicator: b for b in table.bindings.all()}


def newest_measurements(table: PerformanceTable) -> dict[int, MeasurementRow]:
    """Return the newest measurement of each indicator."""
    rows = table.measurements.order_by("indicator", "-at", "-pk").distinct("indicator")
    return {row.indicator: row for row in rows}


def measurement_history(table: PerformanceTable, indicator: int) -> QuerySet[MeasurementRow]:
    """Return an indicator's measurements, oldest first."""
    return table.measurements.filter(indicator=indicator).order_by("at", "pk")


def paid_by_task(table: PerformanceTable) -> dict[tuple[str, int], Decimal]:
    """Return the net amount paid in yuan by (kind, ordinal)."""
    rows = table.payments.values_list("task_kind", "task_ordinal").annotate(total=Sum("amount_yuan"))
    return {(kind, ordinal): total for kind, ordinal, total in rows}


def payments(table: PerformanceTable) -> QuerySet[Payment]:
    """Return the table's payments and reversals, newest first."""
    return table.payments.select_related("reverses", "reversed_by").order_by("-on", "-made_at")


def plan(table: PerformanceTable) -> QuerySet[PlannedPayment]:
    """Return the table's payment plan in the order of tasks and instalments."""
    return table.planned.order_by("task_kind", "task_ordinal", "ordinal")


def self_evaluation(table: PerformanceTable) -> SelfEvaluation | None:
    """Return the table's self-evaluation, None before anyone began it."""
    return SelfEvaluation.objects.filter(table=table).first()
