"""Money, dates and durations in the house's words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.ui.templatetags import ui

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "不到1分钟"),
        (timedelta(seconds=59), "不到1分钟"),
        (timedelta(minutes=25), "25分钟"),
        (timedelta(hours=3), "3小时"),
        (timedelta(hours=3, minutes=5), "3小时5分钟"),
        (timedelta(days=3, hours=4, minutes=59), "3天4小时"),
        (timedelta(days=-2), "2天"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(span, words):
    assert ui.duration(span) == words


def test_an_instant_is_written_as_so_long_ago_or_ahead():
    assert ui.ago(NOON - timedelta(hours=3), NOON) == "3小时前"
    assert ui.ago(NOON + timedelta(days=2), NOON) == "2天后"
    assert ui.ago(NOON - timedelta(seconds=20), NOON) == "刚刚"


def test_dates_are_long_in_sentences_and_short_in_tables():
    assert ui.day(date(2026, 3, 5)) == "2026年3月5日"
    assert ui.day(date(2026, 3, 5), "short") == "2026-03-05"
    assert ui.instant(NOON, "short") == "2026-11-23 12:00"
    assert ui.instant(NOON, "exact") == f"{ui.instant(NOON)}:00"
    assert ui.instant(None, "exact") == "—"


def test_yuan_become_wan_with_two_decimals_and_nothing_becomes_a_dash():
    assert ui.wan(Decimal("51957500.00")) == "5,195.75"
    assert ui.wan(None) == "—"
    assert ui.yuan(Decimal("1163520")) == "1,163,520.00"
    assert ui.percent(Decimal("0.915")) == "91.5%"


def test_highlighting_escapes_everything_but_its_own_marks():
    assert ui.highlight("<b>政务云&amp", "政务 amp") == "&lt;b&gt;<mark>政务</mark>云&amp;<mark>amp</mark>"


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_a_diff_lets_no_markup_through(before, after):
    shown = ui.text_diff(before, after)
    for tag in ("<del>", "</del>", "<ins>", "</ins>"):
        shown = shown.replace(tag, "")
    assert "<" not in shown


def test_a_deadline_is_red_once_it_has_passed():
    assert ui.due_light(NOON - timedelta(seconds=1), NOON) == "red"
    assert ui.due_light(NOON + timedelta(hours=5), NOON) == "amber"
    assert ui.due_light(NOON + timedelta(days=3), NOON) == "green"


def test_a_shared_script_is_written_once_on_a_page():
    template = Template("{% for n in numbers %}{% once 'chart' %}<script>{% endonce %}{% endfor %}")
    assert template.render(Context({"numbers": [1, 2, 3]})) == "<script>"
