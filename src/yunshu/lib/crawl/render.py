"""Pages that a script fills, by Chromium: only where what came says too little. Import it by itself: it needs playwright.

playwright is a development dependency as of now; whoever renders in production installs it and names the browser's program.
The browser asks for nothing by itself: each request goes through the fetcher, so its guard, caps and made-up hosts hold here too.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from playwright.async_api import Browser, Error, Playwright, Route, async_playwright

from yunshu.lib.crawl.fetch import Ask, Fetcher
from yunshu.lib.crawl.linklook import THIN_CHARS, THIN_LINKS
from yunshu.lib.crawl.text import Page

LEFT_OUT = frozenset({"image", "media", "font", "websocket", "eventsource", "ping"})
_NOT_PASSED = frozenset({"content-encoding", "content-length", "transfer-encoding", "content-security-policy"})


def needs_rendering(page: Page) -> bool:
    """Say whether a page is a shell: fewer than 200 characters or 5 links (the domain sheet §C)."""
    return len(page.text) < THIN_CHARS or sum(link.kind == "a" for link in page.links) < THIN_LINKS


@dataclass(frozen=True)
class Chromium:
    """Where the browser is, and how long a page may take."""

    program: str = "/usr/bin/chromium"
    timeout_s: float = 20.0
    settle_s: float = 0.3


class Renderer:
    """One browser, opened with ``async with``; each page in a context of its own, so that nothing is left behind."""

    def __init__(self, fetcher: Fetcher, chromium: Chromium) -> None:
        self._fetcher, self._chromium = fetcher, chromium
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def __aenter__(self) -> Self:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=self._chromium.program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser:
            await self._browser.close()
        if self._playwright:
            await self._playwright.stop()

    async def html(self, url: str) -> str | None:
        """Return a page's HTML after its scripts have run; None if it does not open."""
        if self._browser is None:
            raise RuntimeError("the renderer is not open")
        context = await self._browser.new_context(service_workers="block", accept_downloads=False)
        try:
            page = await context.new_page()
            await page.route("**/*", self._serve)
            timeout_ms = self._chromium.timeout_s * 1000
            answer = await page.goto(url, wait_until="networkidle", timeout=timeout_ms)
            await page.wait_for_timeout(self._chromium.settle_s * 1000)
            return await page.content() if answer and answer.ok else None
        except Error:
            return None
        finally:
            await context.close()

    async def _serve(self, route: Route) -> None:
        request = route.request
        if request.resource_type in LEFT_OUT or not request.url.startswith(("http://", "https://")):
            await route.abort()
            return
        headers = {name: value for name, value in request.headers.items() if name in ("accept", "content-type")}
        ask = Ask(request.url, request.method, headers, body=request.post_data_buffer)
        fetched = await self._fetcher.fetch(ask)
        if fetched.error or not fetched.status:
            await route.abort()
            return
        kept = {name: value for name, value in fetched.headers.items() if name.lower() not in _NOT_PASSED}
        await route.fulfill(status=fetched.status, headers=kept, body=fetched.body)
