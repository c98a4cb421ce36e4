"""Limits and clocks: make-up workdays, closing hours, suspensions; the proof table is made by hand from the calendar of 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hotline.test_life_rules import CALENDAR

from yunshu.domains.hotline.rules import clocks, limits
from yunshu.domains.hotline.rules.clocks import Course, Limit, Unit
from yunshu.domains.hotline.rules.limits import LimitRow
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.worktime import Pause

FIRST, LAST = datetime(2026, 1, 1), datetime(2026, 9, 1)  # noqa: DTZ001 - hypothesis wants them naive
DAYS, HOURS, MINUTES = Unit.WORKING_DAYS, Unit.WORKING_HOURS, Unit.MINUTES


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        (at(1, 5), Limit(amount=2, unit=DAYS), at(1, 7, 17, 30)),  # Monday, inquiry
        (at(1, 5, 17, 30), Limit(amount=2, unit=DAYS), at(1, 7, 17, 30)),  # at closing it is still Monday
        (at(1, 5, 17, 31), Limit(amount=2, unit=DAYS), at(1, 8, 17, 30)),  # a minute later it is Tuesday
        (at(1, 9), Limit(amount=2, unit=DAYS), at(1, 13, 17, 30)),  # over a weekend
        (at(2, 13), Limit(amount=2, unit=DAYS), at(2, 24, 17, 30)),  # the make-up Saturday counts, the holiday not
        (at(2, 14), Limit(amount=10, unit=DAYS), at(3, 9, 17, 30)),
        (at(1, 5, 16, 30), Limit(amount=4, unit=HOURS), at(1, 6, 11, 30)),  # signing
        (at(1, 5, 11, 30), Limit(amount=4, unit=HOURS), at(1, 6, 9, 0)),
        (at(1, 3, 3), Limit(amount=30, unit=MINUTES), at(1, 3, 3, 30)),  # an urgent call at night
        (at(1, 5), Limit(amount=2, unit=DAYS, more=2), at(1, 9, 17, 30)),  # extended once
    ],
)
def test_a_limit_ends_where_a_person_with_a_calendar_says(start: datetime, limit: Limit, due: datetime) -> None:
    assert clocks.due_at(Course(start=start, limit=limit), CALENDAR) == due


def test_a_suspension_moves_the_due_moment_by_what_stood_still() -> None:
    course = Course(start=at(1, 5), limit=Limit(amount=2, unit=DAYS), pauses=(Pause(at(1, 6), at(1, 8)),))
    assert clocks.due_at(course, CALENDAR) == at(1, 9, 17, 30)
    standing = Course(start=at(1, 5), limit=Limit(amount=2, unit=DAYS), pauses=(Pause(at(1, 6)),))
    assert clocks.due_at(standing, CALENDAR) is None
    assert not clocks.read(standing, CALENDAR, at(3, 30)).is_late


@given(
    start=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    days=st.integers(1, 15),
    gaps=st.lists(st.tuples(st.integers(1, 9000), st.integers(1, 9000)), max_size=4),
)
def test_at_the_due_moment_exactly_the_promise_was_spent(
    start: datetime, days: int, gaps: list[tuple[int, int]]
) -> None:
    moment, pauses = start, []
    for wait, length in gaps:
        begun = moment + timedelta(minutes=wait)
        moment = begun + timedelta(minutes=length)
        pauses.append(Pause(begun, moment))
    course = Course(start=start, limit=Limit(amount=days, unit=DAYS), pauses=tuple(pauses))
    due = clocks.due_at(course, CALENDAR)
    assert due is not None
    assert clocks.spent_s(course, CALENDAR, due) == pytest.approx(clocks.promised_s(course, CALENDAR))
    assert not clocks.read(course, CALENDAR, due).is_late
    assert clocks.read(course, CALENDAR, max(due, moment) + timedelta(days=20)).is_late


def rows() -> list[LimitRow]:
    handle = {"clock": limits.HANDLE, "unit": DAYS}
    return [
        LimitRow(code="complain", amount=15, kind="complain", **handle),
        LimitRow(code="urgent", amount=1, urgency="critical", **handle),
        LimitRow(code="all", amount=10, **handle),
        LimitRow(code="province", amount=8, kind="complain", channel="province", **handle),
        LimitRow(code="newer", amount=12, kind="complain", valid_from=date(2027, 1, 1), **handle),
    ]


@pytest.mark.parametrize(
    ("kind", "urgency", "channel", "on", "code"),
    [
        ("complain", "normal", "phone", date(2026, 6, 1), "complain"),
        ("help", "normal", "phone", date(2026, 6, 1), "all"),
        ("complain", "critical", "phone", date(2026, 6, 1), "urgent"),
        ("complain", "normal", "province", date(2026, 6, 1), "province"),
        ("complain", "normal", "phone", date(2027, 1, 1), "newer"),
    ],
)
def test_the_most_particular_limit_in_force_holds(kind: str, urgency: str, channel: str, on: date, code: str) -> None:
    found = limits.choose(rows(), limits.HANDLE, kind, urgency, channel, on)
    assert found is not None
    assert found.code == code


def test_a_clock_the_table_does_not_know_has_no_limit() -> None:
    assert limits.choose(rows(), limits.SIGN, "help", "normal", "phone", date(2026, 6, 1)) is None
