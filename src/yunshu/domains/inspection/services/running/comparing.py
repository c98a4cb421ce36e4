"""What other visitors get: pages as a search engine's spider, somebody coming from one, and a phone are sent them."""

import asyncio
from typing import TYPE_CHECKING

from yunshu.domains.inspection.checks import page_hidden, page_tampered
from yunshu.domains.inspection.checks.seen import Kit, SiteCard
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Run
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits, seeing
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.running.threads import apart
from yunshu.lib.crawl import Ask, Fetcher
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

VISITORS = {
    "spider": {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"},
    "referer": {"Referer": "https://www.baidu.com/s?wd=%E6%94%BF%E5%BA%9C"},
    "mobile": {
        "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
    },
}


async def compare(run: Run, machine: "Machine", kit: Kit) -> None:
    """Look at the home page, the columns and the newest pages of a run as each visitor; keep what only some are sent."""
    site, pages = await apart(_given, run, machine.compared)
    gate = asyncio.Semaphore(machine.at_once)
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:

        async def one(url: str) -> list[Found]:
            async with gate:
                return await page_as_others(fetcher, url, site, kit)

        found = [each for some in await asyncio.gather(*map(one, pages)) for each in some]
    if found:
        await apart(findings.keep, kits.versioned(found, kit), by=MACHINE, now=run.started_at)


def _given(run: Run, most: int) -> tuple[SiteCard, list[str]]:
    order = {"home": 0, "column": 1}
    rows = run.site.pages.filter(run=run).values_list("url", "role", "facts__on")
    ranked = sorted(rows, key=lambda row: str(row[2] or ""), reverse=True)
    ranked.sort(key=lambda row: order.get(row[1], 2))
    return kits.card(run.site), [url for url, _role, _on in ranked[:most]]


async def page_as_others(fetcher: Fetcher, url: str, site: SiteCard, kit: Kit) -> list[Found]:
    """Return what only some visitors of a page are sent; nothing where no page came."""
    plain = await fetcher.get(url)
    page = seeing.page_of(plain, url)
    if page is None:
        return []
    seen = seeing.seen(plain, page, site, clock.now())
    found: list[Found] = []
    for visitor, headers in VISITORS.items():
        answer = await fetcher.fetch(Ask(url, headers=headers))
        other = seeing.page_of(answer, url) if answer.body != plain.body else None
        if other is not None:
            found += page_hidden.compare(seen, other, visitor, site, kit)
            found += page_tampered.compare(seen, other, visitor, site, kit)
    return found
