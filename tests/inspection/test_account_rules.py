"""New-media accounts: stale, zombie, mute, not certified, several main ones; what is not known is no fault."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.inspection.rules.accounts import Facts, Terms, judge, months_before, several_main, silent_for

CHECK = datetime(2026, 7, 15, 4, tzinfo=UTC)
FACTS = Facts(
    number="XM-1",
    name="测试账号",
    platform="wechat",
    org="T1",
    is_running=True,
    is_main=True,
    is_certified=True,
    has_interaction=True,
    registered_no="BA-1",
    since=CHECK - timedelta(days=400),
    last_post_at=CHECK,
    checked_at=CHECK,
)


def kinds(facts: Facts, terms: Terms | None = None) -> list[str]:
    return [fault.kind for fault in judge(facts, terms or Terms())]


@pytest.mark.parametrize(
    ("silent", "found"),
    [
        (timedelta(days=14), []),
        (timedelta(days=14, seconds=1), ["account_stale"]),
        (timedelta(days=91), ["account_stale"]),
        (timedelta(days=92), ["account_stale", "account_zombie"]),
    ],
)
def test_two_weeks_are_stale_and_more_than_three_months_a_zombie(silent: timedelta, found: list[str]) -> None:
    assert kinds(replace(FACTS, last_post_at=CHECK - silent)) == found


def test_a_stricter_city_counts_ten_days() -> None:
    facts = replace(FACTS, last_post_at=CHECK - timedelta(days=11))
    assert kinds(facts) == []
    assert kinds(facts, Terms(stale_days=10)) == ["account_stale"]


def test_silence_ends_where_posts_were_last_looked_at() -> None:
    long_ago = CHECK - timedelta(days=60)
    assert kinds(replace(FACTS, last_post_at=long_ago - timedelta(days=10), checked_at=long_ago)) == []
    assert kinds(replace(FACTS, last_post_at=None, checked_at=None)) == []


def test_an_account_that_never_published_is_silent_since_it_was_entered() -> None:
    assert kinds(replace(FACTS, last_post_at=None)) == ["account_stale", "account_zombie"]
    assert kinds(replace(FACTS, last_post_at=None, since=CHECK - timedelta(days=3))) == []


@pytest.mark.parametrize("platform", ["app", "mini"])
def test_what_publishes_nothing_is_not_stale(platform: str) -> None:
    assert kinds(replace(FACTS, platform=platform, last_post_at=None)) == []


def test_an_account_without_a_registration_number_is_a_hint() -> None:
    (only,) = judge(replace(FACTS, registered_no=""), Terms())
    assert (only.kind, only.severity, only.key) == ("other", "hint", "unregistered")


def test_only_what_is_known_to_be_missing_is_a_fault() -> None:
    assert kinds(replace(FACTS, has_interaction=False, is_certified=False)) == ["account_mute", "account_uncertified"]
    assert kinds(replace(FACTS, has_interaction=None, is_certified=None)) == []


def test_an_account_that_ended_has_no_faults() -> None:
    assert kinds(replace(FACTS, is_running=False, last_post_at=None, has_interaction=False)) == []


def test_vetoes_are_named_as_such() -> None:
    found = judge(replace(FACTS, last_post_at=CHECK - timedelta(days=15, hours=2), has_interaction=False))
    assert [fault.severity for fault in found] == ["veto", "veto"]
    assert found[0].words == "自 2026-06-30 起 15 天没有更新（期限 14 天）"


def test_two_main_accounts_of_a_unit_on_one_platform_are_pointed_out_once() -> None:
    second = replace(FACTS, number="XM-2", name="测试账号二")
    (fault,) = several_main([second, FACTS])
    assert (fault.account, fault.severity, fault.key) == ("XM-1", "hint", "several_main:wechat")
    for other in ({"platform": "weibo"}, {"org": "T2"}, {"is_main": False}, {"is_running": False}):
        assert several_main([FACTS, replace(second, **other)]) == []


@given(days=st.integers(0, 400), stale=st.integers(1, 100), months=st.integers(1, 12))
def test_longer_silence_never_has_fewer_faults(days: int, stale: int, months: int) -> None:
    terms = Terms(stale_days=stale, zombie_months=months)
    shorter, longer = (replace(FACTS, last_post_at=CHECK - timedelta(days=d)) for d in (days, days + 1))
    assert set(kinds(shorter, terms)) <= set(kinds(longer, terms))
    assert silent_for(longer) == timedelta(days=days + 1)


@given(days=st.integers(-9_000, 9_000), months=st.integers(0, 48))
def test_months_before_is_the_same_day_or_the_last_of_the_month(days: int, months: int) -> None:
    at = CHECK + timedelta(days=days)
    before = months_before(at, months)
    assert (at.year - before.year) * 12 + at.month - before.month == months
    assert before.day == at.day or (before.day < at.day and (before + timedelta(days=1)).day == 1)
