"""An incident's three clocks, computed anew from its start and everything that stopped them.

- *respond* runs from the moment the incident is known here until a person entitled to mend it takes it over and says what is done
  first. A notice sent by a program is no response.
- *restore* runs from the same moment until the service works again: by the probes' evidence where probes found the fault, else as
  reported by who mended it. If the user's unit says it does not, the clock never stopped. Approved suspensions stand still.
- *close* runs until the user's unit has confirmed and, for P1 and P2, the post-mortem is written. Waiting for the
  confirmation stands still.
Time between closing and reopening stands still for the last two. Each promise has its own calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from yunshu.lib.worktime import ROUND_THE_CLOCK, Pause, WorkCalendar, due, spent

RESPOND, RESTORE, CLOSE = "respond", "restore", "close"
CLOCKS = (RESPOND, RESTORE, CLOSE)
STILL: Mapping[str, frozenset[str]] = {
    RESPOND: frozenset(),
    RESTORE: frozenset({"suspended", "closed"}),
    CLOSE: frozenset({"suspended", "closed", "confirming"}),
}
"""Which standstills stop which clock."""
AMBER_AT = 0.7


class Light(StrEnum):
    """How a clock stands: in time, near, late; GREY stands still, or promises nothing."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, kw_only=True)
class Still:
    """One standstill: ``kind`` is suspended, closed or confirming; ``end`` None: it lasts."""

    kind: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, kw_only=True)
class Course:
    """What an incident's clocks are computed from."""

    start: datetime
    ends: Mapping[str, datetime | None]
    stills: tuple[Still, ...] = ()

    def pauses(self, clock: str) -> tuple[Pause, ...]:
        """Return what stopped one clock."""
        return tuple(Pause(s.start, s.end) for s in self.stills if s.kind in STILL[clock])


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One clock as it stands: seconds promised, spent and left (below 0: late by so much), until when, whether it runs.

    ``is_working``: these seconds are working time; ``due_at`` is a moment all the same, and ``until_due`` the time by the wall.
    """

    clock: str
    promised_s: float
    spent_s: float
    is_working: bool
    read_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    is_running: bool
    light: Light

    @property
    def left_s(self) -> float:
        """What is left; below 0 what it is late by."""
        return self.promised_s - self.spent_s

    @property
    def left(self) -> timedelta:
        """The same as a length of time, never below 0: what is left, or what it is late by."""
        return timedelta(seconds=abs(self.left_s))

    @property
    def spent(self) -> timedelta:
        """What was spent, as a length of time."""
        return timedelta(seconds=self.spent_s)

    @property
    def promised(self) -> timedelta:
        """What was promised, as a length of time."""
        return timedelta(seconds=self.promised_s)

    @property
    def until_due(self) -> timedelta:
        """The time by the wall between the reading and ``due_at``, whichever comes first, as the worklist says it."""
        return abs(self.due_at - self.read_at) if self.due_at else timedelta(0)

    @property
    def is_due(self) -> bool:
        """Say whether ``due_at`` has passed: at night that is so although no working second was lost yet."""
        return self.due_at is not None and self.due_at < self.read_at

    @property
    def is_late(self) -> bool:
        """Say whether more was spent than promised."""
        return self.spent_s > self.promised_s


def read(clock: str, course: Course, promised_s: float, calendar: WorkCalendar, now: datetime) -> Reading:
    """Read one clock at ``now``."""
    pauses, end = course.pauses(clock), course.ends.get(clock)
    ran = spent(calendar, course.start, min(end, now) if end else now, pauses)
    is_still = any(p.start <= now and (p.end is None or now < p.end) for p in pauses)
    is_running = end is None and not is_still
    return Reading(
        clock=clock,
        promised_s=promised_s,
        spent_s=ran,
        is_working=calendar is not ROUND_THE_CLOCK,
        read_at=now,
        due_at=due_at(clock, course, promised_s, calendar),
        ended_at=end,
        is_running=is_running,
        light=_light(ran, promised_s, stopped=not is_running and end is None),
    )


def due_at(clock: str, course: Course, promised_s: float, calendar: WorkCalendar) -> datetime | None:
    """Return when a clock's promise ends; None while it stands still."""
    return due(calendar, course.start, promised_s, course.pauses(clock))


def next_clock(course: Course) -> str | None:
    """Return the clock that waits for somebody: the first that has not ended."""
    return next((clock for clock in CLOCKS if course.ends.get(clock) is None), None)


def _light(ran: float, promised: float, *, stopped: bool) -> Light:
    if ran > promised:
        return Light.RED
    if stopped:
        return Light.GREY
    return Light.AMBER if ran >= promised * AMBER_AT else Light.GREEN
