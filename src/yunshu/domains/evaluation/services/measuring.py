"""Measures a table: compares each promise with its evidence and appends a row wherever the answer changed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, Indicator
from yunshu.domains.evaluation.models import Binding, MeasurementRow, PerformanceTable
from yunshu.domains.evaluation.services import proof
from yunshu.domains.evaluation.services.locks import indicator_of, locked_table
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError
from yunshu.lib.kernel.measure import metrics

log = structlog.get_logger()
BY_HAND = "evaluation.evidence/1"
SPACED = timedelta(hours=1)


def measure(table: PerformanceTable, now: datetime, *, spaced: timedelta = timedelta(0)) -> int:
    """Append a measurement for each indicator whose value, light or evidence changed; return how many did.

    ``spaced``: a change that leaves the light as it was waits until the newest measurement is so old.
    """
    newest = selectors.newest_measurements(table)
    changed = 0
    for line in selectors.scoreboard(table, clock.city_date(now)):
        row = _row(table, line, now)
        last = newest.get(line.indicator.ordinal)
        if last and (last.light, last.made_from, last.value) == (row.light, row.made_from, row.value):
            continue
        if last and last.light == row.light and now - last.at < spaced:
            continue
        if last is None and row.value is None:
            continue
        row.save(force_insert=True)
        proof.of_measurement(row, now)
        changed += 1
    return changed


def _row(table: PerformanceTable, line: selectors.Line, now: datetime) -> MeasurementRow:
    made_by, made_from = BY_HAND, _evidence_digest(table, line.indicator.ordinal)
    if line.measurement is not None:
        made_by, made_from = line.measurement.made_by, line.measurement.made_from
    return MeasurementRow(
        table=table,
        indicator=line.indicator.ordinal,
        at=now,
        value=line.verdict.value,
        low=line.measurement.low if line.measurement else None,
        high=line.measurement.high if line.measurement else None,
        light=line.verdict.light.value,
        made_by=made_by,
        made_from=made_from,
    )


def _evidence_digest(table: PerformanceTable, indicator: int) -> str:
    rows = selectors.evidence_in_force(table, indicator)
    text = "\n".join(f"{r.number} {r.on} {r.value.normalize()}" for r in rows)
    return hashlib.sha256(text.encode()).hexdigest()


def measure_running(*, now: datetime) -> int:
    """Measure every table that runs, each for itself; return how many measurements were appended.

    What domains measure changes without anybody touching the table. A light that turns is written at once, a figure that
    only moves (availability does so all the time) at most once an hour.
    """
    appended = 0
    for number in PerformanceTable.objects.filter(stage__in=selectors.RUNNING).values_list("number", flat=True):
        try:
            with transaction.atomic():
                table = PerformanceTable.objects.select_for_update().get(number=number)
                appended += measure(table, now, spaced=SPACED)
        except YunshuError as error:
            log.warning("evaluation.not_measured", table=number, why=error.code)
    return appended


@transaction.atomic
def measure_table(*, actor: Viewer, number: str, now: datetime) -> int:
    """Measure one table now. Raises NotFound (``table_not_found``) and NotPermitted."""
    return measure(locked_table(actor, number, EVIDENCE_EDIT), now)


def demand_fitting(promise: Indicator, metric: str) -> None:
    """Raise Refused (``metric_unknown``, ``unit_differs``) unless ``metric`` is empty or measures in the promise's unit."""
    offered = metrics().get(metric)
    if metric and offered is None:
        raise Refused("metric_unknown", _("没有这个度量。"), where="metric")
    if offered and offered.unit != promise.unit:
        units = {"metric": offered.unit, "promise": promise.unit}
        raise Refused(
            "unit_differs", _("度量单位为“%(metric)s”，指标单位为“%(promise)s”，不能绑定。") % units, where="metric"
        )


def bound(table: PerformanceTable, indicator: int, metric: str, *, accumulates: bool) -> Binding:
    """Let an indicator be measured so from now on. Raises as ``demand_fitting``."""
    demand_fitting(indicator_of(table, indicator), metric)
    row, _made = Binding.objects.select_for_update().get_or_create(table=table, indicator=indicator)
    row.metric, row.accumulates = metric, accumulates
    row.save(update_fields=["metric", "accumulates"])
    return row


@transaction.atomic
def bind_untouched(*, actor: Viewer, number: str, metrics_of: Mapping[int, str], now: datetime) -> int:
    """Bind the indicators (number -> metric) that nobody has bound or proven by hand since they were made; return how many.

    A table that does not run is left alone. Raises NotFound, NotPermitted and as ``demand_fitting``.
    """
    table = locked_table(actor, number, EVIDENCE_EDIT)
    if table.stage not in selectors.RUNNING:
        return 0
    proven = set(table.evidence.values_list("indicator", flat=True))
    rows = table.bindings.filter(metric="").annotate(changes=Count("events"))
    open_ones = {row.indicator for row in rows if row.changes == 1} - proven
    wanted = {indicator: metric for indicator, metric in metrics_of.items() if metric and indicator in open_ones}
    for indicator, metric in wanted.items():
        bound(table, indicator, metric, accumulates=False)
    if wanted:
        measure(table, now)
    return len(wanted)
