"""Reading incidents: who sees which, how their clocks stand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import (
    INCIDENT_APPROVE,
    INCIDENT_CONFIRM,
    INCIDENT_HANDLE,
    INCIDENT_REPORT,
    TARGET_VIEW,
)
from yunshu.domains.operations.incident_choices import Origin
from yunshu.domains.operations.models import Incident, IncidentReport, IncidentTarget, Standstill
from yunshu.domains.operations.rules import clocks
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors.levels import calendars
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.worktime import WorkCalendar

MINUTE_S = 60
INCIDENT_FILES = "operations.incident"


def visible_incidents(viewer: Viewer) -> QuerySet[Incident]:
    """Return the incidents of what the viewer watches or mends, and those that the viewer's units reported, first or later."""
    reach = Q(pk__in=())
    for permission in (TARGET_VIEW, INCIDENT_HANDLE, INCIDENT_APPROVE):
        reach |= within(viewer, permission, "org__path")
    for permission in (INCIDENT_REPORT, INCIDENT_CONFIRM):
        reach |= within(viewer, permission, "reporter__path")
        told = IncidentReport.objects.filter(within(viewer, permission, "org__path"))
        reach |= Q(pk__in=told.values("incident_id"))
    return Incident.objects.filter(reach).select_related("target", "org", "reporter", "holder", "level")


def open_incidents(viewer: Viewer) -> QuerySet[Incident]:
    """Return those that wait for somebody, the gravest and the most urgent first."""
    return visible_incidents(viewer).filter(stage__in=life.OPEN).order_by("priority", "opened_at", "pk")


def get_incident(viewer: Viewer, number: str) -> Incident:
    """Return one incident; raise NotFound (``incident_not_found``)."""
    row = visible_incidents(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("incident_not_found")
    return row


def open_by_target(numbers: Collection[str]) -> dict[str, Incident]:
    """Return the open incident that each of these targets stands under, as its cause or as one that is down; the oldest."""
    rows = Incident.objects.filter(stage__in=life.OPEN).select_related("holder", "target").order_by("-opened_at", "-pk")
    under = IncidentTarget.objects.filter(target__number__in=list(numbers), until__isnull=True)
    found = rows.filter(Q(target__number__in=list(numbers)) | Q(pk__in=under.values("incident_id")))
    members: dict[int, set[str]] = {}
    for incident, number in under.values_list("incident_id", "target__number"):
        members.setdefault(incident, set()).add(number)
    out: dict[str, Incident] = {}
    for row in found:
        names = members.get(row.pk, set()) | ({row.target.number} if row.target else set())
        out |= dict.fromkeys(names & set(numbers), row)
    return out


def course_of(row: Incident, stills: Iterable[Standstill] | None = None) -> clocks.Course:
    """Return what an incident's clocks are computed from.

    Where probes found the fault, their evidence ends the restore clock, even if people reported later.
    """
    rows = row.stills.all() if stills is None else stills
    ended = [at for at in (row.recovered_at if row.origin == Origin.PROBE else None, row.restored_at) if at]
    over = row.stage in life.FINAL and row.stage != life.ARCHIVED
    stopped = row.closed_at if over else None
    return clocks.Course(
        start=row.opened_at,
        ends={
            clocks.RESPOND: row.responded_at or stopped,
            clocks.RESTORE: min(ended, default=None) or stopped,
            clocks.CLOSE: row.closed_at,
        },
        stills=tuple(clocks.Still(kind=s.kind, start=s.starts_at, end=s.ends_at) for s in rows),
    )


def readings(row: Incident, now: datetime, times: Mapping[str, WorkCalendar] | None = None) -> list[clocks.Reading]:
    """Return how each promised clock of an incident stands."""
    known = calendars_of([row]) if times is None else times
    course = course_of(row)
    return [
        clocks.read(clock, course, row.promises[clock]["minutes"] * MINUTE_S, known[row.promises[clock]["hours"]], now)
        for clock in clocks.CLOCKS
        if clock in row.promises
    ]


def calendars_of(rows: Iterable[Incident]) -> dict[str, WorkCalendar]:
    """Return the calendars that these incidents' promises are counted in."""
    return calendars({promise["hours"] for row in rows for promise in row.promises.values()})


@dataclass(frozen=True, kw_only=True)
class BoardLine:
    """One open incident as the board shows it: ``clock`` is the one that counts now, None if none is promised."""

    incident: Incident
    clock: clocks.Reading | None
    affected: int


def board(viewer: Viewer, now: datetime) -> list[BoardLine]:
    """Return every open incident in sight with the clock that counts, what is late first, then the gravest."""
    rows = list(open_incidents(viewer).prefetch_related("stills", "members"))
    times = calendars_of(rows)
    lines = [
        BoardLine(
            incident=row,
            clock=counting(readings(row, now, times)),
            affected=_affected(row),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.clock is None or not line.clock.is_late, line.incident.priority))


def _affected(row: Incident) -> int:
    """Return how many targets are down: those that probes found, and the one named in the report until it is mended."""
    members = row.members.all()
    down = {m.target_id for m in members if m.until is None}
    if row.target_id and row.restored_at is None and all(m.target_id != row.target_id for m in members):
        down.add(row.target_id)
    return len(down)


def counting(lines: Sequence[clocks.Reading]) -> clocks.Reading | None:
    """Return the clock that waits for somebody: the first that has not ended."""
    return next((line for line in lines if line.ended_at is None), None)


def may_see(viewer: Viewer, number: str) -> bool:
    """Say whether an incident's files are the viewer's to see."""
    return visible_incidents(viewer).filter(number=number).exists()


def may_add(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may attach evidence: whoever mends or reports there."""
    row = visible_incidents(viewer).filter(number=number).first()
    return row is not None and (
        viewer.may(INCIDENT_HANDLE, row.org.path)
        or any(viewer.may(INCIDENT_REPORT, path) for path in reporting_paths(row))
    )


def reporting_paths(row: Incident) -> set[str]:
    """Return the paths of the units that reported an incident, and of the one that confirms it."""
    return {row.reporter.path, *row.reports.values_list("org__path", flat=True)}


def org_path_of(number: str) -> str:
    """Return the path of the organisation that mends it; ``/`` where there is no such incident."""
    return Incident.objects.filter(number=number).values_list("org__path", flat=True).first() or "/"
