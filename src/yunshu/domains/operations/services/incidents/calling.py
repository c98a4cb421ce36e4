"""By the clock: call the next tier when a promise nears or passes its end; follow a calendar that changed."""

from datetime import datetime

from django.db import transaction

from yunshu.domains.operations.models import Incident, IncidentCall, IncidentCalled
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.services.incidents import steps, telling

PERCENT = 100


@transaction.atomic
def call_due(*, now: datetime) -> int:
    """Fire every call that is due and has not been fired for the present deadline; return how many. Safe to run twice."""
    rules = list(IncidentCall.objects.filter(is_active=True))
    rows = list(
        Incident.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(stage__in=life.OPEN)
        .select_related("org", "reporter")
        .prefetch_related("stills")
        .order_by("pk")
    )
    times = selectors.calendars_of(rows)
    fired = 0
    for row in rows:
        running = {r.clock: r for r in selectors.readings(row, now, times) if r.is_running}
        for rule in rules:
            reading = running.get(rule.clock)
            fits = rule.priority in ("", row.priority)
            if reading and fits and reading.spent_s * PERCENT >= reading.promised_s * rule.percent:
                fired += reading.due_at is not None and _fire(row, rule, reading.due_at, now)
    return fired


def _fire(row: Incident, rule: IncidentCall, due_at: datetime, now: datetime) -> bool:
    _row, made = IncidentCalled.objects.get_or_create(incident=row, rule=rule, due_at=due_at, defaults={"at": now})
    if made:
        names = telling.of_call(row, rule, due_at, now)
        data = {"rule": rule.code, "clock": rule.clock, "percent": rule.percent, "tier": rule.tier, "due_at": due_at}
        steps.append(row, "call", steps.WATCHER, now, "、".join(names), data)
    return made


@transaction.atomic
def follow_calendar(*, now: datetime) -> int:
    """Compute the deadlines of open incidents anew after a change of calendars or hours; return how many moved."""
    rows = Incident.objects.select_for_update(of=("self",)).filter(stage__in=life.OPEN).prefetch_related("stills")
    moved = 0
    for row in rows:
        before = [getattr(row, name) for name in steps.DUES.values()]
        steps.settle(row, now)
        moved += before != [getattr(row, name) for name in steps.DUES.values()]
    return moved
