"""Reading performance tables: whoever holds the permission for the table's department sees it, nobody else."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Window
from django.db.models.functions import RowNumber

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation.contracts import (
    EVIDENCE_EDIT,
    TABLE_EDIT,
    TABLE_VIEW,
    Indicator,
    TableForm,
    Task,
    form_from_json,
)
from yunshu.domains.evaluation.models import (
    Binding,
    BindingChange,
    Evidence,
    FindingNote,
    ImportDraft,
    MeasurementRow,
    Payment,
    PerformanceTable,
    Version,
)
from yunshu.domains.evaluation.paid import DueLine, TaskBook, books, due_lines, paid_by_task, paid_lines
from yunshu.domains.evaluation.rules import budget, diff, measuring
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.measure import Measurement, Scope, metrics

RUNNING = frozenset({"approved", "monitoring", "adjusting", "self_evaluation"})
"""Stages in which evidence and payments are entered."""
APPROVED_STAGES = ("approved", "monitoring", "self_evaluation", "archived")


def visible_tables(viewer: Viewer) -> QuerySet[PerformanceTable]:
    """Return the tables ``viewer`` may see, the newest year first."""
    reach = Q(pk__in=())
    for path, subtree in viewer.reach(TABLE_VIEW):
        reach |= Q(org__path__startswith=path) if subtree else Q(org__path=path)
    return PerformanceTable.objects.filter(reach).select_related("org").order_by("-year", "number")


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


def may_see_evidence(viewer: Viewer, number: str) -> bool:
    """Say whether ``viewer`` may see the table that this evidence belongs to."""
    return visible_tables(viewer).filter(evidence__number=number).exists()


def org_path_of_evidence(number: str) -> str:
    """Return the path of the organisation whose table this evidence belongs to."""
    return Evidence.objects.values_list("table__org__path", flat=True).get(number=number)


def may_prove(viewer: Viewer, number: str) -> bool:
    """Say whether ``viewer`` may add to this evidence: the right at the table's organisation, and the table runs."""
    table = visible_tables(viewer).filter(evidence__number=number).first()
    return table is not None and table.stage in RUNNING and viewer.may(EVIDENCE_EDIT, table.org.path)


def bindings(table: PerformanceTable) -> dict[int, Binding]:
    """Return how each indicator is measured, by its number; an indicator without a row is measured by hand."""
    return {b.indicator: b for b in table.bindings.all()}


def binding_changes(table: PerformanceTable, indicator: int) -> QuerySet[BindingChange]:
    """Return what was asked for about how an indicator is measured, the latest first."""
    return table.binding_changes.filter(indicator=indicator).order_by("-pk")


def open_binding_change(table: PerformanceTable, indicator: int) -> BindingChange | None:
    """Return the change that waits for its decision, None if there is none."""
    return binding_changes(table, indicator).filter(state=BindingChange.State.ASKED).first()


def newest_measurements(table: PerformanceTable) -> dict[int, MeasurementRow]:
    """Return the newest measurement of each indicator."""
    rows = table.measurements.order_by("indicator", "-at", "-pk").distinct("indicator")
    return {row.indicator: row for row in rows}


def values_before(table: PerformanceTable) -> dict[int, Decimal | None]:
    """Return the value of each indicator's measurement before its newest; an indicator with fewer than two is absent."""
    place = Window(RowNumber(), partition_by="indicator", order_by=["-at", "-pk"])
    rows = table.measurements.annotate(place=place).filter(place=2)
    return dict(rows.values_list("indicator", "value"))


def measurement_history(table: PerformanceTable, indicator: int) -> QuerySet[MeasurementRow]:
    """Return an indicator's measurements, oldest first."""
    return table.measurements.filter(indicator=indicator).order_by("at", "pk")


def get_payment(table: PerformanceTable, number: str) -> Payment:
    """Return one payment of a table; raise NotFound (``payment_not_found``)."""
    found = table.payments.filter(number=number).first()
    if found is None:
        raise NotFound("payment_not_found")
    return found


@dataclass(frozen=True, kw_only=True)
class Line:
    """One promise beside its measurement: what the scoreboard shows in a row."""

    indicator: Indicator
    binding: Binding | None
    verdict: measuring.Verdict
    evidence: int
    measurement: Measurement | None = None
    before: Decimal | None = None
    """The value of the measurement before the newest."""

    @property
    def trend(self) -> str:
        """``up``, ``down`` or ``level`` since the measurement before; empty where there are not two to compare."""
        if self.before is None or self.verdict.value is None:
            return ""
        if self.verdict.value == self.before:
            return "level"
        return "up" if self.verdict.value > self.before else "down"


def samples_of(rows: list[Evidence], *, accumulates: bool) -> list[measuring.Sample]:
    """Return the value as it stood on each day with evidence: the running total, or the day's last value."""
    total, by_day = Decimal(0), {}
    for row in rows:
        total = total + row.value if accumulates else row.value
        by_day[row.on] = measuring.Sample(on=row.on, value=total)
    return list(by_day.values())


def scoreboard(table: PerformanceTable, today: date, version: Version | None = None) -> list[Line]:
    """Return every indicator of a version (the newest) with its verdict. Five queries, however many rows."""
    form = form_of(version or newest_version(table))
    bound = bindings(table)
    by_indicator: dict[int, list[Evidence]] = {}
    for row in evidence_in_force(table):
        by_indicator.setdefault(row.indicator, []).append(row)
    before = values_before(table)
    lines = (_line(table, i, bound.get(i.ordinal), by_indicator.get(i.ordinal, []), today) for i in form.indicators)
    return [replace(line, before=before.get(line.indicator.ordinal)) for line in lines]


def _line(
    table: PerformanceTable, indicator: Indicator, binding: Binding | None, rows: list[Evidence], today: date
) -> Line:
    promise = measuring.Promise(comparator=indicator.comparator, target=indicator.target, unit=indicator.unit)
    accumulates = bool(binding and binding.accumulates)
    nature = measuring.Nature.CUMULATIVE if accumulates else measuring.Nature.LEVEL
    measurement = measured_by_metric(table, binding, today) if binding and binding.metric else None
    samples = samples_of(rows, accumulates=accumulates)
    if measurement is not None:
        samples = _metric_samples(measurement, table.year, today)
    verdict = measuring.judge(promise, samples, nature, table.year)
    return Line(indicator=indicator, binding=binding, verdict=verdict, evidence=len(rows), measurement=measurement)


def _metric_samples(measurement: Measurement, year: int, today: date) -> list[measuring.Sample]:
    if measurement.value is None:
        return []
    on = min(today, date(year, 12, 31))
    return [measuring.Sample(on=on, value=measurement.value, low=measurement.low, high=measurement.high)]


def measured_by_metric(table: PerformanceTable, binding: Binding, today: date) -> Measurement | None:
    """Return what the bound metric measures; None if no domain offers it any more."""
    metric = metrics().get(binding.metric)
    if metric is None:
        return None
    scope = Scope(
        org_code=table.org.code,
        starts_on=date(table.year, 1, 1),
        ends_on=min(today, date(table.year, 12, 31)),
        extra={"table": table.number},
    )
    return metric.measure(scope)


@dataclass(frozen=True, kw_only=True)
class TaskMoney:
    """A task's money: execution, the table's amount against what the plan makes due, the projects that pay it."""

    task: Task
    execution: budget.Execution
    compared: budget.Compared | None
    instalments: tuple[DueLine, ...]
    projects: tuple[TaskBook, ...]


def money(table: PerformanceTable) -> tuple[list[TaskMoney], budget.Execution]:
    """Return each task's money and the total. Seven queries at most."""
    form = form_of(newest_version(table))
    paid, of_projects = paid_by_task(paid_lines(table)), books(table)
    due = due_lines(table)
    rows = [
        _task_money(
            t,
            paid.get((t.kind, t.ordinal), Decimal(0)),
            due.get((t.kind, t.ordinal), []),
            of_projects.get((t.kind, t.ordinal), []),
        )
        for t in form.tasks
    ]
    return rows, budget.total_execution(r.execution for r in rows)


def _task_money(task: Task, paid: Decimal, rows: list[DueLine], projects: list[TaskBook]) -> TaskMoney:
    due = sum((r.amount_yuan for r in rows), Decimal(0)) if rows else None
    return TaskMoney(
        task=task,
        execution=budget.execution(task.amount_yuan, paid, due),
        compared=None if due is None else budget.compared(task.amount_yuan, due),
        instalments=tuple(rows),
        projects=tuple(projects),
    )


def instalments(table: PerformanceTable) -> list[budget.Instalment]:
    """Return all that is due as plain values."""
    return [
        budget.Instalment(ordinal=n, period=line.basis, amount_yuan=line.amount_yuan, due_on=line.due_on)
        for lines in due_lines(table).values()
        for n, line in enumerate(lines, 1)
    ]


def table_of_scope(scope: Scope) -> PerformanceTable | None:
    """Return the table a measurement is asked about."""
    return PerformanceTable.objects.filter(number=scope.extra.get("table", ""), org__code=scope.org_code).first()


def get_import(viewer: Viewer, number: str) -> ImportDraft:
    """Return a kept file; raise NotFound (``draft_not_found``) unless the viewer may edit that department's tables."""
    draft = ImportDraft.objects.select_related("org", "table").filter(number=number).first()
    if draft is None or not viewer.may(TABLE_EDIT, draft.org.path):
        raise NotFound("draft_not_found")
    return draft


def orgs_to_fill(viewer: Viewer) -> list[tuple[str, str]]:
    """Return (code, name) of the organisations whose table the viewer may edit."""
    reach = Q(pk__in=())
    for path, subtree in viewer.reach(TABLE_EDIT):
        reach |= Q(path__startswith=path) if subtree else Q(path=path)
    return list(Org.objects.filter(reach, is_active=True).order_by("order", "code").values_list("code", "name"))


def table_of_year(org_id: int, year: int) -> PerformanceTable | None:
    """Return the department's table of a year."""
    return PerformanceTable.objects.filter(org_id=org_id, year=year).first()


def finding_notes(table: PerformanceTable) -> dict[tuple[str, str, str], FindingNote]:
    """Return the explanation in force of each warning by (rule, place, message)."""
    rows = table.finding_notes.order_by("rule", "where", "message", "-pk").distinct("rule", "where", "message")
    return {(row.rule, row.where, row.message): row for row in rows}


def changes_of(table: PerformanceTable, ordinal: int) -> tuple[diff.Change, ...]:
    """Return what a version changed against the one before it."""
    after = get_version(table, ordinal)
    before = get_version(table, ordinal - 1)
    return diff.changes(form_of(before), form_of(after))


def table_of_org(org_code: str, year: int) -> PerformanceTable | None:
    """Return the table of a department (by code) and year, for the city loader."""
    return PerformanceTable.objects.filter(org__code=org_code, year=year).first()
