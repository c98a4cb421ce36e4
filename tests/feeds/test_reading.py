"""RSS and Atom: ids, times, words, links and pictures; what is no feed is said to be none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.feeds import BadFeed, read

CITY = timezone(timedelta(hours=8))
RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>测试</title>
<item><guid>a1</guid><title>通知 &amp; 公告</title><link>https://m.example.cn/a1</link>
<pubDate>Wed, 01 Jul 2026 09:30:00 +0800</pubDate>
<description>短</description><content:encoded><![CDATA[<p>全文<a href="https://x.example.cn/">看</a></p><img src="https://i.example.cn/1.jpg"><a href="/r">r</a>]]></content:encoded></item>
<item><title>二</title><link>https://m.example.cn/a2</link><pubDate>2026-07-02 10:00</pubDate></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id><title>三</title>
<link rel="self" href="https://m.example.cn/self"/><link href="https://m.example.cn/3"/>
<updated>2026-07-03T00:00:00Z</updated><summary>说明</summary></entry></feed>"""


def test_rss_gives_the_whole_text_with_its_links_and_pictures() -> None:
    first, second = read(RSS.encode(), CITY)
    assert (first.id, first.title, first.url) == ("a1", "通知 & 公告", "https://m.example.cn/a1")
    assert first.at == datetime(2026, 7, 1, 1, 30, tzinfo=UTC)
    assert "全文" in first.text
    assert "<" not in first.text
    assert (first.links, first.images) == (("https://x.example.cn/",), ("https://i.example.cn/1.jpg",))
    assert (second.id, second.at) == ("https://m.example.cn/a2", datetime(2026, 7, 2, 2, tzinfo=UTC))


def test_atom_gives_the_alternate_link() -> None:
    (only,) = read(ATOM.encode())
    assert (only.id, only.url, only.text) == ("urn:1", "https://m.example.cn/3", "说明")
    assert only.at == datetime(2026, 7, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html/>",
        "<rss><channel><item><guid>1</guid><pubDate>昨天</pubDate></item></channel></rss>",
        "<rss><channel><item><title>x</title><pubDate>2026-07-02</pubDate></item></channel></rss>",
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(BadFeed):
        read(text.encode())


def test_entities_are_not_resolved() -> None:
    text = """<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><channel><item><guid>1</guid>
    <title>a&x;b</title><pubDate>2026-07-02</pubDate></item></channel></rss>"""
    (only,) = read(text.encode())
    assert only.title.replace("&x;", "") == "ab"


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(data: bytes) -> None:
    with pytest.raises(BadFeed):
        read(data)
