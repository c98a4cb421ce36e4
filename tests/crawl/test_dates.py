from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crawl.shapes import shapes

from yunshu.lib.crawl import dates, listed, parse, published
from yunshu.lib.kernel.clock import CITY_ZONE

HOME = "http://www.x.gov.cn/tzgg/"


def page(body: str, url: str = HOME) -> object:
    return parse(f'<html><head><meta charset="utf-8"></head><body>{body}'.encode(), "text/html", url)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pages_of_every_shape_are_dated_as_they_were_published(seed: int) -> None:
    """Goal: at least 99 % of 300 pages; each kind counts."""
    wrong, made = Counter(), shapes(300, seed)
    for shape in made:
        found = published(parse(shape.body, shape.content_type, shape.url), listed_on=shape.listed_on)
        wrong[shape.kind] += found is None or found.on != shape.truth
        exact = found is not None and isinstance(found.value, datetime) and shape.minute is not None
        wrong[f"{shape.kind} minute"] += exact and found.value.replace(second=0) != shape.minute.replace(second=0)
    assert sum(wrong.values()) <= 3, +wrong


def test_the_official_tag_comes_before_all_else() -> None:
    body = '<meta name="PubDate" content="2026-07-20 09:30"><p>发布时间：2026-07-18</p>'
    found = published(page(body, "http://a.cn/202607/t20260719_1.html"), listed_on=date(2026, 7, 17))
    assert found == dates.Dated(datetime(2026, 7, 20, 9, 30, tzinfo=CITY_ZONE), "meta")


@pytest.mark.parametrize(
    ("body", "url", "how"),
    [
        ("<p>发布时间：2026-07-18</p>", "http://a.cn/202607/t20260719_1.html", "visible"),
        ("<p>正文</p>", "http://a.cn/202607/t20260719_1.html", "url"),
        ("<p>正文</p>", "http://a.cn/content/post_725314.html", "list"),
        ('<meta name="PubDate" content="">', "http://a.cn/content/post_1.html", "list"),
        ("<p>发布时间：2026-02-30</p>", "http://a.cn/content/post_1.html", "list"),
        ("<p>成文日期：2026-02-03</p>", "http://a.cn/content/post_1.html", "list"),
        ("<p>报名时间：2026-02-03 来源不限</p>", "http://a.cn/content/post_1.html", "list"),
        ('<p style="display:none">发布时间：2026-02-03</p>', "http://a.cn/content/post_1.html", "list"),
    ],
)
def test_the_next_best_source_is_used(body: str, url: str, how: str) -> None:
    assert published(page(body, url), listed_on=date(2026, 7, 17)).how == how


def test_nothing_tells_nothing() -> None:
    assert published(page("<p>会议定于2026年8月1日召开</p>", "http://a.cn/post_20260101999.html")) is None


@pytest.mark.parametrize(
    ("url", "on"),
    [
        ("http://a.cn/zwgk/202607/t20260719_4411.html", date(2026, 7, 19)),
        ("http://a.cn/art/2026/7/9/art_1_2.html", date(2026, 7, 9)),
        ("http://a.cn/2026-07/19/content_55.htm", date(2026, 7, 19)),
        ("http://a.cn/2026/0719/55.html", date(2026, 7, 19)),
        ("http://a.cn/content/post_725314.html", None),
        ("http://a.cn/x/20261340_1.html", None),
        ("http://a.cn/x.html?d=20260719", None),
    ],
)
def test_an_address_may_tell_the_day(url: str, on: date | None) -> None:
    assert dates.url_date(url) == on


LIST = """<ul><li><a href="/a.html">关于2019年工作的通知</a><span>2026-07-19</span></li>
<li><span>[07-18]</span><a href="b.html">乙</a></li><li><a href="/c.html"><em>12-30</em>丙</a></li>
<li><a href="/d.html">丁</a></li></ul>
<table><tr><td>1</td><td><a href="/e.html">戊</a></td><td>2025年3月1日</td></tr></table>
<div>2020-01-01 <a href="/f.html">己</a> <a href="/g.html">庚</a></div>"""


def test_a_list_tells_the_day_of_each_page() -> None:
    found = listed(page(LIST), date(2026, 8, 1))
    assert {url.rpartition("/")[2]: on for url, on in found.items()} == {
        "a.html": date(2026, 7, 19),
        "b.html": date(2026, 7, 18),
        "c.html": date(2025, 12, 30),
        "e.html": date(2025, 3, 1),
    }


@given(words=st.text(alphabet="0123456789年月日-/.: 发布时间T", max_size=60))
def test_no_text_is_too_strange_to_be_dated(words: str) -> None:
    published(page(words, f"http://a.cn/{words}"))
    assert dates.moment(words) is None or dates.moment(words).year >= dates.FIRST_YEAR


@given(on=st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_way_of_writing_it(on: date) -> None:
    ways = [f"{on:%Y-%m-%d}", f"{on:%Y/%m/%d}", f"{on:%Y.%m.%d}", f"{on:%Y%m%d}", f"{on.year}年{on.month}月{on.day}日"]
    assert [dates.moment(way) for way in ways] == [on] * len(ways)
