"""``Fetcher``: asks for one page, politely and safely, and says what came; a failure is an answer, never an exception."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from yunshu.lib.crawl import bodies, failing, urls
from yunshu.lib.crawl.failing import NotAsked
from yunshu.lib.crawl.guard import AddressRefused, Guard, GuardedResolver, Lookup, system_lookup
from yunshu.lib.crawl.pace import Manners, Pace, Postponed
from yunshu.lib.crawl.robots import LONGEST_BYTES, Answer, Robots
from yunshu.lib.kernel import clock

AGENT = "Yunshu-inspection"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})


@dataclass(frozen=True)
class Limits:
    """What one page may cost."""

    body_bytes: int = 10 << 20
    ratio: float = 100.0
    redirects: int = 5
    total_s: float = 30.0
    connect_s: float = 10.0


@dataclass(frozen=True)
class Reach:
    """Whom the fetcher can reach: ``placed`` maps hosts to (address, port), so that a made-up city is served on loopback."""

    allow: tuple[str, ...] = ()
    placed: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    lookup: Lookup = system_lookup
    tls: ssl.SSLContext | bool = True


@dataclass(frozen=True)
class Ask:
    """A request. ``etag`` and ``last_modified`` make it conditional; ``cut`` keeps the beginning of what is too long."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    last_modified: str = ""
    body: bytes | None = None
    body_bytes: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Fetched:
    """What came. ``error`` is empty, or one of:

    ``url`` (none of a page), ``dns``, ``address_refused``, ``connect``, ``connect_timeout``, ``timeout``, ``reset``,
    ``truncated``, ``protocol``, ``tls``, ``too_large``, ``bomb``, ``encoding``, ``redirects`` (too many), ``robots``, ``postponed``.
    ``status`` is that of the last answer whose head came, else 0. ``url`` is the page that answered, after redirects.
    """

    asked: str
    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=CIMultiDict)
    body: bytes = b""
    error: str = ""
    elapsed_ms: float = 0.0
    hops: tuple[str, ...] = ()
    retry_after_s: float = 0.0

    @property
    def ok(self) -> bool:
        """A page came, or the word that it has not changed."""
        return not self.error and (200 <= self.status < 300 or self.status == 304)

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class Fetcher:
    """Opened with ``async with``. One for an event loop."""

    def __init__(
        self,
        manners: Manners | None = None,
        limits: Limits | None = None,
        reach: Reach | None = None,
        *,
        agent: str = AGENT,
    ) -> None:
        self.manners, self.limits, self._reach = manners or Manners(), limits or Limits(), reach or Reach()
        self.agent = agent
        self._guard = Guard(self._reach.allow)
        self._pace = Pace(self.manners)
        self._robots = Robots(agent, self._robots_txt)
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = GuardedResolver(self._guard, self._reach.placed, self._reach.lookup)
        connector = aiohttp.TCPConnector(
            resolver=resolver, socket_factory=resolver.socket, limit=0, ssl=self._reach.tls, ttl_dns_cache=60
        )
        timeout = aiohttp.ClientTimeout(total=self.limits.total_s, sock_connect=self.limits.connect_s)
        self._opened = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": self.agent, "Accept-Encoding": bodies.ACCEPTED, "Accept": "*/*"},
            skip_auto_headers=("Accept",),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened:
            await self._opened.close()

    async def get(self, url: str) -> Fetched:
        """Fetch one page."""
        return await self.fetch(Ask(url))

    async def fetch(self, ask: Ask) -> Fetched:
        """Fetch a page, following its redirects; each is judged as the first address was."""
        loop = asyncio.get_running_loop()
        started, at, hops, cookies = loop.time(), ask.url, list[str](), dict[str, dict[str, str]]()
        answer, error, wait_s = _Answer(0, CIMultiDict()), "", 0.0
        try:
            while True:
                answer = await self._hop(ask, at, cookies)
                target = answer.headers.get("Location") if answer.status in REDIRECTS else None
                if target is None:
                    break
                hops.append(at)
                if len(hops) > self.limits.redirects:
                    raise NotAsked("redirects")
                at = _following(at, target)
            error, wait_s = answer.refused, self._heed(at, answer)
        except failing.FAILURES as failure:
            error = failing.code(failure)
            wait_s = failure.seconds if isinstance(failure, Postponed) else 0.0
        taken_ms = (loop.time() - started) * 1000
        return Fetched(ask.url, at, answer.status, answer.headers, answer.body, error, taken_ms, tuple(hops), wait_s)

    async def _hop(self, ask: Ask, url: str, cookies: dict[str, dict[str, str]]) -> "_Answer":
        parsed = URL(url, encoded=True)
        host = parsed.raw_host or ""
        if _is_literal(host) and not self._guard.permits(host):
            raise AddressRefused(host)
        await self._obey(url, parsed, host)
        first = url == ask.url
        async with (
            self._pace.turn(host),
            self._session.request(
                ask.method if first else "GET",
                parsed,
                headers=_headers(ask, cookies.get(host, {})),
                data=ask.body if first else None,
                allow_redirects=False,
            ) as answer,
        ):
            if "Set-Cookie" in answer.headers:
                cookies.setdefault(host, {}).update({one.key: one.value for one in answer.cookies.values()})
            if answer.status in REDIRECTS and "Location" in answer.headers:
                return _Answer(answer.status, answer.headers)
            try:
                most = ask.body_bytes or self.limits.body_bytes
                body = await bodies.read(answer, most, self.limits.ratio, cut=ask.cut)
            except bodies.BodyRefused as refusal:
                answer.close()
                return _Answer(answer.status, answer.headers, refused=refusal.code)
            return _Answer(answer.status, answer.headers, body)

    async def _obey(self, url: str, parsed: URL, host: str) -> None:
        if not self.manners.robots or parsed.raw_path == "/robots.txt":
            return
        if urls.same_site(url, self.manners.own_hosts):
            return
        now_s = asyncio.get_running_loop().time()
        allowed, delay_s = await self._robots.allows(urls.origin(url), url, now_s)
        if not allowed:
            raise NotAsked("robots")
        if delay_s and self.manners.rate_per_s:
            self._pace.slow_down(host, delay_s)

    async def _robots_txt(self, url: str) -> Answer:
        answer = await self.fetch(Ask(url, body_bytes=LONGEST_BYTES, cut=True))
        return (0 if answer.error else answer.status), answer.body

    def _heed(self, url: str, answer: "_Answer") -> float:
        """Leave a busy host alone as long as it asks for; return the seconds."""
        after = _retry_after_s(answer.headers.get("Retry-After", "")) if answer.status in BUSY else 0.0
        return self._pace.close(URL(url, encoded=True).raw_host or "", after) if after else 0.0

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            raise RuntimeError("the fetcher is not open")
        return self._opened


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    refused: str = ""


def _headers(ask: Ask, cookies: Mapping[str, str]) -> dict[str, str]:
    headers = dict(ask.headers)
    if ask.etag:
        headers["If-None-Match"] = ask.etag
    if ask.last_modified:
        headers["If-Modified-Since"] = ask.last_modified
    if cookies:
        given = f"{headers['Cookie']}; " if "Cookie" in headers else ""
        headers["Cookie"] = given + "; ".join(f"{name}={value}" for name, value in cookies.items())
    return headers


def _following(at: str, target: str) -> str:
    """Return where a redirect leads, as it stands but for its fragment. Raises NotAsked."""
    try:
        following = URL(at, encoded=True).join(URL(target)).with_fragment(None)
    except ValueError:
        raise NotAsked("url") from None
    if following.scheme not in ("http", "https") or not following.raw_host:
        raise NotAsked("url")
    return str(following)


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _retry_after_s(text: str) -> float:
    """Return the seconds of a Retry-After (RFC 9110 §10.2.3); a date counts from the machine's clock; 0 if unreadable."""
    if text.strip().isdigit():
        return float(text)
    at = clock.internet_date(text)
    return max((at - clock.now()).total_seconds(), 0.0) if at else 0.0
