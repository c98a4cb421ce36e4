"""One look at a link: a GET of its beginning, a second one as a browser would ask, and the test for a soft 404.

HEAD is never asked: servers answer it otherwise than GET, or not at all. A soft 404 is a page that comes with 200 and is
the same (simhash of text within three bits, same title) as what the host says to an address that nobody has.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from urllib.parse import unquote

from yunshu.lib.crawl import text, urls
from yunshu.lib.crawl.fetch import Ask, Fetched, Fetcher
from yunshu.lib.crawl.hashing import distance, simhash
from yunshu.lib.crawl.text import Page
from yunshu.lib.crawl.verdicts import Look, Sign
from yunshu.lib.kernel.nesting import TooDeep

BEGINNING = 65_536
SOFT_BITS = 3
THIN_CHARS, THIN_LINKS = 200, 5
"""A page with less than either is a shell that a script fills (the sheet's rule for rendering)."""
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
    "Upgrade-Insecure-Requests": "1",
}
GONE = frozenset({404, 410})
BLOCKING = frozenset({401, 403, 405, 406, 407, 412, 418, 421, 425, 429, 444, 451, 493, 503, 521, 567})
"""By HTTP, and by what firewalls in use in China answer with a script or a page of their own: 405, 412, 418, 493, 521, 567 [R]."""
_SIGNS = {
    "tls": Sign.TLS,
    "dns": Sign.GONE,
    "connect": Sign.GONE,
    "url": Sign.GONE,
    "redirects": Sign.GONE,
    "address_refused": Sign.GONE,
    "robots": Sign.BLOCKED,
    "postponed": Sign.BLOCKED,
    "reset": Sign.BLOCKED,
    "timeout": Sign.SILENT,
    "connect_timeout": Sign.SILENT,
    "truncated": Sign.SILENT,
    "protocol": Sign.SILENT,
}
"""Reset is what firewalls do as well: it stays inconclusive. Private addresses are nobody's outside: dead for the public."""
_HOME = re.compile(r"/(?:(?:index|default|home|main)\.\w{3,5})?", re.IGNORECASE)
_SUFFIX = re.compile(r"\.\w{1,5}$")
_PASSWORD = re.compile(rb"""type\s*=\s*["']?password""", re.IGNORECASE)
_WORDS = re.compile(r"\w{3,}")

Browse = Callable[[str], Awaitable[str | None]]
"""Opens a page in a browser; returns its HTML, None if it does not open."""


@dataclass(frozen=True)
class _Said:
    """What a host says to an address that nobody has: which, where that ended, and what was there."""

    asked: str
    url: str
    page: Page
    shell: bool


@dataclass
class LinkLooker:
    """Looks at links through ``fetcher``; one for a run, since it remembers what hosts say to addresses that nobody has.

    ``fetcher`` should have ``robots=False`` (one request on behalf of a reader) and a patience well beyond ``slow_s``.
    """

    fetcher: Fetcher
    slow_s: float = 15.0
    browse: Browse | None = None
    _said: dict[tuple[str, str, str], _Said | None] = field(default_factory=dict)

    async def look(self, url: str, at: datetime, *, thorough: bool = False) -> Look:
        """Return what a look at ``url`` (canonical) sees. ``thorough`` opens it in the browser if all else is refused."""
        headers = {"Range": f"bytes=0-{BEGINNING - 1}"}
        fetched = await self.fetcher.fetch(Ask(url, headers=headers, body_bytes=BEGINNING, cut=True))
        sign = self._sign(fetched)
        if sign not in (Sign.GOOD, Sign.SLOW):
            second = await self.fetcher.fetch(Ask(url, headers=BROWSER, body_bytes=BEGINNING, cut=True))
            if second.error != "postponed":
                fetched, sign = second, self._sign(second)
        if sign in (Sign.GOOD, Sign.SLOW):
            sign = await self._as_to_nobody(url, fetched) or sign
        if sign is Sign.BLOCKED and thorough and self.browse and await self.browse(url):
            sign = Sign.GOOD
        return Look(at, sign, fetched.status, fetched.error, fetched.elapsed_ms, fetched.url)

    def _sign(self, fetched: Fetched) -> Sign:
        if fetched.error in _SIGNS:
            return _SIGNS[fetched.error]
        if 200 <= fetched.status < 300 or fetched.status == 304:
            if fetched.status == 202 and _is_challenge(fetched):
                return Sign.BLOCKED
            return Sign.SLOW if fetched.elapsed_ms > self.slow_s * 1000 else Sign.GOOD
        if fetched.status in GONE:
            return Sign.GONE
        return Sign.BLOCKED if fetched.status in BLOCKING else Sign.FAILING

    async def _as_to_nobody(self, url: str, fetched: Fetched) -> Sign | None:
        """Return what it means that a page is the same as what the host says to an address that nobody has; None if not."""
        page = _page(fetched)
        if page is None or _HOME.fullmatch(_path(url)):
            return None
        said = await self._to_nobody(url)
        if said is None or said.url == url or not _same(page, said.page, url, said.asked):
            return None
        if _PASSWORD.search(fetched.body):  # every address leads to the sign-in, those that exist as well
            return Sign.BLOCKED
        return None if said.shell else Sign.SOFT404

    async def _to_nobody(self, url: str) -> _Said | None:
        """Return what the host says to an address beside ``url`` that nobody has; None if it says that it is not there."""
        origin, path = urls.origin(url), _path(url)
        folder = path[: path.rindex("/") + 1]
        suffix = _SUFFIX.search(path)
        key = (origin, folder.split("/")[1], suffix[0] if suffix else "")
        if key not in self._said:
            asked = f"{origin}{folder}{token_hex(8)}{key[2]}"
            self._said[key] = await self._asked(origin, asked)
        return self._said[key]

    async def _asked(self, origin: str, asked: str) -> _Said | None:
        fetched = await self._beginning(asked)
        page = _page(fetched)
        if page is None:
            return None
        where = urls.canonical(fetched.url) or asked
        return _Said(asked, where, page, await self._is_shell(origin, page, asked))

    async def _is_shell(self, origin: str, page: Page, asked: str) -> bool:
        """Say whether every page of the host is the same shell: then nothing can be told without a browser."""
        if len(page.text) >= THIN_CHARS and sum(link.kind == "a" for link in page.links) >= THIN_LINKS:
            return False
        home = _page(await self._beginning(f"{origin}/"))
        return home is not None and _same(home, page, f"{origin}/", asked)

    async def _beginning(self, url: str) -> Fetched:
        fetched = await self.fetcher.fetch(Ask(url, body_bytes=BEGINNING, cut=True))
        if fetched.ok:
            return fetched
        return await self.fetcher.fetch(Ask(url, headers=BROWSER, body_bytes=BEGINNING, cut=True))


def _page(fetched: Fetched) -> Page | None:
    if fetched.error or fetched.status not in (200, 206) or not text.is_html(fetched.content_type, fetched.body):
        return None
    try:
        return text.parse(fetched.body, fetched.headers.get("Content-Type", ""), fetched.url)
    except TooDeep:
        return None


def _path(url: str) -> str:
    return url[len(urls.origin(url)) :].partition("?")[0]


def _same(one: Page, other: Page, one_url: str, other_url: str) -> bool:
    """Say whether two pages are one but for their own addresses, which pages of errors like to repeat."""
    title, other_title = _without(one.title, one_url), _without(other.title, other_url)
    prints = simhash(_without(one.text, one_url)), simhash(_without(other.text, other_url))
    return title == other_title and distance(*prints) <= SOFT_BITS


def _without(words: str, url: str) -> str:
    for form in (url, unquote(url), _path(url), unquote(_path(url))):
        if len(form) > 1:
            words = words.replace(form, "")
    name = _WORDS.findall(unquote(_path(url).rpartition("/")[2]))
    for piece in name:
        words = words.replace(piece, "")
    return words.strip()


def _is_challenge(fetched: Fetched) -> bool:
    """202 with a script and no text: a firewall's question to the browser [R]."""
    return b"<script" in fetched.body.lower() and len(fetched.body) < BEGINNING
