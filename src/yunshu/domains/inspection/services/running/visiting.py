"""Visits to home pages, by which a site counts as reachable (W2): at every round one visit, from this vantage point."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.models import Site
from yunshu.domains.inspection.services import visits
from yunshu.lib.crawl import Fetcher, Limits

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

VANTAGE = "center"
OPEN_S = 15.0
"""国办秘函〔2019〕19号, part 1, item 2: not open within 15 seconds counts as failed [V]."""


def visit_all(machine: "Machine", now: datetime) -> int:
    """Visit the home page of every running site once; return how many visits were kept."""
    sites = list(Site.objects.filter(state=SiteState.RUNNING).values_list("id_code", "home_url"))
    return visits.keep(asyncio.run(_visit(machine, sites, now)))


async def _visit(machine: "Machine", sites: list[tuple[str, str]], now: datetime) -> list[visits.Seen]:
    gate = asyncio.Semaphore(machine.at_once)
    manners = replace(machine.manners, robots=False)  # one look at a home page, as any visitor's
    async with Fetcher(manners, Limits(total_s=OPEN_S), machine.reach) as fetcher:

        async def one(code: str, url: str) -> visits.Seen:
            async with gate:
                fetched = await fetcher.get(url)
            return visits.Seen(
                site=code,
                vantage=VANTAGE,
                at=now,
                ok=fetched.ok and bool(fetched.body),
                status=fetched.status or None,
                ms=None if fetched.error else int(fetched.elapsed_ms),
                reason=fetched.error,
            )

        return await asyncio.gather(*(one(code, url) for code, url in sites))
