"""Deadlines, lights and the hash chain of a case's history: arithmetic over plain values."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from yunshu.domains.workflow.contracts import DeadlineSpec, Light, Unit
from yunshu.lib.worktime import WorkingCalendar

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
