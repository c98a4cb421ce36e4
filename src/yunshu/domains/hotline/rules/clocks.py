"""Clocks of a ticket: a limit becomes a promise in working seconds, and the promise a due moment that suspensions push out.

A limit in working days ends with the work of the n-th working day after receipt (``WorkingCalendar.add_working_days``: the day of receipt
does not count, what comes after closing counts as received on the next working day). The working seconds up to that moment are what was
promised. A suspension takes working time off the clock, not days: the due moment moves by exactly what stood still.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from yunshu.lib.worktime import ROUND_THE_CLOCK, Pause, WorkCalendar, WorkingCalendar, due, spent

AMBER_AT = 0.7
"""Share of a promise after which a light turns amber, ninety per cent warns again; ours (sheet A4)."""
MINUTE_S, HOUR_S = 60, 3600
TOLERANCE_S = 0.001
"""Below this nobody is late: seconds of a year are sums of binary fractions."""


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    MINUTES = "minutes"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many units; ``more`` are units granted on top. Minutes run day and night."""

    amount: int
    unit: Unit
    more: int = 0

    @property
    def total(self) -> int:
        """With what was granted."""
        return self.amount + self.more


@dataclass(frozen=True, kw_only=True)
class Course:
    """One run of the handling clock: rework begins another."""

    start: datetime
    limit: Limit
    pauses: tuple[Pause, ...] = ()
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a clock stands: seconds promised and spent, the due moment (None while it stands still), whether it runs."""

    promised_s: float
    spent_s: float
    due_at: datetime | None
    is_running: bool
    is_late: bool
    is_near: bool

    @property
    def share(self) -> float:
        """What part of the promise is used up."""
        return self.spent_s / self.promised_s if self.promised_s else 1.0


def unextended(course: Course) -> Course:
    """Return a course as it was promised before more time was granted."""
    return replace(course, limit=replace(course.limit, more=0))


def counting(unit: Unit, calendar: WorkingCalendar) -> WorkCalendar:
    """Return in whose time a unit is counted."""
    return ROUND_THE_CLOCK if unit is Unit.MINUTES else calendar


def nominal_due(start: datetime, limit: Limit, calendar: WorkingCalendar) -> datetime:
    """Return when a limit ends that is never suspended."""
    if limit.unit is Unit.WORKING_DAYS:
        return calendar.add_working_days(start, limit.total)
    seconds = limit.total * (HOUR_S if limit.unit is Unit.WORKING_HOURS else MINUTE_S)
    return counting(limit.unit, calendar).add_working_time(start, seconds)


def promised_s(course: Course, calendar: WorkingCalendar) -> float:
    """Return the seconds of (working) time that a course may take."""
    until = nominal_due(course.start, course.limit, calendar)
    return counting(course.limit.unit, calendar).working_seconds_between(course.start, until)


def due_at(course: Course, calendar: WorkingCalendar) -> datetime | None:
    """Return when a course is due; None while it stands still."""
    nominal = nominal_due(course.start, course.limit, calendar)
    if not course.pauses:
        return nominal
    times = counting(course.limit.unit, calendar)
    return due(times, course.start, times.working_seconds_between(course.start, nominal), course.pauses)


def spent_s(course: Course, calendar: WorkingCalendar, now: datetime) -> float:
    """Return the seconds that a course ran by ``now`` or by its end."""
    until = min(course.end, now) if course.end else now
    return spent(counting(course.limit.unit, calendar), course.start, until, course.pauses)


def read(course: Course, calendar: WorkingCalendar, now: datetime) -> Reading:
    """Read one course at ``now``."""
    promised, ran = promised_s(course, calendar), spent_s(course, calendar, now)
    stands = any(p.start <= now and (p.end is None or now < p.end) for p in course.pauses)
    return Reading(
        promised_s=promised,
        spent_s=ran,
        due_at=due_at(course, calendar),
        is_running=course.end is None and not stands,
        is_late=ran > promised + TOLERANCE_S,
        is_near=promised * AMBER_AT <= ran <= promised + TOLERANCE_S,
    )
