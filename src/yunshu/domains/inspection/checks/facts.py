"""What is kept of a page once it is gone by: small, plain values (JSON), from which a site's checks conclude.

| key | what |
|---|---|
| ``title``, ``on``, ``how`` | its title; when it was published (ISO date or null) and how that is known |
| ``digest``, ``size``, ``simhash`` | of its main text without spaces: SHA-256 (hex), characters, 64 bits (hex) |
| ``rows``, ``newest``, ``listed`` | of a list: its dated rows, the newest date, date by address (at most 60) |
| ``links`` | where it leads: ``[url, text, kind, visible]`` |
| ``column``, ``type`` | what its labels say of its column |
| ``blank`` | whether it says that there is nothing |
| ``elements`` | of a guide: the element names that stand on it |
| ``letter`` | of a letter: ``{"asked": iso, "replied": iso}`` |
| ``was`` | ``on``, ``blocks`` and ``sizes`` from before an article's date was another |
| ``drawn`` | whether a browser ran its scripts |
| ``crumbs`` | of a list: the names of the columns above it and its own, as its line of place says |
| ``modified`` | its Last-Modified (ISO) |
| ``baseline`` | ``scripts`` and ``blocks`` from before the page was tampered with, as long as it is |
| ``scripts``, ``head`` | hosts of its scripts and frames; title, keywords and description |
| ``shown`` | of an article: the date on the page where its label gives one (ISO date or null) |
| ``blocks``, ``sizes`` | digests of its blocks of text and how many characters each has |
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from yunshu.domains.inspection.checks.seen import Kit, Seen
from yunshu.lib.crawl import dates, urls
from yunshu.lib.crawl.text import Page
from yunshu.lib.kernel import clock

MOST_LISTED = 60
_SPACES = re.compile(r"\s+")
_ASKED = re.compile(r"(?:来信|写信|留言|提问|咨询)(?:时间|日期)[:：\s]*([\d年月日/. :\-]{8,20})")
_REPLIED = re.compile(r"(?:答复|回复|办结)(?:时间|日期)[:：\s]*([\d年月日/. :\-]{8,20})")
_PLACE = re.compile(r"(?:当前|您?现?在?所?在?的?)位置(?:是|为)?\s*[：:]\s*([^\n]{1,200})")
_PARTS = re.compile(r"[>＞»›→/]+|&gt;|-&gt;")
_HOME_NAMES = frozenset({"首页", "网站首页", "主页"})
_FRAME = "header,footer,nav,aside,script,style,[class*=footer],[id*=footer],[class*=header],[id*=header]"
LOADED = frozenset({"script", "iframe", "frame"})


def of(seen: Seen, kit: Kit) -> dict[str, Any]:
    """Return the facts of a page."""
    page, today = seen.page, seen.at.date()
    listed = dates.listed(page, today)
    main = _SPACES.sub("", page.main)
    found: dict[str, Any] = {
        "title": title_of(page),
        "on": seen.dated.on.isoformat() if seen.dated else None,
        "how": seen.dated.how if seen.dated else "",
        "digest": hashlib.sha256(main.encode()).hexdigest(),
        "size": len(main),
        "simhash": f"{page.simhash:016x}",
        "rows": len(listed),
        "newest": max(listed.values()).isoformat() if listed else None,
        "listed": {url: on.isoformat() for url, on in list(listed.items())[:MOST_LISTED]},
        "links": [[link.url, link.text[:80], link.kind, link.visible] for link in _leading(page)],
        "column": page.meta.get("columnname", ""),
        "type": page.meta.get("columntype", ""),
        "modified": _modified(seen),
        "scripts": sorted({urls.host_of(link.url) for link in page.links if link.kind in LOADED}),
        "head": [page.title, page.meta.get("keywords", ""), page.meta.get("description", "")],
        "blocks": blocks(page),
        "sizes": [len(line) for line in _lines(page.text)],
    }
    if seen.role == "column":
        found["crumbs"] = crumbs(page.text)
        found["blank"] = not listed and _says_nothing(page, kit)
    if seen.role == "article" and seen.dated and seen.dated.how == "meta":
        shown = dates.published(replace(page, meta={}))
        found["shown"] = shown.on.isoformat() if shown else None
    if seen.role == "guide":
        elements = kit.param("guide_incomplete", "elements")
        own = _unframed(page.html)
        found["elements"] = [name for name, words in elements.items() if _filled(own, words)]
    if seen.role == "letter":
        found["letter"] = {"asked": _instant(_ASKED, page.text), "replied": _instant(_REPLIED, page.text)}
    return found


def was(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return date and text from before an article had the date it has; None as long as it has its first.

    ``before`` are its facts of the crawl before, which may remember an earlier date of the same text.
    """
    if before is None or not before.get("on") or not now["on"]:
        return None
    if before["on"] != now["on"]:
        return {name: before[name] for name in ("on", "blocks", "sizes")}
    return before.get("was") if before["digest"] == now["digest"] else None


def baseline(known: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what a page is compared with: its facts of the crawl before, or those from before it was tampered with."""
    return known and known.get("baseline", known)


def title_of(page: Page) -> str:
    """Return an article's title: its label, else the page's title before the site's name."""
    return page.meta.get("articletitle") or re.split(r"[-_|—]", page.title)[0].strip()


def blocks(page: Page) -> list[str]:
    """Return short digests of a page's blocks of text, in their order."""
    return blocks_of(page.text)


def blocks_of(text: str) -> list[str]:
    """Return short digests of a text's lines without spaces; empty lines have none."""
    return [hashlib.sha256(line.encode()).hexdigest()[:12] for line in _lines(text)]


def crumbs(text: str) -> list[str]:
    """Return the names on a page's line of place (当前位置：首页 > 政务公开 > 通知公告) without the home page's; none without one."""
    place = _PLACE.search(text)
    names = [name.strip() for name in _PARTS.split(place[1])] if place else []
    return [name[:80] for name in names if name and name not in _HOME_NAMES][:6]


def _lines(text: str) -> list[str]:
    return [line for line in (_SPACES.sub("", line) for line in text.splitlines()) if line]


def _unframed(html: str) -> str:
    """Return a page's text without its head, navigation and foot: a foot has telephones too."""
    tree = LexborHTMLParser(html)
    for node in tree.css(_FRAME):
        node.decompose()
    return tree.body.text(separator="\n") if tree.body else ""


def _leading(page: Page) -> Iterable[Any]:
    return (link for link in page.links if link.url.startswith(("http://", "https://")))


def _says_nothing(page: Page, kit: Kit) -> bool:
    main = _SPACES.sub("", page.main)
    return len(main) < 40 or any(word in main for word in kit.param("column_blank", "words"))


def _filled(text: str, words: Iterable[str]) -> bool:
    """Say whether an element's heading is there with something after it."""
    for word in words:
        at = text.find(word)
        if at >= 0 and _SPACES.sub("", text[at + len(word) : at + len(word) + 40]).strip("：:、，。无-—"):
            return True
    return False


def _instant(shape: re.Pattern[str], text: str) -> str | None:
    match = shape.search(text)
    found = dates.moment(match[1]) if match else None
    return found.isoformat() if found else None


def _modified(seen: Seen) -> str | None:
    said = next((value for name, value in seen.headers.items() if name.lower() == "last-modified"), "")
    at = clock.internet_date(said)
    return at.isoformat() if at else None


def iso(text: str | None) -> datetime | None:
    """Return an instant of the facts, None where there is none; a date alone is its midnight in UTC."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
