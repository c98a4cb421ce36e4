"""Half hours, shifts and the gap between who is needed and who comes; working hours of a week.

劳动法 (1995) art. 36: 每日工作时间不超过八小时、平均每周工作时间不超过四十四小时 (recalled, not read again; shift systems may be approved otherwise
under art. 39): more is shown, not refused. Overlapping shifts of one person and somebody on leave are refused.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from yunshu.lib.cti.staffing import Load, Staffing, Target, outlook, staffing
from yunshu.lib.kernel.clock import CITY_ZONE

WEEKDAYS, SLOTS, SLOT_MINUTES = 7, 48, 30
MOST_WEEK_HOURS = 44
"""劳动法 art. 36."""
LEAST_REST_HOURS = 11
"""Hours between two shifts below which the planner is warned; ours."""
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Span:
    """One person's turn: who, from when to when (aware), rest within, with which skills."""

    person_id: int
    starts: datetime
    ends: datetime
    rest_minutes: int = 0
    skills: tuple[str, ...] = ()

    @property
    def hours(self) -> float:
        """Working hours without the rest."""
        return (self.ends - self.starts) / timedelta(hours=1) - self.rest_minutes / 60


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What staffing is computed with: seconds a call, the share to be answered within some seconds, shrinkage, highest occupancy.

    GB/T 33358-2016: answered within 15 s, 95 % connected; the other three are ours until a city measures its own.
    """

    handling_s: float = 240.0
    share: float = 0.95
    within_s: float = 15.0
    shrinkage: float = 0.1
    occupancy: float = 0.85


@dataclass(frozen=True, kw_only=True)
class HalfHour:
    """One half hour: calls expected, agents needed at the telephone and on the roster, who is there, and what that gives."""

    slot: int
    calls: float
    needed: Staffing
    present: int
    given: Staffing

    @property
    def gap(self) -> int:
        """How many more must come; below 0: so many can be spared."""
        return self.needed.rostered - self.present

    @property
    def label(self) -> str:
        """When it begins."""
        return f"{self.slot // 2:02}:{self.slot % 2 * SLOT_MINUTES:02}"


def span_of(person_id: int, on: date, starts_at: time, ends_at: time, rest: int, skills: Sequence[str] = ()) -> Span:
    """Return a shift on a day as moments; an end that is not after the beginning is the next day's."""
    starts = datetime.combine(on, starts_at, CITY_ZONE)
    ends = datetime.combine(on if ends_at > starts_at else on + DAY, ends_at, CITY_ZONE)
    return Span(person_id=person_id, starts=starts, ends=ends, rest_minutes=rest, skills=tuple(skills))


def overlap(one: Span, other: Span) -> bool:
    """Say whether somebody would have to be at two places."""
    return one.starts < other.ends and other.starts < one.ends


def present(spans: Iterable[Span], on: date) -> list[int]:
    """Return for each half hour of a day how many are there for the whole of it. Rest within a shift is not placed: see ``Basis.shrinkage``."""
    midnight = datetime.combine(on, time(), CITY_ZONE)
    counts = [0] * SLOTS
    for span in spans:
        first = math.ceil((span.starts - midnight) / timedelta(minutes=SLOT_MINUTES))
        last = math.floor((span.ends - midnight) / timedelta(minutes=SLOT_MINUTES))
        for slot in range(max(first, 0), min(last, SLOTS)):
            counts[slot] += 1
    return counts


def day(calls: Mapping[int, float], there: Sequence[int], basis: Basis) -> list[HalfHour]:
    """Return the half hours of a day: what is needed by Erlang C beside who is there."""
    out = []
    for slot in range(SLOTS):
        load = Load(calls=calls.get(slot, 0.0), handling_s=basis.handling_s, interval_s=SLOT_MINUTES * 60)
        needed = staffing(
            load, Target(basis.share, basis.within_s), shrinkage=basis.shrinkage, most_occupancy=basis.occupancy
        )
        at_phones = math.floor(there[slot] * (1 - basis.shrinkage) + 1e-9)
        given = outlook(load, at_phones, basis.within_s, shrinkage=basis.shrinkage) if load.calls else needed
        out.append(HalfHour(slot=slot, calls=load.calls, needed=needed, present=there[slot], given=given))
    return out


def week_hours(spans: Iterable[Span]) -> dict[int, float]:
    """Return each person's working hours."""
    out: dict[int, float] = {}
    for span in spans:
        out[span.person_id] = out.get(span.person_id, 0.0) + span.hours
    return out


def short_rests(spans: Iterable[Span]) -> set[int]:
    """Return who has less than eleven hours between two turns."""
    ordered = sorted(spans, key=lambda span: (span.person_id, span.starts))
    pairs = itertools.pairwise(ordered)
    least = timedelta(hours=LEAST_REST_HOURS)
    return {a.person_id for a, b in pairs if a.person_id == b.person_id and b.starts - a.ends < least}


def monday_of(on: date) -> date:
    """Return the Monday of a day's week."""
    return on - timedelta(days=on.weekday())
