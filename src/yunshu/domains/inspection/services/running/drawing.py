"""The browser that draws pages which a script fills: whether this machine has one, which pages want it."""

from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from yunshu.domains.inspection.checks import roles
from yunshu.lib.crawl import Drawing, Fetcher, Page, renderer_of


@dataclass(frozen=True)
class Browser:
    """A browser's program; ``homes``: home pages are drawn whatever came."""

    program: str
    homes: bool = False


def installed() -> Browser | None:
    """Return this machine's browser; None if it has none, or not the extra ``render``."""
    return None if missing() else Browser(settings.CHROMIUM, settings.RENDER_HOMES)


def missing() -> list[str]:
    """Return what rendering lacks here: ``chromium`` (the program), ``render`` (the extra); nothing if it works."""
    program = settings.CHROMIUM
    lacks = {"chromium": not program or not Path(program).is_file(), "render": find_spec("playwright") is None}
    return [name for name, lacking in lacks.items() if lacking]


@asynccontextmanager
async def opened(browser: Browser | None, fetcher: Fetcher, homes: Set[str]) -> AsyncIterator[Drawing]:
    """Give a crawler what it draws with; without a browser only which pages would want it."""

    def wants(page: Page) -> bool:
        return roles.is_thin(page) or (browser is not None and browser.homes and page.url in homes)

    if browser is None:
        yield Drawing(wants)
        return
    async with renderer_of(fetcher, browser.program) as renderer:
        yield Drawing(wants, renderer.draw)
