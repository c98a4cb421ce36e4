import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crawl import hashing, text
from yunshu.lib.kernel.nesting import TooDeep

HOME = "http://www.x.gov.cn/zwgk/"
SENTENCES = "揭阳市人民政府办公室关于印发通知的公告。请各有关单位认真贯彻执行。国务院关于加强数字政府建设的指导意见。"


def page(body: str, head: str = "") -> text.Page:
    return text.parse(f"<html><head>{head}</head><body>{body}</body></html>".encode(), "text/html", HOME)


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-8", "utf-16", "big5"])
@pytest.mark.parametrize("way", ["header", "meta"])
def test_a_declared_charset_is_used(charset: str, way: str) -> None:
    said = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if way == "meta" else ""
    body = f"<html>{said}<title>政務公開</title>".encode(charset)
    header = f"text/html; charset={charset}" if way == "header" else "text/html"
    assert text.parse(body, header, HOME).title == "政務公開"


def test_an_undeclared_page_is_read_by_what_it_seems_to_be() -> None:
    chance = random.Random(6)
    for _ in range(50):
        words = "".join(chance.choice(SENTENCES) for _ in range(200))
        assert text.decode(f"<html><p>{words}".encode("gbk"))[0].endswith(words)


def test_a_page_that_declares_the_wrong_charset_is_read_all_the_same() -> None:
    for declared, used in (("utf-8", "gbk"), ("gb2312", "utf-8")):
        body = f'<meta charset="{declared}"><p>{SENTENCES}'.encode(used)
        assert SENTENCES in text.decode(body)[0]


def test_gb2312_means_its_wider_sister() -> None:
    assert text.decode("<meta charset=gb2312>朱镕基喆".encode("gb18030"))[0].endswith("朱镕基喆")


@given(
    body=st.binary(max_size=300), header=st.sampled_from(["", "text/html; charset=x-nonsense", "text/html;charset=gbk"])
)
def test_no_body_is_too_strange_to_be_read(body: bytes, header: str) -> None:
    assert isinstance(text.parse(body, header, HOME).text, str)


def test_links_are_absolute_and_say_what_they_are() -> None:
    read = page(
        '<a href="a.html#x" rel=nofollow> 甲 <b>乙</b></a><img src=/i.png><a href="mailto:a@b">m</a><a href="#t">t</a>'
    )
    assert [(link.url, link.text, link.kind, link.rel, link.raw) for link in read.links] == [
        ("http://www.x.gov.cn/zwgk/a.html", "甲 乙", "a", "nofollow", "a.html#x"),
        ("http://www.x.gov.cn/i.png", "", "img", "", "/i.png"),
    ]


def test_a_base_moves_relative_links() -> None:
    assert page('<a href="a.html">x</a>', '<base href="/other/">').links[0].url == "http://www.x.gov.cn/other/a.html"


HIDDEN = [
    '<div style="display: none">{}</div>',
    '<div style="position:absolute;left:-9999px">{}</div>',
    '<div style="TEXT-INDENT:-3000px">{}</div>',
    "<div hidden>{}</div>",
    '<div style="width:1px;height:1px;overflow:hidden">{}</div>',
    '<marquee height="0" width="5">{}</marquee>',
    '<p style="font-size:0">{}</p>',
    '<p style="opacity:0;">{}</p>',
    '<p style="color:#fff;background:#fff">{}</p>',
    '<style>.zz {{ visibility: hidden }}</style><i class="zz">{}</i>',
    "<style>#t{{position:fixed;top:-1000px}}</style><div><div id=t>{}</div></div>",
]
SHOWN = [
    '<div style="display:block">{}</div>',
    '<div style="margin-left:-10px">{}</div>',
    '<div style="line-height:1;max-width:0.5em">{}</div>',
    '<p style="opacity:0.9">{}</p>',
    '<p style="color:#fff;background:#ffffe0">{}</p>',
    '<marquee height="20">{}</marquee>',
    '<p style="border-width:1px;width:100px">{}</p>',
    "<style>.other{{display:none}} a:hover{{opacity:0}}</style>{}",
    '<div aria-hidden="true">{}</div>',
]


@pytest.mark.parametrize("form", HIDDEN)
def test_what_nobody_sees_is_known_as_hidden(form: str) -> None:
    read = page(form.format('<a href="http://else.example/">暗语</a>') + "<p>正文</p>")
    assert [link.visible for link in read.links if link.kind == "a"] == [False]
    assert read.hidden == ("暗语",)


@pytest.mark.parametrize("form", SHOWN)
def test_what_is_seen_is_not(form: str) -> None:
    read = page(form.format('<a href="http://else.example/">明语</a>'))
    assert [link.visible for link in read.links if link.kind == "a"] == [True]
    assert read.hidden == ()


def test_meta_names_are_read_in_any_case_and_the_first_counts() -> None:
    read = page(
        "",
        '<meta name="SiteName" content=" 某市政府 "><meta name="sitename" content="二"><META NAME=PubDate CONTENT="2026-01-01">',
    )
    assert read.meta == {"sitename": "某市政府", "pubdate": "2026-01-01"}


def test_the_main_text_leaves_out_what_stands_on_every_page() -> None:
    body = (
        "<nav><a href=/a>首页</a><a href=/b>栏目</a></nav><article>"
        + f"<p>{SENTENCES}</p>" * 5
        + "</article><footer>网站标识码</footer>"
    )
    read = page(body)
    assert SENTENCES in read.main
    assert "网站标识码" not in read.main
    assert "网站标识码" in read.text


def slow_simhash(words: str) -> int:
    """The same by the book, without numpy."""
    points, mask = [ord(char) for char in "".join(words.split())], (1 << 64) - 1
    votes, count = [0] * 64, max(len(points) - 2, 0)
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        run = ((a | b << 21 | c << 42) + 0x9E3779B97F4A7C15) & mask
        run = ((run ^ run >> 30) * 0xBF58476D1CE4E5B9) & mask
        run = ((run ^ run >> 27) * 0x94D049BB133111EB) & mask
        run ^= run >> 31
        for place in range(64):
            votes[place] += run >> place & 1
    return sum((2 * vote > count) << place for place, vote in enumerate(votes)) if count else 0


@given(words=st.text(max_size=80))
def test_simhash_is_what_the_book_says_but_for_the_order_of_bits(words: str) -> None:
    fast, slow = hashing.simhash(words), slow_simhash(words)
    assert fast.bit_count() == slow.bit_count()
    other = words[::-1] + "政务公开"
    assert hashing.distance(fast, hashing.simhash(other)) == hashing.distance(slow, slow_simhash(other))


def test_near_texts_have_near_fingerprints_and_strange_ones_far() -> None:
    chance = random.Random(1)
    one = "".join(chance.choice(SENTENCES) for _ in range(2000))
    near, far = (
        one[:900] + "插入几个字" + one[900:],
        "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(2000)),
    )
    assert hashing.distance(hashing.simhash(one), hashing.simhash(near)) <= 3
    assert hashing.distance(hashing.simhash(one), hashing.simhash(far)) > 12


def test_the_near_ones_are_found_among_many() -> None:
    known = np.array([0, 0b111, 0b1111, 1 << 63], dtype=np.uint64)
    assert hashing.near(0, known, 3).tolist() == [0, 1, 3]


@pytest.mark.parametrize("unit", [b"<div>", b"<b></i>", b"<a><b>"])
def test_a_page_that_nests_as_none_does_is_not_given_to_the_parser(unit: bytes) -> None:
    with pytest.raises(TooDeep):
        text.parse(b"<html>" + unit * 100_000 + b"a", "text/html", "http://a.example/")
    assert "ok" in text.parse(b"<div>" * 500 + b"<p>ok</p>" + b"</div>" * 500, "text/html", "http://a.example/").text
