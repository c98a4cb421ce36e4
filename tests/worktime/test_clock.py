"""Service clocks: a million cases there and back, and the faults that GLPI's users reported, each as a test.

GLPI's numbers are of its public tracker; what each is about stands at its test.
"""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.worktime import ROUND_THE_CLOCK, Pause, WorkingCalendar, breached, due, spent

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3600
SPECIAL = {
    date(2026, 2, 14): "workday",
    **{date(2026, 2, 15) + timedelta(n): "holiday" for n in range(9)},
    date(2026, 2, 28): "workday",
    date(2026, 3, 9): "morning",
}
CITY = WorkingCalendar.of(
    segments={date(2020, 1, 1): [(time(8, 30), time(12)), (time(14, 30), time(17, 30))]},
    special_days=SPECIAL,
    known_years=[2026],
)
FIRST = datetime(2026, 1, 1, tzinfo=ZONE)
MOMENTS = st.integers(0, 400 * 86_400).map(lambda s: FIRST + timedelta(seconds=s))
PAUSES = st.lists(st.tuples(MOMENTS, st.integers(0, 10 * 86_400)), max_size=4).map(
    lambda rows: [Pause(at, at + timedelta(seconds=length)) for at, length in rows]
)


def at(day: int, hour: int, minute: int = 0, *, month: int = 2) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_million_times_adding_what_lies_between_leads_back(part: int) -> None:
    chance = Random(part)
    days = [FIRST.date() + timedelta(n) for n in range(760)]
    worked = [(datetime.combine(d, a, ZONE), datetime.combine(d, b, ZONE)) for d in days for a, b in CITY.segments(d)]
    for _ in range(250_000):
        opens, closes = worked[chance.randrange(len(worked))]
        end = opens + timedelta(seconds=chance.randint(1, int((closes - opens).total_seconds())))
        start = FIRST + timedelta(seconds=chance.randrange(int((end - FIRST).total_seconds()) + 1))
        between = CITY.working_seconds_between(start, end)
        assert CITY.add_working_time(start, between) == end


@given(start=MOMENTS, seconds=st.integers(1, 400_000), pauses=PAUSES)
def test_at_the_due_moment_exactly_the_promised_time_has_run(
    start: datetime, seconds: int, pauses: list[Pause]
) -> None:
    for calendar in (CITY, ROUND_THE_CLOCK):
        end = due(calendar, start, seconds, pauses)
        assert end is not None
        assert spent(calendar, start, end, pauses) == seconds
        assert not breached(calendar, start, seconds, end, pauses)


@given(start=MOMENTS, until=MOMENTS, pauses=PAUSES)
def test_time_runs_or_stands_still_second_by_second(start: datetime, until: datetime, pauses: list[Pause]) -> None:
    still = [p for p in pauses if p.end]
    ran = ROUND_THE_CLOCK.working_seconds_between(start, until)
    edges = sorted({start, until, *(p.start for p in still), *(p.end for p in still)})
    for a, b in pairwise(edges):
        if start <= a and b <= until and any(p.start <= a and b <= p.end for p in still):
            ran -= (b - a).total_seconds()
    assert spent(ROUND_THE_CLOCK, start, until, pauses) == ran


def test_a_clock_that_stands_still_does_not_become_late() -> None:
    """GLPI #24481: an internal promise (OLA) was breached while its ticket was pending."""
    pauses = [Pause(at(3, 10))]
    assert due(CITY, at(3, 9), 4 * HOUR, pauses) is None
    assert not breached(CITY, at(3, 9), 4 * HOUR, at(28, 17, month=4), pauses)
    assert spent(CITY, at(3, 9), at(28, 17, month=4), pauses) == HOUR


@pytest.mark.parametrize("promise_h", [2, 4, 30])
def test_another_promise_remembers_the_pauses_there_were(promise_h: int) -> None:
    """GLPI #6902 and #15605: a ticket given another SLA forgot the time it had been pending."""
    pauses = [Pause(at(3, 9, 30), at(4, 9, 30))]
    end = due(CITY, at(3, 9), promise_h * HOUR, pauses)
    assert end is not None
    assert spent(CITY, at(3, 9), end, pauses) == promise_h * HOUR
    assert end == CITY.add_working_time(at(4, 9, 30), promise_h * HOUR - HOUR / 2)


def test_a_day_is_as_long_as_its_hours() -> None:
    """GLPI #10594: an SLA in days and the same in hours ended at different moments of one calendar."""
    for day in (date(2026, 2, 3), date(2026, 2, 14), date(2026, 2, 28), date(2026, 3, 9)):
        opens = datetime.combine(day, time(0), ZONE)
        hours = sum((datetime.combine(day, b) - datetime.combine(day, a)).seconds for a, b in CITY.segments(day))
        assert hours > 0
        assert CITY.add_working_time(opens, hours) == CITY.closing(day)
        assert CITY.add_working_days(opens, 0) == CITY.closing(day)


def test_a_make_up_saturday_counts_and_the_nine_days_after_it_do_not() -> None:
    """GLPI's calendar asks the weekday first: it cannot say that a Saturday is worked (src/Calendar.php)."""
    assert due(CITY, at(13, 17), HOUR) == at(14, 9)
    assert due(CITY, at(14, 17), HOUR) == at(24, 9)
    assert spent(CITY, at(14, 0), at(24, 0)) == 6.5 * HOUR


def test_pauses_that_overlap_or_lie_before_the_start_count_once_and_not_at_all() -> None:
    twice = [Pause(at(3, 9), at(3, 11)), Pause(at(3, 10), at(3, 11, 30)), Pause(at(2, 9), at(2, 17))]
    assert spent(CITY, at(3, 8, 30), at(3, 12), twice) == HOUR
    with pytest.raises(ValueError, match="pause"):
        Pause(at(3, 9), at(3, 8))


def test_a_date_on_call_has_its_own_hours_to_midnight_and_nothing_else() -> None:
    duty = WorkingCalendar.of(
        segments={date(2020, 1, 1): [(time(8, 30), time(12)), (time(14, 30), time(17, 30))]},
        special_days=SPECIAL,
        known_years=[2026],
        dated={
            date(2026, 2, 17): [(time(0), time(0))],
            date(2026, 2, 18): [(time(20), time(0))],
            date(2026, 2, 24): [],
        },
    )
    assert spent(duty, at(17, 0), at(19, 0)) == 28 * HOUR
    assert due(duty, at(17, 23), 2 * HOUR) == at(18, 21)
    assert duty.closing(date(2026, 2, 18)) == at(19, 0)
    assert duty.add_working_time(at(18, 20), 4 * HOUR) == at(19, 0)
    assert due(duty, at(18, 23), 2 * HOUR) == at(25, 9, 30)
    with pytest.raises(ValueError, match="overlap"):
        WorkingCalendar.of(
            segments={date(2020, 1, 1): [(time(8), time(12))]},
            special_days={},
            known_years=[],
            dated={date(2026, 1, 1): [(time(20), time(0)), (time(22), time(23))]},
        )
