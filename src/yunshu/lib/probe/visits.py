"""Visits to public pages, as the crawler makes them: through its guard, so that no page leads into the network we stand in."""

from yunshu.lib.crawl import Fetcher, Manners, Reach, visits
from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.outcome import Outcome
from yunshu.lib.probe.targets import Visit


async def visit(check: Visit, kit: Kit) -> Outcome:
    """Open the page once, robots.txt or not: any visitor does."""
    reach: Reach = kit.part("reach", Reach)
    async with Fetcher(Manners(robots=False), reach=reach) as fetcher:
        seen = await visits.visit(fetcher, check.url)
    return Outcome(ok=seen.ok, latency_ms=None if seen.ms is None else float(seen.ms), error=seen.reason)
