"""Deadlines, lights and the hash chain of a case's history: arithmetic over plain values."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from yunshu.domains.workflow.contracts import DeadlineSpec, Light, Unit
from yunshu.lib.worktime import WorkingCalendar
from yunshu.lib.worktime.calendar import SATURDAY, DayKind

HOUR_S = 3600
START = "0" * 64


def due_at(spec: DeadlineSpec, start: datetime, paused: timedelta, calendar: WorkingCalendar) -> datetime:
    """Return the instant a deadline ends that began at ``start`` and stood still for ``paused``."""
    if spec.unit is Unit.WORKING_HOURS:
        return calendar.add_working_time(start, spec.amount * HOUR_S) + paused
    add = calendar.add_working_days if spec.unit is Unit.WORKING_DAYS else calendar.add_natural_days
    due = add(start, spec.amount)
    return due + paused


def light(now: datetime, start: datetime, due: datetime | None, amber_at: float, *, paused: bool = False) -> Light:
    """Return the light of a deadline: red from the moment after it, amber after the share ``amber_at`` of its time."""
    if due is None or paused:
        return Light.GREY
    if now > due:
        return Light.RED
    return Light.AMBER if now >= start + (due - start) * amber_at else Light.GREEN


def event_digest(previous: str, event: dict[str, Any]) -> str:
    """Return SHA-256 over the previous digest and the event's canonical JSON: a changed line breaks all after it."""
    text = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


@dataclass(frozen=True)
class CountedDay:
    """One date between receipt and deadline: ``hours`` worked on it, and in words why it counts or not."""

    on: date
    counts: bool
    hours: float
    kind: str


def counted_days(start: datetime, due: datetime, unit: Unit, calendar: WorkingCalendar) -> tuple[CountedDay, ...]:
    """Return every date from receipt to ``due`` with whether it counted: why a deadline is the date it is.

    ``kind`` is ``received`` (the day of receipt, 民法典 第二百零一条), ``workday``, ``makeup`` (调休), ``weekend``,
    ``holiday``, ``closure`` or ``natural``. At most 400 days are told.
    """
    first, last = start.astimezone(calendar.zone).date(), due.astimezone(calendar.zone).date()
    days = min((last - first).days, 399)
    dates = [first + timedelta(days=n) for n in range(days + 1)]
    return tuple(_counted(on, first, unit, calendar) for on in dates)


def _counted(on: date, received: date, unit: Unit, calendar: WorkingCalendar) -> CountedDay:
    hours = sum((_seconds(b) - _seconds(a)) / HOUR_S for a, b in calendar.segments(on))
    kind, counts = _kind(on, calendar), hours > 0
    if on == received and unit is not Unit.WORKING_HOURS:
        kind, counts = "received", False
    elif unit is Unit.NATURAL_DAYS:
        kind, counts = "natural", True
    return CountedDay(on=on, counts=counts, hours=hours, kind=kind)


def _kind(on: date, calendar: WorkingCalendar) -> str:
    special = calendar.special.get(on)
    if special in (DayKind.HOLIDAY, DayKind.CLOSURE):
        return special.value
    if on.weekday() >= SATURDAY:
        return "makeup" if special else "weekend"
    return "workday"


def _seconds(at: time) -> int:
    return at.hour * HOUR_S + at.minute * 60 + at.second
