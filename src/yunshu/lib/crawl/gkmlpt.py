"""The Guangdong platform's public interface (``/gkmlpt``, ``/hdjlpt``): columns, articles and letters without selectors.

Shapes as in ``../shared/domain/inspection.md`` §A6, marked [V] there: ``window._CONFIG`` of ``/gkmlpt/index`` holds the site's
number and the tree of columns; ``/gkmlpt/api/all/{column}`` the articles by pages (some sites answer page 2 with 404: the
first page is all they have); an article's page holds its text in ``_CONFIG.DETAIL``; ``/hdjlpt/letter/pubList`` the letters.
How the token of the letters' page travels is recalled [R]: it is sent as both headers that the framework reads.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode

from yunshu.lib.crawl.fetch import Ask, Fetched, Fetcher
from yunshu.lib.crawl.literals import assigned
from yunshu.lib.crawl.text import Page, decode, parse
from yunshu.lib.kernel.clock import CITY_ZONE

CONFIG = "window._CONFIG"
MOST_PAGES = 1000
LETTERS = 20
_TOKEN = re.compile(r"""_CSRF['"]?\s*[=:]\s*['"]([^'"]+)['"]""")


class NotThisPlatform(Exception):
    """A site does not answer as the platform does. ``url`` is what was asked, ``reason`` what is amiss."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url, self.reason = url, reason


@dataclass(frozen=True)
class Column:
    """A column of the tree. ``path`` are the names from the top to it; ``jump_url`` leads elsewhere if it is not empty."""

    id: int
    name: str
    path: tuple[str, ...]
    posts: int
    jump_url: str
    children: tuple["Column", ...] = ()

    def walk(self) -> Iterator["Column"]:
        """Yield it and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Site:
    """A site's own number and its columns."""

    sid: str
    columns: tuple[Column, ...]

    def walk(self) -> Iterator[Column]:
        """Yield every column, parents first."""
        for column in self.columns:
            yield from column.walk()


@dataclass(frozen=True)
class Article:
    """An article as the interface gives it. ``related`` are the addresses of what it is linked with (interpretations)."""

    id: int
    title: str
    url: str
    published_at: datetime | None
    created_at: datetime | None
    publisher: str
    document_number: str
    identifier: str
    abolished: bool
    expired: bool
    related: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Letter:
    """A letter of a citizen and its reply, as published."""

    id: str
    title: str
    asked_at: datetime | None
    replied_at: datetime | None
    url: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def site_of(html: str, url: str = "") -> Site:
    """Read the index page. Raises NotThisPlatform."""
    config = assigned(html, CONFIG)
    if not isinstance(config, dict) or "SID" not in config or not isinstance(config.get("TREE"), list):
        raise NotThisPlatform(url, "no _CONFIG with SID and TREE")
    return Site(str(config["SID"]), tuple(_columns(config["TREE"], ())))


def _columns(tree: list[Any], above: tuple[str, ...]) -> Iterator[Column]:
    for node in tree:
        if not isinstance(node, dict) or _number(node.get("id")) is None:
            continue
        name = str(node.get("name") or "")
        path = (*above, name)
        children = tuple(_columns(node.get("children") or [], path))
        posts = _number(node.get("post_count")) or 0
        yield Column(_number(node["id"]) or 0, name, path, posts, str(node.get("jump_url") or ""), children)


def detail_of(html: str) -> dict[str, Any] | None:
    """Return what an article's page says of itself (``content``, ``display_publish_time`` …); None if it is none."""
    if "_CONFIG" not in html:
        return None
    config = assigned(html, CONFIG)
    found = config.get("DETAIL") if isinstance(config, dict) else None
    if found is None:
        found = assigned(html, f"{CONFIG}.DETAIL")
    return found if isinstance(found, dict) else None


def whole(page: Page) -> Page:
    """Return a page with the text that the platform's script would write in its place; what was sent keeps its digest."""
    content = str((detail_of(page.html) or {}).get("content") or "")
    begin = page.html.rfind("<script", 0, page.html.find(CONFIG)) if content else -1
    end = page.html.find("</script>", begin)
    if begin < 0 or end < 0:
        return page
    html = f"{page.html[:begin]}<div>{content}</div>{page.html[end + len('</script>') :]}"
    return replace(parse(html.encode(), "text/html; charset=utf-8", page.url), sha256=page.sha256, charset=page.charset)


def article_of(row: Mapping[str, Any]) -> Article:
    """Read one row of the articles' list."""
    return Article(
        id=_number(row.get("id")) or 0,
        title=str(row.get("title") or ""),
        url=str(row.get("url") or row.get("post_url") or ""),
        published_at=instant(row.get("display_publish_time")) or instant(row.get("date")),
        created_at=instant(row.get("created_at")),
        publisher=str(row.get("publisher") or ""),
        document_number=str(row.get("document_number") or ""),
        identifier=str(row.get("identifier") or ""),
        abolished=bool(row.get("is_abolished")),
        expired=bool(row.get("is_expired")),
        related=tuple(_addresses(row.get("relation"))),
        attachments=tuple(_addresses(row.get("attachment"))),
    )


def instant(value: Any) -> datetime | None:
    """Return the instant of a field: seconds since 1970, or a date with or without a time, in the city's zone."""
    number = _number(value)
    if number:
        return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, CITY_ZONE)
    try:
        return datetime.fromisoformat(str(value).strip().replace("/", "-")).replace(tzinfo=CITY_ZONE)
    except ValueError:
        return None


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _addresses(value: Any) -> Iterator[str]:
    """Yield the addresses in a list of addresses or of objects that have one."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = [value] if value.startswith(("http", "/")) else []
    if isinstance(value, dict):
        value = [value] if {"url", "post_url"} & set(value) else list(value.values())
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            one = one.get("url") or one.get("post_url")
        if isinstance(one, list):
            yield from _addresses(one)
        elif isinstance(one, str) and one:
            yield one


class Platform:
    """One site of the platform, read through ``fetcher``. ``base`` is its origin: ``http://www.x.gov.cn``."""

    def __init__(self, fetcher: Fetcher, base: str) -> None:
        self._fetcher, self._base = fetcher, base.rstrip("/")

    async def site(self) -> Site:
        """Return the site with all its columns, in one request. Raises NotThisPlatform."""
        url = f"{self._base}/gkmlpt/index"
        return site_of(_text(_came(await self._fetcher.get(url))), url)

    async def articles(self, column: int, sid: str) -> AsyncIterator[Article]:
        """Yield a column's articles, the newest first, each once. Raises NotThisPlatform if page 1 is amiss."""
        seen: set[int] = set()
        for page in range(1, MOST_PAGES + 1):
            url = f"{self._base}/gkmlpt/api/all/{column}?page={page}&sid={sid}"
            fetched = await self._fetcher.get(url)
            if page > 1 and not fetched.ok:
                return
            answer = _json(_came(fetched))
            rows = [row for row in answer.get("articles") or [] if isinstance(row, dict)]
            fresh = [article for article in map(article_of, rows) if article.id not in seen]
            for article in fresh:
                seen.add(article.id)
                yield article
            total = _number((answer.get("classify") or {}).get("post_count"))
            if not fresh or (total is not None and len(seen) >= total):
                return

    async def letters(self, site_id: str, since: str = "", until: str = "") -> AsyncIterator[Letter]:
        """Yield the published letters, by ``LETTERS`` a request. ``since`` and ``until``: YYYY-MM-DD. Raises NotThisPlatform."""
        first = _came(await self._fetcher.get(f"{self._base}/hdjlpt/published?via=pc"))
        headers = _credentials(first)
        for offset in range(0, LETTERS * MOST_PAGES, LETTERS):
            form = {"offset": offset, "limit": LETTERS, "site_id": site_id, "time_from": since, "time_to": until}
            ask = Ask(f"{self._base}/hdjlpt/letter/pubList", "POST", headers, body=urlencode(form).encode())
            rows = _rows(_json(_came(await self._fetcher.fetch(ask))))
            for row in rows:
                yield self._letter(row)
            if len(rows) < LETTERS:
                return

    def _letter(self, row: Mapping[str, Any]) -> Letter:
        """The names of a letter's times differ between releases of the platform [R]: the first that is there counts."""
        number = str(row.get("id", row.get("pid", "")))
        return Letter(
            id=number,
            title=str(row.get("title") or row.get("subject") or ""),
            asked_at=_first_instant(row, "created_at", "create_time", "time", "submit_time"),
            replied_at=_first_instant(row, "reply_time", "replied_at", "answer_time", "finish_time"),
            url=f"{self._base}/hdjlpt/detail?pid={number}",
            fields=row,
        )


def _first_instant(row: Mapping[str, Any], *names: str) -> datetime | None:
    return next((found for name in names if (found := instant(row.get(name)))), None)


def _came(fetched: Fetched) -> Fetched:
    if not fetched.ok:
        raise NotThisPlatform(fetched.asked, fetched.error or f"status {fetched.status}")
    return fetched


def _text(fetched: Fetched) -> str:
    return decode(fetched.body, fetched.headers.get("Content-Type", ""))[0]


def _json(fetched: Fetched) -> dict[str, Any]:
    try:
        found = json.loads(_text(fetched))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotThisPlatform(fetched.asked, "no JSON object")
    return found


def _rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of an answer, which stand in ``data``, ``rows`` or ``list``, or one level deeper [R]."""
    for name in ("data", "rows", "list"):
        found = answer.get(name)
        if isinstance(found, list):
            return [row for row in found if isinstance(row, dict)]
        if isinstance(found, dict):
            return _rows(found)
    return []


def _credentials(fetched: Fetched) -> dict[str, str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Requested-With": "XMLHttpRequest"}
    jar = _cookies(fetched)
    if jar:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
    if "XSRF-TOKEN" in jar:
        headers["X-XSRF-TOKEN"] = unquote(jar["XSRF-TOKEN"])
    if token := _TOKEN.search(_text(fetched)):
        headers["X-CSRF-TOKEN"] = token[1]
    return headers


def _cookies(fetched: Fetched) -> dict[str, str]:
    getall = getattr(fetched.headers, "getall", None)
    jar = SimpleCookie()
    for line in getall("Set-Cookie", []) if getall else ():
        try:
            jar.load(line)
        except CookieError:
            continue
    return {name: morsel.value for name, morsel in jar.items()}
