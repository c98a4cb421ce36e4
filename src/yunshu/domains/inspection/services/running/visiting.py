"""Visits to home pages, by which a site counts as reachable (W2): at every round one visit, from this vantage point."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.models import Site
from yunshu.domains.inspection.services import visits
from yunshu.lib.crawl import Fetcher, Limits
from yunshu.lib.crawl.visits import visit

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

log = structlog.get_logger()
VANTAGE = "center"
OPEN_S = 15.0
"""国办秘函〔2019〕19号, part 1, item 2: not open within 15 seconds counts as failed [V]."""


MANY = 5
"""From so many sites on, a round in which none opened says that this machine has no way out [I]: it is not held against them."""


ROUNDS = 20
"""How many rounds are made at once where several are asked for."""


def visit_all(machine: "Machine", now: datetime) -> int:
    """Visit the home page of every running site once; return how many visits were kept."""
    return visit_rounds(machine, [now])


def visit_rounds(machine: "Machine", times: Sequence[datetime], only: Sequence[Site] | None = None) -> int:
    """Visit every running site (or ``only`` of some) once for each of ``times``, as if it were then; return how many visits were kept."""
    rows = Site.objects.filter(state=SiteState.RUNNING)
    rows = rows if only is None else rows.filter(pk__in=[site.pk for site in only])
    sites = list(rows.values_list("id_code", "home_url"))
    kept = 0
    for first in range(0, len(times), ROUNDS):
        for seen in asyncio.run(_rounds(machine, sites, times[first : first + ROUNDS])):
            if len(seen) >= MANY and not any(one.ok for one in seen):
                log.warning("inspection.no_way_out", sites=len(seen))
            else:
                kept += visits.keep(seen)
    return kept


async def _rounds(
    machine: "Machine", sites: list[tuple[str, str]], times: Sequence[datetime]
) -> list[list[visits.Seen]]:
    return await asyncio.gather(*(_visit(machine, sites, at) for at in times))


async def _visit(machine: "Machine", sites: list[tuple[str, str]], now: datetime) -> list[visits.Seen]:
    gate = asyncio.Semaphore(machine.at_once)
    manners = replace(machine.manners, robots=False)  # one look at a home page, as any visitor's
    async with Fetcher(manners, Limits(total_s=OPEN_S), machine.reach) as fetcher:

        async def one(code: str, url: str) -> visits.Seen:
            async with gate:
                seen = await visit(fetcher, url)
            return visits.Seen(
                site=code, vantage=VANTAGE, at=now, ok=seen.ok, status=seen.status, ms=seen.ms, reason=seen.reason
            )

        return await asyncio.gather(*(one(code, url) for code, url in sites))
