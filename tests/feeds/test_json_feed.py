"""JSON Feed 1.1: ids, times, words in HTML or plain, pictures; what is none is said to be none."""

import json
from datetime import UTC, datetime

import pytest

from yunshu.lib.feeds import BadFeed, read

FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [
        {
            "id": "1",
            "url": "https://m.example.cn/1",
            "title": "甲 <乙>",
            "content_html": '<p>全文<a href="https://x.example.cn/">看</a></p>',
            "image": "https://i.example.cn/1.jpg",
            "date_published": "2026-07-01T09:30:00+08:00",
        },
        {"id": 2, "content_text": "第一行 <b>\n第二行", "date_modified": "2026-07-02T00:00:00Z"},
    ],
}


def test_items_give_words_links_and_pictures() -> None:
    first, second = read(json.dumps(FEED).encode())
    assert (first.id, first.title, first.at) == ("1", "甲 <乙>", datetime(2026, 7, 1, 1, 30, tzinfo=UTC))
    assert (first.links, first.images) == (("https://x.example.cn/",), ("https://i.example.cn/1.jpg",))
    assert (second.id, second.text) == ("2", "第一行 <b>\n第二行")


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        '{"items": []}',
        '{"version": "https://jsonfeed.org/version/1.1"}',
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"content_text": "a", "date_published": "2026-07-01"}]}',
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "date_published": "gestern"}]}',
    ],
)
def test_what_is_none_is_said_to_be_none(bad: str) -> None:
    with pytest.raises(BadFeed):
        read(bad.encode())
