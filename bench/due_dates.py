"""A million due dates of the hotline beside the naive way, which steps from day to day.

    uv run python bench/due_dates.py [--quick]

Random receipts over three years, limits of 2, 10 and 15 working days, a third of them suspended once. Every answer of the naive
way that was computed is compared; the first that differs ends the run. Goal: a million in less than ten seconds of one core.
"""

import argparse
import sys
import time as clock
from datetime import date, datetime, time, timedelta
from random import Random

import _root  # noqa: F401 - puts the repository on the path

from yunshu.domains.hotline.rules.clocks import Course, Limit, Unit, due_at
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.worktime import Pause, WorkingCalendar

FULL, QUICK, NAIVE = 1_000_000, 50_000, 2_000
SEED, GOAL_S = 12_345, 10.0
FIRST = datetime(2025, 1, 1, tzinfo=CITY_ZONE)
LIMITS = tuple(Limit(amount=n, unit=Unit.WORKING_DAYS) for n in (2, 10, 15))
SEGMENTS = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))


def calendar(chance: Random) -> WorkingCalendar:
    """Return four years with holidays, make-up Saturdays and half days."""
    special: dict[date, str] = {}
    for day in (FIRST.date() + timedelta(n) for n in chance.sample(range(1500), 160)):
        special[day] = "workday" if day.weekday() >= 5 else chance.choice(("holiday", "closure", "morning"))
    return WorkingCalendar.of(
        segments={date(2020, 1, 1): SEGMENTS}, special_days=special, known_years=range(2025, 2029)
    )


def courses(count: int, seed: int) -> list[Course]:
    """Return receipts at any hour; every third stands still once."""
    chance, out = Random(seed), []
    for n in range(count):
        start = FIRST + timedelta(seconds=chance.randrange(1000 * 86_400))
        begun = start + timedelta(seconds=chance.randrange(86_400))
        pause = (Pause(begun, begun + timedelta(seconds=chance.randrange(5 * 86_400))),) if n % 3 == 0 else ()
        out.append(Course(start=start, limit=LIMITS[n % 3 - 1], pauses=pause))
    return out


def naive(course: Course, times: WorkingCalendar) -> datetime:
    """Step from day to day for the promise, then through the working stretches for what stood still."""
    day = course.start.date()
    if not times.segments(day) or course.start > times.closing(day):
        day = next_workday(day, times)
    for _ in range(course.limit.total):
        day = next_workday(day, times)
    due, stood = times.closing(day), 0.0
    for pause in course.pauses:
        stood += worked(max(pause.start, course.start), min(pause.end or due, due), times)
    while course.pauses and stood > 0:
        begun, due = due, due + timedelta(seconds=stood)
        stood -= worked(begun, due, times)
        stood += 0 if due <= begun else still(course.pauses, begun, due, times)
    return due


def still(pauses: tuple[Pause, ...], begun: datetime, until: datetime, times: WorkingCalendar) -> float:
    """Return the working seconds of pauses within a stretch."""
    return sum(worked(max(p.start, begun), min(p.end or until, until), times) for p in pauses)


def next_workday(day: date, times: WorkingCalendar) -> date:
    """Return the working day after a day."""
    day += timedelta(days=1)
    while not times.segments(day):
        day += timedelta(days=1)
    return day


def worked(begun: datetime, until: datetime, times: WorkingCalendar) -> float:
    """Return the working seconds of a stretch, segment by segment."""
    total, day = 0.0, begun.date()
    while day <= until.date():
        for a, b in times.segments(day):
            first = max(datetime.combine(day, a, CITY_ZONE), begun)
            last = min(datetime.combine(day, b, CITY_ZONE), until)
            total += max((last - first).total_seconds(), 0.0)
        day += timedelta(days=1)
    return total


def main() -> None:
    """Measure, compare, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    count = QUICK if asked.quick else FULL
    times, cases = calendar(Random(asked.seed)), courses(count, asked.seed)
    began = clock.process_time()
    found = [due_at(course, times) for course in cases]
    ours = clock.process_time() - began
    began = clock.process_time()
    expected = [naive(course, times) for course in cases[:NAIVE]]
    theirs = (clock.process_time() - began) * count / NAIVE
    for n, (mine, other) in enumerate(zip(found, expected, strict=False)):
        if mine is None or abs((mine - other).total_seconds()) > 1:
            sys.exit(f"case {n}: {mine} here, {other} by steps, of {cases[n]}")
    print(
        f"seed {asked.seed}: {count} due dates in {ours:.2f} s; day by day {theirs:.1f} s (of {NAIVE}); {theirs / ours:.1f} x"
    )
    if ours * FULL / count > GOAL_S:
        sys.exit(f"slower than {GOAL_S} s a million")


if __name__ == "__main__":
    main()
