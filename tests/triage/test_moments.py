"""Times as people say them, read from the moment at which they were said."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.triage import Grain, moments

CHINA = ZoneInfo("Asia/Shanghai")
SAID = datetime(2026, 12, 5, 15, 0, tzinfo=CHINA)  # a Saturday


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("昨天晚上11点", at(2026, 12, 4, 23)),
        ("昨晚12点", at(2026, 12, 5)),
        ("昨夜1点", at(2026, 12, 5, 1)),
        ("前天下午3点半", at(2026, 12, 3, 15, 30)),
        ("今早8:30", at(2026, 12, 5, 8, 30)),
        ("今天中午12点", at(2026, 12, 5, 12)),
        ("今天凌晨2点一刻", at(2026, 12, 5, 2, 15)),
        ("十一月二十三日晚上八点四十分", at(2026, 11, 23, 20, 40)),
        ("2019年5月28日下午2点", at(2019, 5, 28, 14)),
        ("两小时前", at(2026, 12, 5, 13)),
        ("半小时前", at(2026, 12, 5, 14, 30)),
        ("晚上11点", at(2026, 12, 4, 23)),
    ],
)
def test_a_clock_time_is_exact(words, when):
    [moment] = moments(f"我家{words}闻到怪味", SAID)

    assert (moment.first, moment.last) == (when, when)
    assert moment.text == words


@pytest.mark.parametrize(
    ("words", "first", "days"),
    [
        ("上周三", at(2026, 11, 25), 1),
        ("周日", at(2026, 11, 29), 1),
        ("上上周五", at(2026, 11, 20), 1),
        ("周末", at(2026, 12, 5), 2),
        ("5月28日", at(2026, 5, 28), 1),
        ("12月28日", at(2026, 12, 28), 1),
        ("28号", at(2026, 11, 28), 1),
        ("三天前", at(2026, 12, 2), 1),
        ("上个月15号", at(2026, 11, 15), 1),
        ("去年12月", at(2025, 12, 1), 31),
        ("两个月前", at(2026, 10, 1), 31),
        ("2019/5/28", at(2019, 5, 28), 1),
        ("去年", at(2025, 1, 1), 365),
        ("5月1日至6月3日", at(2026, 5, 1), 34),
    ],
)
def test_a_day_is_as_wide_as_it_was_said(words, first, days):
    [moment] = moments(words, SAID)

    assert (moment.first, moment.last) == (first, first + timedelta(days=days))


def test_a_night_that_ends_after_midnight_ends_on_the_next_day():
    [moment] = moments("12月3日晚上10点到凌晨2点施工", SAID)

    assert (moment.first, moment.last) == (at(2026, 12, 3, 22), at(2026, 12, 4, 2))


def test_what_happens_again_and_again_says_so():
    [moment] = moments("每天凌晨4点开始施工", SAID)

    assert moment.recurring
    assert moment.grain is Grain.HOUR


@pytest.mark.parametrize("words", ["3号楼", "书院路20号", "2月30日", "十二点", "5号线", "25点", "第3号"])
def test_what_is_no_time_is_not_read_as_one(words):
    assert moments(f"我在{words}", SAID) == []


@given(st.text(alphabet="昨今前后大上下周月年日号天晚早点半个小时分钟0123456789一二三十到至:-", max_size=14))
def test_nonsense_never_fails_and_every_moment_stands_where_it_says(text):
    for moment in moments(text, SAID):
        assert text[moment.start : moment.end] == moment.text
        assert moment.first <= moment.last
