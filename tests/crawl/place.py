"""Small servers on loopback for the crawler's tests, and a fetcher that may reach them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from yunshu.lib.crawl.fetch import Fetcher, Limits, Reach
from yunshu.lib.crawl.pace import Manners

EAGER = Manners(rate_per_s=0, connections=32, robots=False)
Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(
    answer: Answering, address: str = "127.0.0.1", *, ssl_context: object = None
) -> AsyncIterator[tuple[str, int]]:
    """Serve every request by ``answer``; yields address and port."""
    runner = web.ServerRunner(web.Server(answer), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, address, 0, ssl_context=ssl_context)
    await site.start()
    try:
        yield runner.addresses[0][:2]
    finally:
        await runner.cleanup()


def fetcher(
    placed: Mapping[str, tuple[str, int]], manners: Manners = EAGER, limits: Limits | None = None, **reach: object
) -> Fetcher:
    """Return a fetcher that knows the hosts in ``placed``."""
    return Fetcher(manners, limits or Limits(total_s=5, connect_s=2), replace(Reach(), placed=placed, **reach))


def html(text: str, **more: object) -> web.Response:
    """Return a page."""
    return web.Response(text=text, content_type="text/html", **more)
