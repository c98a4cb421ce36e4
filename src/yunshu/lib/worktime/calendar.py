"""``WorkingCalendar``: what is worked on a date, and sums of working days and working time.

A date's hours are those valid from the latest ``valid_from`` not after it. A special day overrides the week: a
make-up workday (调休) on a Sunday is worked, a half day keeps the segments before or after noon. A date with segments of its own
(值班, on-call duty) has those and nothing else. A segment may end at midnight: ``time(0)``, 24:00 of its date. Beyond the last
year known from an official notice a date is *provisional*: the ordinary week is assumed, and said to be.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from zoneinfo import ZoneInfo

Segment = tuple[time, time]
NOON = time(12, 0)
MIDNIGHT = time(0)
DAY_S = 86_400
SATURDAY = 5
_DAY = timedelta(days=1)
_SEARCH_YEARS = 60


class DayKind(StrEnum):
    """What makes a date differ from the ordinary week."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    CLOSURE = "closure"


def _seconds(at: time) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6


@dataclass(frozen=True)
class _Year:
    """A year's working stretches as UTC seconds, ascending, with the working seconds up to each."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]
    before: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class _Workdays:
    """A year's working days in order, and when work ends on each."""

    days: tuple[date, ...]
    closings: tuple[datetime, ...]


@dataclass(frozen=True)
class WorkingCalendar:
    """Working time as data. ``version`` changes with every change of the data; deadlines remember it."""

    hours: tuple[tuple[date, tuple[Segment, ...]], ...]
    special: Mapping[date, DayKind]
    known_years: frozenset[int]
    version: int
    zone: ZoneInfo
    dated: Mapping[date, tuple[Segment, ...]] = field(default_factory=dict)
    _years: dict[int, _Year] = field(default_factory=dict, repr=False, compare=False)
    _days: dict[int, _Workdays] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        *,
        segments: Mapping[date, Iterable[Segment]],
        special_days: Mapping[date, str],
        known_years: Iterable[int],
        version: int = 1,
        zone: str = "Asia/Shanghai",
        dated: Mapping[date, Iterable[Segment]] | None = None,
    ) -> WorkingCalendar:
        """Build a calendar from rows; ``dated`` gives single dates their own segments, none for a day off.

        Raises ValueError if no hours are given or segments overlap.
        """
        hours = tuple(sorted((day, tuple(sorted(parts))) for day, parts in segments.items()))
        if not hours or not all(parts for _, parts in hours):
            raise ValueError("working hours are missing")
        own = {day: tuple(sorted(parts)) for day, parts in (dated or {}).items()}
        for parts in (*(parts for _, parts in hours), *own.values()):
            flat = [seconds for a, b in parts for seconds in (_seconds(a), _seconds(b) or DAY_S)]
            if flat != sorted(flat) or any(a == b for a, b in zip(flat[::2], flat[1::2], strict=True)):
                raise ValueError("working hours overlap or end before they start")
        special = {day: DayKind(kind) for day, kind in special_days.items()}
        return cls(hours, special, frozenset(known_years), version, ZoneInfo(zone), own)

    def segments(self, on: date) -> tuple[Segment, ...]:
        """Return the stretches worked on a date, in order; none on a day off."""
        if (own := self.dated.get(on)) is not None:
            return own
        kind = self.special.get(on)
        if kind in (DayKind.HOLIDAY, DayKind.CLOSURE) or (kind is None and on.weekday() >= SATURDAY):
            return ()
        index = max(bisect_right(self.hours, on, key=lambda row: row[0]) - 1, 0)
        parts = self.hours[index][1]
        if kind is DayKind.MORNING:
            return tuple((a, NOON if b == MIDNIGHT else min(b, NOON)) for a, b in parts if a < NOON)
        if kind is DayKind.AFTERNOON:
            return tuple((max(a, NOON), b) for a, b in parts if b > NOON or b == MIDNIGHT)
        return parts

    def is_workday(self, on: date) -> bool:
        """Say whether anything is worked on a date."""
        return bool(self.segments(on))

    def provisional(self, on: date) -> bool:
        """Say whether a date lies in a year that no official notice has settled yet."""
        return on.year not in self.known_years

    def closing(self, on: date) -> datetime:
        """Return the instant at which work ends on a workday. Raises ValueError on a day off."""
        parts = self.segments(on)
        if not parts:
            raise ValueError(f"{on} is not a workday")
        return self._end(on, parts[-1][1])

    def _end(self, on: date, at: time) -> datetime:
        return datetime.combine(on + _DAY if at == MIDNIGHT else on, at, self.zone)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """Return the end of work of the ``days``-th working day after the day of receipt.

        The day of receipt does not count (民法典 第二百零一条); what arrives after closing, or on a day off, is
        received on the next working day. Raises ValueError for a negative number.
        """
        if days < 0:
            raise ValueError("a negative number of working days")
        at = self._here(start)
        table = self._workdays(at.year)
        place = bisect_left(table.days, at.date())
        if place < len(table.days) and table.days[place] == at.date() and at > table.closings[place]:
            place += 1
        place += days
        for year in range(at.year + 1, at.year + _SEARCH_YEARS):
            if place < len(table.days):
                return table.closings[place]
            place -= len(table.days)
            table = self._workdays(year)
        raise ValueError("no workday within sight")

    def add_natural_days(self, start: datetime, days: int) -> datetime:
        """Return the end of work of the date ``days`` after receipt; on a day off, of the next working day.

        民法典 第二百零三条: a last day that is a statutory holiday moves to the day after it.
        """
        if days < 0:
            raise ValueError("a negative number of days")
        day = start.astimezone(self.zone).date() + days * _DAY
        return self.closing(day if self.is_workday(day) else self._next_workday(day))

    def add_working_time(self, start: datetime, seconds: float) -> datetime:
        """Return the instant at which ``seconds`` of working time have passed since ``start``.

        ``add_working_time(a, working_seconds_between(a, b)) == b`` for every b inside working time or at its end.
        """
        if seconds < 0:
            raise ValueError("a negative working time")
        year = self._here(start).year
        goal = self._worked_until(start) + seconds
        for step in range(_SEARCH_YEARS):
            table = self._year(year + step)
            if goal <= table.total and table.starts:
                at = max(self._reached(table, goal), start.timestamp()) if seconds == 0 else self._reached(table, goal)
                return datetime.fromtimestamp(at, self.zone)
            goal -= table.total
        raise ValueError("no working time within sight")

    def working_seconds_between(self, start: datetime, end: datetime) -> float:
        """Return the working seconds from ``start`` to ``end``; 0 if ``end`` is not later."""
        if end <= start:
            return 0.0
        first, last = self._here(start).year, self._here(end).year
        whole = sum(self._year(year).total for year in range(first, last)) if first != last else 0.0
        return whole + self._worked_until(end) - self._worked_until(start)

    def _here(self, at: datetime) -> datetime:
        return at if at.tzinfo is self.zone else at.astimezone(self.zone)

    def _next_workday(self, day: date) -> date:
        for _ in range(_SEARCH_YEARS * 366):
            day += _DAY
            if self.is_workday(day):
                return day
        raise ValueError("no workday within sight")

    def _worked_until(self, at: datetime) -> float:
        """Return the working seconds of the year of ``at`` that lie before it."""
        table = self._year(self._here(at).year)
        moment = at.timestamp()
        index = bisect_right(table.starts, moment) - 1
        if index < 0:
            return 0.0
        return table.before[index] + min(moment, table.ends[index]) - table.starts[index]

    @staticmethod
    def _reached(table: _Year, goal: float) -> float:
        """Return the first moment of the year at which ``goal`` working seconds are done."""
        index = max(bisect_left(table.before, goal) - 1, 0)
        return table.starts[index] + goal - table.before[index]

    def _workdays(self, year: int) -> _Workdays:
        table = self._days.get(year)
        if table is None:
            every = (date(year, 1, 1) + n * _DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
            days = tuple(day for day in every if self.is_workday(day))
            table = self._days[year] = _Workdays(days, tuple(self.closing(day) for day in days))
        return table

    def _year(self, year: int) -> _Year:
        table = self._years.get(year)
        if table is None:
            table = self._years[year] = self._table(year)
        return table

    def _table(self, year: int) -> _Year:
        days = (date(year, 1, 1) + n * _DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
        parts = [(day, a, b) for day in days for a, b in self.segments(day)]
        starts = tuple(datetime.combine(day, a, self.zone).timestamp() for day, a, _ in parts)
        ends = tuple(self._end(day, b).timestamp() for day, _, b in parts)
        sums = tuple(accumulate((b - a for a, b in zip(starts, ends, strict=True)), initial=0.0))
        return _Year(starts, ends, sums[:-1], sums[-1])
