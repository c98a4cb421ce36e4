"""Pages that a script fills, by Chromium: only where what came says too little. Import it by itself: it needs the extra ``render``.

The browser asks for nothing by itself. Each request of a page goes through the fetcher, so its guard, pace, caps and made-up
hosts hold here too; what a page can do behind the interception (WebSocket, WebRTC, prefetching names) ends at a proxy
that is not there and a resolver that knows no name.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from playwright.async_api import Browser, Error, Page, Playwright, Route, async_playwright

from yunshu.lib.crawl import urls
from yunshu.lib.crawl.fetch import Ask, Fetched, Fetcher
from yunshu.lib.crawl.linklook import THIN_CHARS, THIN_LINKS
from yunshu.lib.crawl.text import Page as ReadPage

LEFT_OUT = frozenset({"image", "media", "font", "stylesheet", "websocket", "eventsource", "ping", "manifest"})
SHARED = frozenset({"script", "stylesheet"})
MOST_ASKED = 60
"""More requests of one page are refused."""
MOST_KEPT_BYTES = 32 << 20
_NOT_PASSED = frozenset({"content-encoding", "content-length", "transfer-encoding", "content-security-policy"})
_SHUT = (
    "--proxy-server=http://127.0.0.1:9",  # nobody listens at the discard port: what is not intercepted goes nowhere
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--dns-prefetch-disable",
    "--disable-dev-shm-usage",
)


def needs_rendering(page: ReadPage) -> bool:
    """Say whether a page is a shell: fewer than 200 characters or 5 links (the domain sheet §C)."""
    return len(page.text) < THIN_CHARS or sum(link.kind == "a" for link in page.links) < THIN_LINKS


@dataclass(frozen=True)
class Chromium:
    """Where the browser is, how long a page may take, and how many are open at once."""

    program: str = "/usr/bin/chromium"
    timeout_s: float = 20.0
    settle_s: float = 0.3
    at_once: int = 2


class Renderer:
    """One browser, opened with ``async with`` and started at its first page; each page in a context of its own.

    Scripts and styles are kept while it is open: a site's pages share them, and its server is asked for each but once.
    """

    def __init__(self, fetcher: Fetcher, chromium: Chromium) -> None:
        self._fetcher, self._chromium = fetcher, chromium
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._starting, self._gate = asyncio.Lock(), asyncio.Semaphore(chromium.at_once)
        self._scripts: dict[str, Fetched] = {}
        self._kept_bytes = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser:
            await self._browser.close()
        if self._playwright:
            await self._playwright.stop()

    async def html(self, url: str, came: Fetched | None = None) -> str | None:
        """Return a page's HTML after its scripts have run; None if it does not open. ``came`` is its answer, if it is there."""
        async with self._gate:
            try:
                return await self._drawn(await self._started(), url, came)
            except Error:
                return None

    async def evaluated(self, came: Fetched, scripts: Sequence[str]) -> Any:
        """Return what the last of ``scripts`` gives on a page that came, drawn with its styles; None if it does not open."""
        async with self._gate:
            try:
                async with self._opened(await self._started(), came.url, came, styled=True) as page:
                    given = None
                    if page is not None:
                        async with asyncio.timeout(self._chromium.timeout_s):
                            for script in scripts:
                                given = await page.evaluate(script)
                    return given
            except (Error, TimeoutError):
                return None

    async def draw(self, came: Fetched) -> str | None:
        """Return the HTML of a page that came, after its scripts have run; None if it does not open."""
        return await self.html(came.url, came)

    async def _started(self) -> Browser:
        """Return the browser, started anew if it died. Raises Error."""
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                self._playwright = self._playwright or await async_playwright().start()
                sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has none for root
                self._browser = await self._playwright.chromium.launch(
                    executable_path=self._chromium.program,
                    args=[*_SHUT, *sandbox],
                    chromium_sandbox=not sandbox,
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            return self._browser

    async def _drawn(self, browser: Browser, url: str, came: Fetched | None) -> str | None:
        async with self._opened(browser, url, came) as page:
            return await page.content() if page is not None else None

    @asynccontextmanager
    async def _opened(
        self, browser: Browser, url: str, came: Fetched | None, *, styled: bool = False
    ) -> AsyncIterator[Page | None]:
        """Give a page in a context of its own, its scripts run; None if it does not open or leads away.

        ``styled``: with its styles, and open to scripts of ours whatever its Content-Security-Policy says.
        """
        context = await browser.new_context(service_workers="block", accept_downloads=False, bypass_csp=styled)
        try:
            page = await context.new_page()
            left_out = LEFT_OUT - {"stylesheet"} if styled else LEFT_OUT
            await context.route("**/*", _Serving(self, url, came, left_out).serve)
            timeout_ms = self._chromium.timeout_s * 1000
            answer = await page.goto(url, wait_until="networkidle", timeout=timeout_ms)
            await page.wait_for_timeout(self._chromium.settle_s * 1000)
            stayed = answer is not None and answer.ok and urls.origin(page.url) == urls.origin(answer.url)
            yield page if stayed else None
        finally:
            await context.close()

    async def ask(self, ask: Ask, *, is_shared: bool) -> Fetched:
        """Return the fetcher's answer; of a script or style that was asked for before, that one."""
        if (kept := self._scripts.get(ask.url)) is not None and is_shared:
            return kept
        fetched = await self._fetcher.fetch(ask)
        if is_shared and fetched.ok and self._kept_bytes < MOST_KEPT_BYTES:
            self._scripts[ask.url] = fetched
            self._kept_bytes += len(fetched.body)
        return fetched


class _Serving:
    """Answers what one page asks for."""

    def __init__(self, renderer: Renderer, url: str, came: Fetched | None, left_out: frozenset[str]) -> None:
        self._renderer, self._url, self._came, self._left_out, self._asked = renderer, url, came, left_out, 0

    async def serve(self, route: Route) -> None:
        try:
            await self._serve(route)
        except Error:  # the page is gone meanwhile
            return

    async def _serve(self, route: Route) -> None:
        request = route.request
        self._asked += 1
        left_out = request.resource_type in self._left_out or not request.url.startswith(("http://", "https://"))
        if left_out or self._asked > MOST_ASKED:
            await route.abort()
            return
        if self._came is not None and request.url == self._url and request.is_navigation_request():
            fetched, self._came = self._came, None
        else:
            headers = {name: value for name, value in request.headers.items() if name in ("accept", "content-type")}
            ask = Ask(request.url, request.method, headers, body=request.post_data_buffer)
            fetched = await self._renderer.ask(ask, is_shared=request.resource_type in SHARED)
        if fetched.error or not fetched.status:
            await route.abort()
            return
        kept = {name: value for name, value in fetched.headers.items() if name.lower() not in _NOT_PASSED}
        await route.fulfill(status=fetched.status, headers=kept, body=fetched.body)
