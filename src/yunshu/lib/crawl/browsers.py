"""The way to a renderer where the extra ``render`` may be missing: ``lib.crawl.render`` cannot even be imported without it."""

from typing import TYPE_CHECKING

from yunshu.lib.crawl.fetch import Fetcher

if TYPE_CHECKING:
    from yunshu.lib.crawl.render import Renderer


def renderer_of(fetcher: Fetcher, program: str) -> "Renderer":
    """Return a renderer over a browser's program, to be opened with ``async with``; raise ImportError without the extra."""
    from yunshu.lib.crawl.render import Chromium, Renderer  # only here: it needs the extra

    return Renderer(fetcher, Chromium(program))
