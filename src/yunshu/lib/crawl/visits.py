"""A visit: whether a page opens for a visitor from outside, and how long until the whole of it had come."""

from dataclasses import dataclass

from yunshu.lib.crawl.fetch import Fetcher


@dataclass(frozen=True)
class Visited:
    """``reason`` is empty if it opened; else what ``Fetched.error`` says, ``status_503`` and the like, or ``empty``."""

    ok: bool
    status: int | None
    ms: int | None
    reason: str = ""


async def visit(fetcher: Fetcher, url: str) -> Visited:
    """Open a page once. Never raises for what the host does."""
    fetched = await fetcher.get(url)
    ok = fetched.ok and bool(fetched.body)
    reason = "" if ok else fetched.error or ("empty" if fetched.ok else f"status_{fetched.status}")
    return Visited(ok, fetched.status or None, None if fetched.error else int(fetched.elapsed_ms), reason)
