"""Letters, guides, interpretations, links, names, reposts, dates: each with what only looks like it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inspection.checks.made import HOST, KIT, NOW, at, day, page, site, text, view

from yunshu.domains.inspection.checks import (
    site_dates,
    site_guides,
    site_interpretations,
    site_links,
    site_messages,
    site_names,
    site_reposts,
)
from yunshu.domains.inspection.checks.seen import LetterCard, LinkVerdict


def letter(asked, replied=None, **more):
    return LetterCard(
        id="1", title="路灯不亮", url=at("/l/1.html"), asked_at=NOW - timedelta(days=asked),
        replied_at=None if replied is None else NOW - timedelta(days=replied), **more,
    )  # fmt: skip


def messages(*letters, pages=()):
    return [(one.kind, one.key) for one in site_messages.conclude(view(*pages, letters=letters), site(), KIT)]


@given(days=st.floats(0, 450))
def test_a_letter_waits_too_long_after_90_days_of_the_last_year(days):
    assert bool(messages(letter(days))) is (90 < days <= 455)


def test_a_letter_that_a_person_judged_invalid_need_not_be_answered():
    assert not messages(letter(200, is_valid=False))


@pytest.mark.parametrize(("taken", "late"), [(5, False), (21, False), (22, True)])
def test_a_reply_is_late_after_three_weeks(taken, late):
    assert bool(messages(letter(10 + taken, 10))) is late


@pytest.mark.parametrize(("ago", "old"), [(61, False), (62, True)])
def test_the_last_published_reply_may_be_two_months_old(ago, old):
    assert messages(letter(ago + 1, ago)) == ([("message_late", "newest")] if old else [])


def test_a_letter_that_a_page_and_an_interface_show_is_one():
    shown = page("/l/1.html", "letter", letter={"asked": day(200), "replied": None})

    assert len(messages(letter(200), pages=[shown])) == 1
    assert len(messages(pages=[shown])) == 1


@pytest.mark.parametrize(("missing", "wrong"), [(0, False), (3, False), (4, True), (9, True)])
def test_a_guide_without_four_elements_is_incomplete(missing, wrong):
    names = [name for name in KIT.param("guide_incomplete", "elements") if name != "事项名称"]
    seen = view(page("/g.html", "guide", elements=names[missing:]))

    assert bool([*site_guides.conclude(seen, site(), KIT)]) is wrong
    assert not [*site_guides.conclude(seen, site(service=False), KIT)]


@pytest.mark.parametrize(
    ("to", "back", "wrong"),
    [
        ([("/r.html", "解读")], [("/d.html", "文件")], False),
        ([("http://www.gov.cn/r.html", "一图读懂")], [], False),
        ([], [], True),
        ([], [("/d.html", "文件")], True),
        ([("/r.html", "解读")], [], True),
        ([("/zcjd/", "政策解读")], [], True),
    ],
)
def test_document_and_interpretation_lead_to_each_other(to, back, wrong):
    seen = view(
        page("/d.html", "article", type="政策文件", on=day(9), links=to),
        page("/r.html", "article", type="政策解读", on=day(8), links=back),
        page("/zcjd/", "column", listed={"/r.html": day(8)}),
    )

    assert bool([*site_interpretations.conclude(seen, site(), KIT)]) is wrong


def test_only_the_newest_five_documents_are_asked_for():
    seen = view(*[page(f"/d{n}.html", "article", type="政策文件", on=day(n)) for n in range(9)])

    assert {one.url for one in site_interpretations.conclude(seen, site(), KIT)} == {
        at(f"/d{n}.html") for n in range(5)
    }


def test_a_dead_address_is_one_find_with_its_pages_the_home_page_first():
    gone = "http://gone.example/"
    pages = [page(path, role, links=[(gone, "友情链接")]) for path, role in (("/a.html", "article"), ("/", "home"))]
    verdict = LinkVerdict(url=gone, verdict="dead", checks=2, counts=True)

    [one] = site_links.conclude(view(*pages, links={gone: verdict}), site(), KIT)

    assert (one.url, one.place, one.detail["pages"]) == (at("/"), "home", [at("/"), at("/a.html")])
    assert not [*site_links.conclude(view(*pages, links={gone: replace(verdict, counts=False)}), site(), KIT)]
    assert not [*site_links.conclude(view(links={gone: verdict}), site(), KIT)]


@pytest.mark.parametrize(
    ("kind", "host", "wrong"),
    [
        ("portal", HOST, False),
        ("portal", "vqbcdf.gov.cn", True),
        ("portal", "www.a.vqbcdf.gov.cn", True),
        ("department", "jyj.vqbcdf.gov.cn", False),
        ("department", "www.vqjyj.gov.cn", True),
        ("special", "xn--7sts6od0dvwci0c.xn--zfr164b", False),
        ("special", "tour.vqbcdf.com", True),
        ("special", "www.gov.cn.example", True),
    ],
)
def test_names_are_below_the_government_s(kind, host, wrong):
    assert bool([*site_names.conclude(view(), site(kind=kind, hosts=(host,)), KIT)]) is wrong


BODY = [("p1", 80), ("p2", 90), ("p3", 70)]


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [
        ([("t", 20), ("d1", 25), *BODY], [("t", 20), ("d2", 25), *BODY], True),
        ([("t", 20), ("d1", 25), *BODY], [("t图", 23), ("d2", 25), *BODY], True),
        ([("t", 20), ("p1", 61)], [("t", 20), ("p1", 61), ("d", 20)], True),
        ([("t", 20), *BODY], [("t", 20), ("q1", 80), ("q2", 90), ("q3", 70)], False),
        ([("t1", 20), ("f", 60), ("x", 90)], [("t2", 20), ("f", 60), ("y", 90)], False),
        ([("t", 20), ("s", 30)], [("t", 20), ("s", 30)], False),
        ([("a", 4), ("b", 5), ("c", 6)], [("a", 4), ("b", 5), ("c", 6)], False),
    ],
)
def test_the_same_text_twice_is_a_repost(first, second, wrong):
    seen = view(
        page("/a.html", "article", on=day(5), **text(*first)), page("/b.html", "article", on=day(3), **text(*second))
    )
    found = [*site_reposts.conclude(seen, site(), KIT)]

    assert bool(found) is wrong
    assert {one.url for one in found} <= {at("/b.html")}


def test_one_page_under_two_names_of_the_site_is_no_repost():
    one = page("/a.html", "article", **text(*BODY))
    seen = view(one, replace(one, url="http://m.vqbcdf.gov.cn/a.html"))

    assert not [*site_reposts.conclude(seen, site(), KIT)]


CRAWLED = NOW - timedelta(days=7)


@pytest.mark.parametrize(
    ("first_ago", "on", "wrong"), [(1, 30, True), (1, 11, True), (1, 10, False), (1, 0, False), (30, 60, False)]
)
def test_a_new_page_is_not_older_than_the_crawl_that_did_not_find_it(first_ago, on, wrong):
    new = page("/n.html", "article", on=day(on), first_ago=first_ago)

    assert bool([*site_dates.conclude(view(new, whole_before=CRAWLED), site(), KIT)]) is wrong
    assert not [*site_dates.conclude(view(new), site(), KIT)]


def test_a_page_that_moved_is_not_new():
    old, new = page("/o.html", "article", on=day(30)), page("/n.html", "article", on=day(30), first_ago=1)

    assert not [*site_dates.conclude(view(old, new, whole_before=CRAWLED), site(), KIT)]


def test_many_old_pages_at_once_are_a_move_of_low_confidence():
    many = [page(f"/n{n}.html", "article", on=day(99), first_ago=1, title=str(n)) for n in range(31)]

    [one] = site_dates.conclude(view(*many, whole_before=CRAWLED), site(), KIT)

    assert one.confidence < 0.5


@pytest.mark.parametrize(
    ("shown", "wrong"), [(day(30), True), (day(6), True), (day(5), False), (day(2), False), (None, False)]
)
def test_a_label_and_its_page_give_one_day(shown, wrong):
    seen = view(page("/a.html", "article", on=day(2), how="meta", shown=shown))

    assert bool([*site_dates.conclude(seen, site(), KIT)]) is wrong


@pytest.mark.parametrize(
    ("was", "blocks", "wrong"),
    [(90, BODY, True), (3, BODY, False), (90, [("new", 200), ("other", 90)], False), (1, BODY, False)],
)
def test_an_old_text_does_not_become_new_by_its_date(was, blocks, wrong):
    before = {"on": day(was), **text(*BODY)}
    seen = view(page("/a.html", "article", on=day(1), how="visible", before=before, **text(*blocks)))

    assert bool([*site_dates.conclude(seen, site(), KIT)]) is wrong
