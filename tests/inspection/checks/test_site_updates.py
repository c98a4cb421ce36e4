"""Home pages and columns: fresh on the last day allowed, stale on the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inspection.checks.made import KIT, column, day, page, site, view

from yunshu.domains.inspection.checks import site_statistics, site_updates


def found(kind, seen, card, check=site_updates):
    return [one for one in check.conclude(seen, card, KIT) if one.kind == kind]


@given(ago=st.integers(0, 400))
def test_a_home_page_is_stale_after_two_weeks(ago):
    seen = view(page("/", "home", listed={"/a.html": day(ago), "/b.html": day(ago + 90)}))

    assert bool(found("home_stale", seen, site())) is (ago > 14)


def test_a_date_in_the_future_keeps_nothing_fresh():
    assert found("home_stale", view(page("/", "home", listed={"/a.html": day(-9), "/b.html": day(30)})), site())


def test_a_home_page_with_texts_but_no_dates_is_not_updated():
    texts = [page(f"/{n}.html", "article", on=day(1)) for n in range(3)]
    home = page("/", "home", links=[(f"/{n}.html", "一篇") for n in range(3)])

    [one] = found("home_stale", view(home, *texts), site())

    assert one.confidence < 1


@pytest.mark.parametrize(("ago", "stale"), [(14, False), (15, True)])
def test_a_home_page_that_only_leads_on_is_as_fresh_as_its_second_level(ago, stale):
    seen = view(page("/", "home", links=[("/xw/", "要闻")]), page("/xw/", "column", listed={"/a.html": day(ago)}))

    assert bool(found("home_stale", seen, site())) is stale


def test_nothing_is_concluded_from_a_home_page_that_was_not_rendered():
    home = page("/", "home")
    home.facts["links"].clear()

    assert not found("home_stale", view(home), site())


@pytest.mark.parametrize(
    ("kind", "promise", "level", "ago", "stale"),
    [
        ("工作动态", None, 2, 14, False),
        ("工作动态", None, 2, 15, True),
        ("政策文件", None, 1, 183, False),
        ("政策文件", None, 1, 184, True),
        ("通知公告", None, 2, 400, False),
        ("通知公告", 30, 2, 31, True),
        ("概况信息", None, 1, 900, False),
        ("其他", 7, 3, 8, True),
    ],
)
def test_a_column_is_stale_after_what_it_promises(kind, promise, level, ago, stale):
    card = site(column(kind=kind, promise=promise, level=level))

    assert bool(found("column_stale", view(page("/xw/", "column", listed={"/a.html": day(ago)})), card)) is stale


@pytest.mark.parametrize(("ago", "stale"), [(92, False), (93, True)])
def test_statistics_are_their_own_fault(ago, stale):
    card, seen = site(column(kind="数据发布")), view(page("/xw/", "column", listed={"/a.html": day(ago)}))

    assert bool(found("statistics_stale", seen, card, site_statistics)) is stale
    assert not found("column_stale", seen, card)


def test_a_column_without_anything_is_blank_and_not_stale_as_well():
    seen = view(page("/xw/", "column", blank=True))

    assert [one.kind for one in site_updates.conclude(seen, site(column()), KIT)] == ["column_blank"]


@pytest.mark.parametrize(
    "facts",
    [{"listed": {"/a.html": day(900)}}, {"blocks": ["a"], "sizes": [300]}],
    ids=["one old item", "a text of its own"],
)
def test_a_column_with_something_is_not_blank(facts):
    assert not found("column_blank", view(page("/xw/", "column", **facts)), site(column(kind="其他")))


def test_a_column_that_only_leads_to_others_is_as_fresh_as_they_are():
    seen = view(
        page("/xw/", "column", links=[("/xw/a/", "分栏目")]), page("/xw/a/", "column", listed={"/a.html": day(3)})
    )

    assert not [*site_updates.conclude(seen, site(column()), KIT)]


def test_a_column_that_nobody_saw_is_neither():
    assert not [*site_updates.conclude(view(), site(column()), KIT)]
