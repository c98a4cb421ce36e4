"""Changes of a site and the report-in rule, promises of columns, names of hosts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.inspection.choices import ColumnKind, SiteState
from yunshu.domains.inspection.rules import changes, columns, hosts

ON = date(2026, 7, 1)


@pytest.mark.parametrize("verb", ["suspend", "merge", "close"])
@pytest.mark.parametrize(("reported", "is_fault"), [(ON, False), (ON - timedelta(days=9), False), (None, True)])
def test_a_site_that_goes_offline_unreported_fails(verb: str, reported: date | None, is_fault: bool) -> None:
    fault = changes.unreported("9900000001", changes.Change(verb=verb, on=ON, reported_on=reported))
    assert (fault is not None) is is_fault
    assert fault is None or (fault.kind, fault.severity, fault.site) == ("unreachable", "veto", "9900000001")


def test_reporting_the_day_after_is_too_late_and_opening_needs_none() -> None:
    late = changes.Change(verb="close", on=ON, reported_on=ON + timedelta(days=1))
    assert changes.unreported("9900000001", late) is not None
    assert changes.unreported("9900000001", changes.Change(verb="open", on=ON, reported_on=None)) is None


def test_every_step_leads_from_states_there_are_to_one_there_is() -> None:
    for sources, target in changes.STEPS.values():
        assert {*sources, target} <= set(SiteState.values)
    assert changes.target_of("closed", "resume") == ""
    assert changes.verbs_from("running") == ("suspend", "merge", "close")
    assert changes.verbs_from("closed") == ()


def test_a_suspension_takes_thirty_days_once_a_year() -> None:
    once = changes.Change(verb="suspend", on=ON, reported_on=ON)
    assert changes.suspension_ends(once) == date(2026, 7, 30)
    assert not changes.too_many_suspensions([once], 2026)
    assert changes.too_many_suspensions([once, once], 2026)
    assert not changes.too_many_suspensions([once, once], 2025)


@pytest.mark.parametrize(("kind", "days"), [("工作动态", 14), ("通知公告", 183), ("政策文件", 183), ("其他", None)])
def test_news_promise_two_weeks_and_documents_six_months(kind: str, days: int | None) -> None:
    assert columns.promise_of(kind) == days
    assert kind in ColumnKind.values


@pytest.mark.parametrize(("path", "level"), [("要闻", 1), ("公开/文件", 2), ("/公开/文件/", 2), ("", 1)])
def test_the_level_is_how_many_parts_a_path_has(path: str, level: int) -> None:
    assert columns.level_of(path) == level


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("rsj.jieyang.gov.cn", "jieyang.gov.cn"),
        ("www.jieyang.gov.cn", "jieyang.gov.cn"),
        ("a.b.example.com", "example.com"),
        ("a.example.com.cn", "example.com.cn"),
        ("cn", ""),
    ],
)
def test_the_owner_of_a_host_is_who_registered_its_domain(host: str, owner: str) -> None:
    assert hosts.owner_of(host) == owner


def test_hosts_of_the_city_that_no_site_has_are_candidates() -> None:
    seen = [
        "rsj.test.gov.cn",
        "WWW.Test.gov.cn:8080",
        "test.gov.cn",
        "a.other.gov.cn",
        "192.0.2.1",
        "x",
        "old.test.gov.cn.",
    ]
    assert hosts.candidates(seen, ["www.test.gov.cn", "old.test.gov.cn"]) == {"rsj.test.gov.cn"}


@given(st.text(max_size=60))
def test_whatever_is_written_a_tidy_host_is_a_name_or_nothing(text: str) -> None:
    host = hosts.tidy(text)
    assert host == hosts.tidy(host)
    assert host == "" or ("." in host and host.isascii() and host == host.lower())


def test_a_chinese_host_is_kept_in_ascii() -> None:
    assert hosts.tidy("揭阳.政务").endswith(f".{hosts.ZHENGWU}")
