"""Weeks of tickets: counted anew each night, without confidential ones; expected where history is long enough, else said."""

from datetime import datetime, time, timedelta

import pytest
from tests.hotline.hotline_world import Hotline

from yunshu.domains.hotline.models import WeekTally
from yunshu.domains.hotline.selectors import outlook
from yunshu.domains.hotline.services import weeks
from yunshu.lib.kernel.clock import CITY_ZONE, city_date


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline()


def counted(hotline: Hotline, counts: list[int], topic: str = "城乡建设", division: str = "445202") -> None:
    """Keep counts of the last weeks, the newest last."""
    monday = weeks.monday_of(city_date(hotline.now))
    for back, count in enumerate(reversed(counts), 1):
        week = monday - timedelta(weeks=back)
        WeekTally.objects.create(desk=hotline.bureau, topic=topic, division=division, week=week, count=count)


def lines(hotline: Hotline, division: str = "") -> list[outlook.Line]:
    return outlook.lines(hotline.sorter, division, weeks.monday_of(city_date(hotline.now)))


def test_tickets_are_counted_by_week_class_and_division_without_confidential_ones(hotline: Hotline) -> None:
    hotline.registered(category="0301", division="445202")
    hotline.registered(kind="report", division="445202")
    hotline.later(days=7)
    hotline.registered()
    assert (weeks.tally(now=hotline.now), weeks.tally(now=hotline.now)) == (2, 2)
    found = list(WeekTally.objects.order_by("week").values_list("topic", "division", "count"))
    assert found == [("城乡建设", "445202", 1), ("", "", 1)]


def test_a_week_begins_on_monday_in_the_city(hotline: Hotline) -> None:
    sunday = datetime.combine(city_date(hotline.now) - timedelta(days=1), time(23, 59), CITY_ZONE)
    hotline.now = sunday
    hotline.registered()
    weeks.tally(now=hotline.now)
    assert WeekTally.objects.get().week == city_date(sunday) - timedelta(days=6)


def test_a_week_above_its_band_stands_first(hotline: Hotline) -> None:
    counted(hotline, [10] * 20 + [40])
    counted(hotline, [50] * 21, topic="交通运输")
    first, second = lines(hotline)
    assert (first.topic, first.is_above, second.is_above) == ("城乡建设", True, False)
    assert (len(first.ahead), first.ahead[0].seasonal) == (outlook.AHEAD, False)
    assert second.expected is not None
    assert second.expected.low <= 50 <= second.expected.high


def test_a_short_history_expects_nothing(hotline: Hotline) -> None:
    counted(hotline, [10] * 5)
    [line] = lines(hotline)
    assert (line.weeks, line.expected, line.ahead, line.is_above) == (5, None, (), False)


def test_a_division_counts_its_own_and_strangers_see_none(hotline: Hotline) -> None:
    counted(hotline, [10] * 15)
    counted(hotline, [1] * 15, division="445203")
    assert [line.last for line in lines(hotline)] == [11]
    assert [line.last for line in lines(hotline, "445203")] == [1]
    assert outlook.lines(hotline.handler, "", weeks.monday_of(city_date(hotline.now))) == []
