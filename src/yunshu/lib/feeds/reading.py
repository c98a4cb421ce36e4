"""A feed's entries: what they are called, when they came, their words, links and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from lxml import etree

from yunshu.lib.feeds import json_feed
from yunshu.lib.feeds.entries import BadFeed, Entry, instant, written

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DATE = "{http://purl.org/dc/elements/1.1/}date"
Element = Any
"""lxml ships no types."""


def read(data: bytes, zone: tzinfo = UTC) -> list[Entry]:
    """Return the entries of a feed in its order; times without a zone are in ``zone``. Raises BadFeed."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return json_feed.read(data, zone)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BadFeed(str(error)) from error
    if root.tag == f"{ATOM}feed":
        return [_entry(each, _atom(each), zone) for each in root.iter(f"{ATOM}entry")]
    if root.tag == "rss":
        return [_entry(each, _rss(each), zone) for each in root.iter("item")]
    raise BadFeed(f"neither RSS nor Atom: {root.tag}")


@dataclass(frozen=True)
class _Parts:
    id: str
    date: str
    title: str
    body: str
    url: str


def _rss(item: Element) -> _Parts:
    url = _text(item, "link")
    return _Parts(
        id=_text(item, "guid") or url,
        date=_text(item, "pubDate") or _text(item, DATE),
        title=_text(item, "title"),
        body=_text(item, CONTENT) or _text(item, "description"),
        url=url,
    )


def _atom(entry: Element) -> _Parts:
    links = [each for each in entry.findall(f"{ATOM}link") if each.get("rel", "alternate") == "alternate"]
    return _Parts(
        id=_text(entry, f"{ATOM}id"),
        date=_text(entry, f"{ATOM}published") or _text(entry, f"{ATOM}updated"),
        title=_text(entry, f"{ATOM}title"),
        body=_text(entry, f"{ATOM}content") or _text(entry, f"{ATOM}summary"),
        url=links[0].get("href", "") if links else "",
    )


def _entry(element: Element, parts: _Parts, zone: tzinfo) -> Entry:
    where = f"line {element.sourceline}"
    if not parts.id:
        raise BadFeed(f"{where}: no guid, id or link")
    at = instant(parts.date, zone, where)
    return written(parts.id, at, title=parts.title, body=parts.body, url=parts.url)


def _text(element: Element, tag: str) -> str:
    found = element.find(tag)
    return "".join(str(part) for part in found.itertext()).strip() if found is not None else ""
