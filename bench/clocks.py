"""An incident's three clocks beside a brute-force oracle and beside GLPI's way with calendars and pauses.

    uv run python bench/clocks.py [--quick]

Two parts. *There and back*: a million random incidents, each with up to four standstills and a promise in the working time of a
random calendar (调休, half days, dates on duty): at the due moment exactly the promise has been spent, and nothing
is late yet. *Oracle*: random courses read by a clock that knows only seconds: one loop over every second, no arithmetic.
Beside them, what GLPI would say where it is known to differ: weekday before 调休 (src/Calendar.php), pauses forgotten by a new SLA
(#6902, #15605), breach while pending (#24481).
"""

import argparse
import sys
import time as clock
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import _root  # noqa: F401 - puts the repository on the path

from yunshu.domains.operations.rules.clocks import CLOCKS, STILL, Course, Still, due_at, read
from yunshu.lib.worktime import ROUND_THE_CLOCK, WorkingCalendar

FULL, QUICK = 1_000_000, 20_000
ORACLE, QUICK_ORACLE = 400, 20
SEED = 20_260_214
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 1, 1, tzinfo=ZONE)
DAY_S = 86_400
SEGMENTS = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
KINDS = ("suspended", "confirming", "closed")


def calendar(chance: Random) -> WorkingCalendar:
    """Return a city's two years: some Saturdays worked, stretches off, half days, dates on duty to midnight."""
    days = [FIRST.date() + timedelta(n) for n in range(800)]
    special: dict[date, str] = {}
    for day in chance.sample(days, 60):
        if day.weekday() == 5:
            special[day] = "workday"
        elif day.weekday() < 5:
            special[day] = chance.choice(("holiday", "morning", "afternoon"))
    dated = {day: [(time(20), time(0))] for day in chance.sample(days, 10)}
    return WorkingCalendar.of(
        segments={date(2020, 1, 1): SEGMENTS}, special_days=special, known_years=[2026, 2027], dated=dated
    )


def course(chance: Random, span_s: int) -> Course:
    """Return an incident with standstills that follow each other, as the service writes them; the last may last."""
    start = FIRST + timedelta(seconds=chance.randrange(300 * DAY_S))
    at, stills = start, []
    for _ in range(chance.randrange(5)):
        begun = at + timedelta(seconds=chance.randrange(span_s))
        at = begun + timedelta(seconds=chance.randrange(span_s))
        stills.append(Still(kind=chance.choice(KINDS), start=begun, end=at))
    return Course(start=start, ends={}, stills=tuple(stills))


def there_and_back(count: int, seed: int) -> float:
    """Check ``count`` cases; return the seconds it took. Leaves at the first that is wrong."""
    chance = Random(seed)
    calendars = [calendar(Random(n)) for n in range(20)] + [ROUND_THE_CLOCK]
    began = clock.perf_counter()
    for n in range(count):
        times, case, name = chance.choice(calendars), course(chance, 5 * DAY_S), chance.choice(CLOCKS)
        promised = chance.randint(1, 40 * 3600)
        due = due_at(name, case, promised, times)
        if due is None:
            sys.exit(f"case {n}: a promise without an end")
        then = read(name, case, promised, times, due)
        if then.spent_s != promised or then.is_late:
            sys.exit(f"case {n}: {then.spent_s} s of {promised} spent at {due}")
    return clock.perf_counter() - began


def by_the_second(name: str, case: Course, times: WorkingCalendar, until: datetime) -> int:
    """Return what a clock spent, counted second by second: the oracle."""
    total, at, length = 0, case.start, int((until - case.start).total_seconds())
    for second in range(length):
        now = at + timedelta(seconds=second)
        still = any(s.kind in STILL[name] and s.start <= now and (s.end is None or now < s.end) for s in case.stills)
        moment = now.time()
        worked = any(a <= moment and (b == time(0) or moment < b) for a, b in times.segments(now.date()))
        total += worked and not still
    return total


def oracle(count: int, seed: int) -> tuple[int, float, float]:
    """Compare with the oracle; return the seconds compared, the oracle's time and ours."""
    chance, seconds, theirs, ours = Random(seed + 1), 0, 0.0, 0.0
    for n in range(count):
        times, case, name = calendar(chance), course(chance, 3600 * 6), chance.choice(CLOCKS)
        until = case.start + timedelta(seconds=chance.randrange(2 * DAY_S))
        began = clock.perf_counter()
        expected = by_the_second(name, case, times, until)
        theirs += clock.perf_counter() - began
        began = clock.perf_counter()
        found = read(name, case, 3600, times, until).spent_s
        ours += clock.perf_counter() - began
        seconds += int((until - case.start).total_seconds())
        if found != expected:
            sys.exit(f"oracle {n}: {name} spent {found}, counted {expected}")
    return seconds, theirs, ours


def beside_glpi(count: int, seed: int) -> str:
    """Return how often GLPI's rules, as its source and issues tell them, end a promise elsewhere."""
    chance, weekday, forgets, breached, ours = Random(seed + 2), 0, 0, 0, 0
    plain = WorkingCalendar.of(segments={date(2020, 1, 1): SEGMENTS}, special_days={}, known_years=[])
    for n in range(count):
        times, case = calendar(Random(n % 20)), course(chance, 2 * DAY_S)
        promised = chance.randint(1, 16 * 3600)
        off = {d: k for d, k in times.special.items() if k != "workday"}
        holidays = WorkingCalendar.of(segments=dict(plain.hours), special_days=off, known_years=[], dated=times.dated)
        right = due_at("restore", case, promised, times)
        weekday += due_at("restore", case, promised, holidays) != right
        bare = Course(start=case.start, ends={})
        forgets += due_at("restore", bare, promised, times) != right
        lasting = Course(start=case.start, ends={}, stills=(Still(kind="suspended", start=case.start, end=None),))
        later = case.start + timedelta(days=60)
        breached += read("restore", bare, promised, times, later).is_late
        ours += read("restore", lasting, promised, times, later).is_late
    return (
        f"GLPI's rules in {count:,} cases: another moment without 调休 in {weekday}, with pauses forgotten in {forgets}; "
        f"pending for 60 days, breached in {breached} if pending is not looked at, in {ours} by our clock"
    )


def main() -> None:
    """Check and print; exit 1 at the first case that is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    count, compared = (QUICK, QUICK_ORACLE) if options.quick else (FULL, ORACLE)
    took = there_and_back(count, options.seed)
    print(f"{count:,} random incidents: at the due moment exactly the promise is spent in {count:,}")
    print(f"{took / count * 1e6:.0f} µs a case (the due moment and a reading)")
    seconds, theirs, ours = oracle(compared, options.seed)
    print(
        f"{compared} courses, {seconds:,} seconds counted one by one: 0 differ; ratio {ours / theirs:.6f} of its time"
    )
    print(beside_glpi(compared * 5, options.seed))


if __name__ == "__main__":
    main()
