"""Working time against a brute-force oracle, and the days on which other products stumble."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.worktime import WorkingCalendar

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = {
    date(2026, 2, 14): "workday",
    **{date(2026, 2, 15) + timedelta(n): "holiday" for n in range(9)},
    date(2026, 2, 28): "workday",
    date(2026, 3, 9): "morning",
    date(2026, 3, 10): "afternoon",
    date(2026, 3, 11): "closure",
}
CITY = WorkingCalendar.of(
    segments={
        date(2020, 1, 1): [(time(8, 30), time(12)), (time(14, 30), time(17, 30))],
        date(2026, 3, 1): [(time(8), time(12)), (time(14), time(17, 30))],
    },
    special_days=DAYS,
    known_years=[2026],
)
FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 2, 28)  # noqa: DTZ001 - hypothesis wants them naive
MOMENTS = st.datetimes(FIRST, LAST).map(lambda d: d.replace(microsecond=0, tzinfo=ZONE))


def worked(at: datetime) -> bool:
    return any(a <= at.time() < b for a, b in CITY.segments(at.date()))


def test_a_make_up_saturday_is_worked_and_the_holiday_is_not() -> None:
    assert CITY.is_workday(date(2026, 2, 14))
    assert not CITY.is_workday(date(2026, 2, 16))
    assert not CITY.is_workday(date(2026, 2, 7))


def test_half_days_and_closures_cut_the_hours() -> None:
    assert CITY.segments(date(2026, 3, 9)) == ((time(8), time(12)),)
    assert CITY.segments(date(2026, 3, 10)) == ((time(14), time(17, 30)),)
    assert CITY.segments(date(2026, 3, 11)) == ()


def test_what_arrives_after_closing_counts_from_the_next_working_day() -> None:
    friday = datetime(2026, 2, 13, 17, 30, tzinfo=ZONE)
    assert CITY.add_working_days(friday, 1).date() == date(2026, 2, 14)
    assert CITY.add_working_days(friday + timedelta(seconds=1), 1).date() == date(2026, 2, 24)


def test_a_year_without_a_notice_is_provisional() -> None:
    assert CITY.provisional(date(2027, 1, 4))
    assert not CITY.provisional(date(2026, 12, 31))


@pytest.mark.slow
@given(start=MOMENTS, minutes=st.integers(0, 60 * 24 * 40))
def test_working_seconds_equal_a_count_minute_by_minute(start: datetime, minutes: int) -> None:
    start = start.replace(second=0)
    end = start + timedelta(minutes=minutes)
    counted = sum(60 for n in range(minutes) if worked(start + timedelta(minutes=n)))
    assert CITY.working_seconds_between(start, end) == counted


@given(start=MOMENTS, end=MOMENTS)
def test_adding_what_lies_between_leads_back(start: datetime, end: datetime) -> None:
    start, end = sorted((start, end))
    between = CITY.working_seconds_between(start, end)
    reached = CITY.add_working_time(start, between)
    assert CITY.working_seconds_between(start, reached) == between
    assert reached <= end or not worked(end)


@given(start=MOMENTS, seconds=st.integers(1, 3_000_000))
def test_the_end_of_a_clock_lies_in_working_time(start: datetime, seconds: int) -> None:
    end = CITY.add_working_time(start, seconds)
    assert worked(end - timedelta(seconds=1))
    assert CITY.working_seconds_between(start, end) == seconds


@given(start=MOMENTS, days=st.integers(0, 60))
def test_a_deadline_is_a_closing_hour_and_grows_with_the_promise(start: datetime, days: int) -> None:
    due = CITY.add_working_days(start, days)
    assert due == CITY.closing(due.date())
    assert CITY.add_working_days(start, days + 1) > due >= start
    assert CITY.add_natural_days(start, days) <= due


def stepped(start: datetime, days: int) -> datetime:
    """Count working days one by one."""
    day = start.date()
    while not CITY.is_workday(day) or (day == start.date() and start > CITY.closing(day)):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while not CITY.is_workday(day):
            day += timedelta(days=1)
    return CITY.closing(day)


@given(start=MOMENTS, days=st.integers(0, 400))
def test_a_deadline_is_where_counting_day_by_day_ends(start: datetime, days: int) -> None:
    assert CITY.add_working_days(start, days) == stepped(start, days)


@pytest.mark.parametrize(
    "hours", [{}, {date(2020, 1, 1): []}, {date(2020, 1, 1): [(time(9), time(12)), (time(11), time(13))]}]
)
def test_hours_that_make_no_sense_are_refused(hours: dict[date, list[tuple[time, time]]]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkingCalendar.of(segments=hours, special_days={}, known_years=[])
