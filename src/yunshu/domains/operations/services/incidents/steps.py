"""What every verb of an incident does at its end: a step in the timeline, on the ledger, the clocks' deadlines, the holder."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import PROOF_KIND, Proven
from yunshu.domains.operations.incident_choices import StandKind
from yunshu.domains.operations.models import Incident, IncidentStep, ServiceLevel, Standstill
from yunshu.domains.operations.rules import clocks
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.selectors import levels
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import NotFound, Refused

WATCHER = System(name="运行监测")
DUES = {clocks.RESPOND: "respond_due_at", clocks.RESTORE: "restore_due_at", clocks.CLOSE: "close_due_at"}


def locked(viewer: Viewer, number: str) -> Incident:
    """Return one incident in sight, locked; raise NotFound (``incident_not_found``)."""
    seen = selectors.get_incident(viewer, number)
    row = Incident.objects.select_for_update().filter(pk=seen.pk).first()
    if row is None:
        raise NotFound("incident_not_found")
    return row


def append(
    row: Incident, verb: str, actor: Viewer, now: datetime, words: str = "", data: Mapping[str, Any] | None = None
) -> IncidentStep:
    """Write one step and its record on the ledger. Call it with the incident locked."""
    last = row.steps.aggregate(last=Max("seq"))["last"] or 0
    kind = Proven.INCIDENT if last == 0 else Proven.INCIDENT_STEP
    payload = {
        "seq": last + 1,
        "verb": verb,
        "stage": row.stage,
        "at": now,
        "actor": actor.name,
        "words": words,
        **(data or {}),
    }
    record = ledger.record(kind=f"{PROOF_KIND}{kind.value}", subject=row.number, payload=payload, by=actor, now=now)
    return IncidentStep.objects.create(
        incident=row,
        seq=last + 1,
        verb=verb,
        at=now,
        actor=actor.name,
        words=words,
        data=dict(data or {}),
        record=record,
    )


def move(row: Incident, verb: str, actor: Viewer, now: datetime, reason: str = "") -> None:
    """Take a step of the flow. Raises Conflict, NotPermitted and Refused as the workflow does."""
    case = workflow.act(actor=actor, flow=life.CODE, number=row.number, verb=verb, reason=reason, now=now)
    row.stage = case.state


def settle(row: Incident, now: datetime) -> None:
    """Save the incident with the deadlines of its clocks; hand its open task and its clock's deadline to who holds it."""
    refresh_dues([row])
    row.save()
    course = selectors.course_of(row)
    waiting = clocks.next_clock(course) if row.stage in life.OPEN else None
    due = getattr(row, DUES[waiting]) if waiting else None
    task = workflow.own_deadline(flow=life.CODE, number=row.number, due_at=due)
    if task is not None and row.holder_id and row.stage in (life.REPORTED, life.HANDLING, life.SUSPENDED):
        try:
            workflow.hand_over(actor=WATCHER, task_id=task.pk, person_id=row.holder_id, now=now)
        except (Refused, NotFound):  # who is on duty may not mend here: the task is anybody's who may
            row.holder = None
            row.save(update_fields=["holder"])


def widen(
    row: Incident, scopes: Iterable[str], priority: str, now: datetime, *made: Mapping[str, Mapping[str, Any]]
) -> None:
    """Take in further scopes and a graver priority; promises become stricter, never lighter, and a step says so.

    ``made`` are promises of what is merged into it. Settle afterwards.
    """
    row.scopes = list(dict.fromkeys([*row.scopes, *scopes]))
    graver = min(row.priority, priority)
    level, promises = levels.strictest(levels_of(row), graver, row.opened_at, row.promises, *made)
    if (graver, promises) == (row.priority, row.promises):
        return
    data = {"from": row.priority, "to": graver, "level": level.code, "promises": promises}
    row.level, row.priority, row.promises = level, graver, promises
    append(row, "grade", WATCHER, now, data=data)


def levels_of(row: Incident) -> list[ServiceLevel]:
    """Return every level that an incident falls under: by its tags, its cause and what it took down."""
    members = row.members.select_related("target")
    tags = [row.target.scopes] if row.target else []
    return levels.levels_for(row.scopes, [*tags, *(member.target.scopes for member in members)])


def refresh_dues(rows: Iterable[Incident]) -> None:
    """Compute the deadlines of incidents anew, without saving them; None while a clock stands still or promises nothing."""
    found = list(rows)
    times = selectors.calendars_of(found)
    for row in found:
        course = selectors.course_of(row)
        for clock, name in DUES.items():
            promise = row.promises.get(clock)
            at = (
                clocks.due_at(clock, course, promise["minutes"] * selectors.MINUTE_S, times[promise["hours"]])
                if promise
                else None
            )
            setattr(row, name, at)


def stand(row: Incident, kind: StandKind, now: datetime, **more: Any) -> None:
    """Let clocks stand still from now on; whatever stood before ends."""
    go_on(row, now)
    Standstill.objects.create(incident=row, kind=kind, starts_at=now, **more)


def go_on(row: Incident, now: datetime) -> None:
    """Let the clocks run again."""
    row.stills.filter(ends_at__isnull=True).update(ends_at=now)
