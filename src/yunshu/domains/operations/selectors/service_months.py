"""A month of service: what counts under a contract's clause, and the report that is printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import CONFIGURE, TARGET_VIEW
from yunshu.domains.operations.incident_choices import ClauseMetric
from yunshu.domains.operations.models import ChangeTarget, Incident, IncidentTarget, Penalty, ServiceClause
from yunshu.domains.operations.rules import clocks, penalties
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import changes
from yunshu.domains.operations.selectors.incidents import calendars_of, readings, visible_incidents
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound

HOUR_S = Decimal(3600)
CENT = Decimal("0.01")
WAITED = {
    ClauseMetric.LATE_RESPONSE: clocks.RESPOND,
    ClauseMetric.LATE_RESTORE: clocks.RESTORE,
    ClauseMetric.LATE_RESTORE_HOURS: clocks.RESTORE,
}


@dataclass(frozen=True, kw_only=True)
class Basis:
    """One incident or target behind a quantity: its number, its name, how much."""

    number: str
    title: str
    hours: Decimal
    detail: str = ""


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return the first moment of a month and of the next, in the city."""
    first = month.replace(day=1)
    start, end = (datetime.combine(day, time(), clock.CITY_ZONE) for day in (first, penalties.next_month(first)))
    return start, end


def visible_clauses(viewer: Viewer) -> QuerySet[ServiceClause]:
    """Return the clauses of the organisations whose service the viewer watches or keeps."""
    reach = within(viewer, TARGET_VIEW, "org__path") | within(viewer, CONFIGURE, "org__path")
    return ServiceClause.objects.filter(reach).select_related("org")


def visible_penalties(viewer: Viewer) -> QuerySet[Penalty]:
    """Return the deductions by clauses in sight."""
    return Penalty.objects.filter(clause__in=visible_clauses(viewer)).select_related("clause__org")


def get_penalty(viewer: Viewer, number: str) -> Penalty:
    """Return one deduction; raise NotFound (``penalty_not_found``)."""
    row = visible_penalties(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("penalty_not_found")
    return row


def in_force(clause: ServiceClause, month: date) -> tuple[datetime, datetime]:
    """Return the part of a month in which a clause holds; empty (end before start) if it does not."""
    start, end = bounds(month)
    begins = datetime.combine(clause.valid_from, time(), clock.CITY_ZONE)
    if clause.valid_to is not None:
        end = min(end, datetime.combine(clause.valid_to + timedelta(days=1), time(), clock.CITY_ZONE))
    return max(start, begins), end


def incidents_under(clause: ServiceClause, month: date) -> QuerySet[Incident]:
    """Return the incidents of a month (by the moment the clocks began) that a clause is about; merged and false ones are not."""
    start, end = in_force(clause, month)
    rows = Incident.objects.filter(opened_at__gte=start, opened_at__lt=end).exclude(stage__in=(life.MERGED, life.VOID))
    what = Q(scopes__contains=[clause.scope]) if clause.scope else Q(target__contract=clause.contract)
    rows = rows.filter(what)
    if clause.priority:
        rows = rows.filter(priority=clause.priority)
    return rows.select_related("target").prefetch_related("stills").order_by("opened_at", "pk")


def quantity(clause: ServiceClause, month: date, now: datetime) -> tuple[Decimal, list[Basis]]:
    """Return how much of what a clause counts there was in a month, and what it rests on."""
    if clause.metric == ClauseMetric.DOWNTIME_HOURS:
        found = _downtime(clause, month, now)
        return sum((b.hours for b in found), Decimal(0)), found
    waited = WAITED[ClauseMetric(clause.metric)]
    rows = list(incidents_under(clause, month))
    times = calendars_of(rows)
    late = [
        _late(row, reading)
        for row in rows
        for reading in readings(row, now, times)
        if reading.clock == waited and reading.is_late
    ]
    if clause.metric == ClauseMetric.LATE_RESTORE_HOURS:
        return sum((b.hours for b in late), Decimal(0)), late
    return Decimal(len(late)), late


def _late(row: Incident, reading: clocks.Reading) -> Basis:
    promised, spent = (_hours(s) for s in (reading.promised_s, reading.spent_s))
    return Basis(number=row.number, title=row.title, hours=_hours(-reading.left_s), detail=f"{spent} / {promised} h")


def _hours(seconds: float) -> Decimal:
    return (Decimal(round(seconds)) / HOUR_S).quantize(CENT)


def _downtime(clause: ServiceClause, month: date, now: datetime) -> list[Basis]:
    """Return the hours each target was down in a month: by the incidents it stood under and by work beyond its windows, without what was approved."""
    start, end = in_force(clause, month)
    end = min(end, now)
    rows = IncidentTarget.objects.filter(
        Q(until__isnull=True) | Q(until__gt=start),
        since__lt=end,
    ).exclude(incident__stage__in=(life.VOID, life.MERGED))
    what = Q(target__scopes__contains=[clause.scope]) if clause.scope else Q(target__contract=clause.contract)
    spans: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for row in rows.filter(what).select_related("target"):
        span = (max(row.since, start), min(row.until or end, end))
        spans.setdefault((row.target.number, row.target.name), []).append(span)
    for number, name in _worked_on(clause, start, end):
        if late := changes.overruns(number, start, end):
            spans.setdefault((number, name), []).extend(late)
    out = []
    for (number, name), found in sorted(spans.items()):
        excused = changes.maintenance(number, start, end)
        seconds = length(found) - sum(length(overlaps(found, span)) for span in excused)
        out.append(Basis(number=number, title=name, hours=_hours(seconds)))
    return [basis for basis in out if basis.hours]


def _worked_on(clause: ServiceClause, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Return the targets under a clause that were worked on in a month, as (number, name)."""
    begun = Q(change__begun_at__lt=end) & (Q(change__finished_at__isnull=True) | Q(change__finished_at__gt=start))
    what = Q(target__scopes__contains=[clause.scope]) if clause.scope else Q(target__contract=clause.contract)
    return list(ChangeTarget.objects.filter(begun, what).values_list("target__number", "target__name").distinct())


def overlaps(
    spans: Iterable[tuple[datetime, datetime]], window: tuple[datetime, datetime]
) -> list[tuple[datetime, datetime]]:
    """Return the parts of spans that lie in a window."""
    cut = [(max(a, window[0]), min(b, window[1])) for a, b in spans]
    return [(a, b) for a, b in cut if a < b]


def length(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Return the seconds that spans cover together; what overlaps counts once."""
    total, at = 0.0, None
    for start, end in sorted(spans):
        begun = start if at is None else max(start, at)
        total += max((end - begun).total_seconds(), 0.0)
        at = end if at is None else max(at, end)
    return total


@dataclass(frozen=True, kw_only=True)
class MonthLine:
    """A priority's month: how many faults, answered and mended in time, the longest hours."""

    priority: str
    count: int
    answered: int
    mended: int
    longest_response: Decimal | None
    longest_restore: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Month:
    """What the monthly report says. ``rows`` are the incidents with their clocks."""

    start: datetime
    end: datetime
    lines: Sequence[MonthLine]
    rows: Sequence[tuple[Incident, Sequence[clocks.Reading]]]
    penalties: Sequence[Penalty]
    changes: Sequence[tuple[object, datetime | None]]


def month_of(viewer: Viewer, month: date, now: datetime) -> Month:
    """Return a month of service in the viewer's sight."""
    start, end = bounds(month)
    found = list(
        visible_incidents(viewer)
        .filter(opened_at__gte=start, opened_at__lt=end)
        .exclude(stage__in=(life.MERGED, life.VOID))
        .prefetch_related("stills")
        .order_by("opened_at", "pk")
    )
    times = calendars_of(found)
    rows = [(row, readings(row, now, times)) for row in found]
    planned = changes.visible_changes(viewer).filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at")
    return Month(
        start=start,
        end=end,
        lines=[_line(p, [r for row, r in rows if row.priority == p]) for p in sorted({r.priority for r in found})],
        rows=rows,
        penalties=list(visible_penalties(viewer).filter(month=month.replace(day=1))),
        changes=[(row, row.finished_at) for row in planned],
    )


def _line(priority: str, rows: Sequence[Sequence[clocks.Reading]]) -> MonthLine:
    def of(name: str) -> list[clocks.Reading]:
        return [r for readings_ in rows for r in readings_ if r.clock == name]

    def in_time(name: str) -> int:
        return sum(r.ended_at is not None and not r.is_late for r in of(name))

    def longest(name: str) -> Decimal | None:
        return max((_hours(r.spent_s) for r in of(name)), default=None)

    return MonthLine(
        priority=priority,
        count=len(rows),
        answered=in_time(clocks.RESPOND),
        mended=in_time(clocks.RESTORE),
        longest_response=longest(clocks.RESPOND),
        longest_restore=longest(clocks.RESTORE),
    )
