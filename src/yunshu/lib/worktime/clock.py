"""A service clock: so much working time from a start, standing still while suspended. Pure; nothing is stored between calls.

Everything is computed anew from the start and the pauses, so a promise that changes, or a second one (respond, restore, close) on the
same pauses, cannot forget them. Start at ``due`` and ``spent``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class WorkCalendar(Protocol):
    """What a clock needs: ``WorkingCalendar``, or ``ROUND_THE_CLOCK``."""

    def add_working_time(self, start: datetime, seconds: float) -> datetime: ...

    def working_seconds_between(self, start: datetime, end: datetime) -> float: ...


class RoundTheClock:
    """7 x 24: every second is worked."""

    def add_working_time(self, start: datetime, seconds: float) -> datetime:
        """Return ``start`` and ``seconds``. Raises ValueError for a negative time."""
        if seconds < 0:
            raise ValueError("a negative working time")
        return start + timedelta(seconds=seconds)

    def working_seconds_between(self, start: datetime, end: datetime) -> float:
        """Return the seconds from ``start`` to ``end``; 0 if ``end`` is not later."""
        return max((end - start).total_seconds(), 0.0)


ROUND_THE_CLOCK = RoundTheClock()


@dataclass(frozen=True, slots=True)
class Pause:
    """A suspension; ``end`` None: it lasts. Raises ValueError if it ends before it starts."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("a pause ends before it starts")


def spent(calendar: WorkCalendar, start: datetime, until: datetime, pauses: Iterable[Pause] = ()) -> float:
    """Return the working seconds from ``start`` to ``until`` that the clock ran. Pauses may overlap."""
    total, at = 0.0, start
    for pause in _merged(pauses, start):
        total += calendar.working_seconds_between(at, min(pause.start, until))
        at = until if pause.end is None else pause.end
    return total + calendar.working_seconds_between(at, until)


def due(calendar: WorkCalendar, start: datetime, seconds: float, pauses: Iterable[Pause] = ()) -> datetime | None:
    """Return when ``seconds`` of working time will have run; None while a pause that began before lasts.

    Raises ValueError for a negative time.
    """
    at, left = start, seconds
    for pause in _merged(pauses, start):
        ran = calendar.working_seconds_between(at, pause.start)
        if left <= ran:
            break
        if pause.end is None:
            return None
        at, left = pause.end, left - ran
    return calendar.add_working_time(at, left)


def breached(
    calendar: WorkCalendar, start: datetime, seconds: float, now: datetime, pauses: Iterable[Pause] = ()
) -> bool:
    """Say whether more than ``seconds`` have run by ``now``. A clock that stands still does not become late."""
    return spent(calendar, start, now, pauses) > seconds


def _merged(pauses: Iterable[Pause], start: datetime) -> Sequence[Pause]:
    """Return pauses in order, overlapping ones as one, none before ``start``."""
    out: list[Pause] = []
    for pause in sorted(pauses, key=lambda p: p.start):
        if pause.end is not None and pause.end <= start:
            continue
        begun = max(pause.start, start)
        last = out[-1] if out else None
        if last is None or (last.end is not None and last.end < begun):
            out.append(Pause(begun, pause.end))
        elif last.end is not None:
            out[-1] = Pause(last.start, None if pause.end is None else max(last.end, pause.end))
    return out
