"""Barriers that only a drawn page shows (contrast, names, order): axe-core on the home page and one page of each sort.

The sample is the same at every run, so that what was repaired is seen to be. What ``checks.page_barriers`` finds on every page is
left to it.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Kit, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Finding, Run
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits, seeing
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.running.proving import proof_of
from yunshu.lib.crawl import Fetched, Fetcher, barriers, renderer_of
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

SAMPLED = ("home", "column", "article", "guide")
ELSEWHERE = ("image-alt", "input-image-alt", "label", "select-name", "link-name", "button-name")
"""Rules of axe-core that ``checks.page_barriers`` sees to on every page."""


def look(run: Run, machine: "Machine", kit: Kit) -> None:
    """Examine a run's sample; keep what bars, mark what no longer does. Without a browser all stays as it was."""
    if machine.browser is None or not barriers.installed():
        return
    site, wanted = kits.card(run.site), sample(run)
    drawn = asyncio.run(_examined(wanted, machine.browser.program, machine))
    with Archive(machine.folder) as archive:
        found = [
            each
            for url, (fetched, bars) in drawn.items()
            if bars
            for each in _proven(site, url, fetched, bars, archive)
        ]
    with transaction.atomic():
        findings.keep(kits.versioned(found, kit), by=MACHINE, now=run.started_at)
        rows = Finding.objects.filter(site=run.site, kind=Check.BARRIER, gone_at=None, last_seen__lt=run.started_at)
        unseen = [url for url, (_, bars) in drawn.items() if bars is None]
        findings.gone(rows.exclude(url__in=unseen), run.started_at)


def marks_now(url: str, site: SiteCard, machine: "Machine") -> set[str] | None:
    """Return the fingerprints of what bars on a page as it is now; None if it cannot be drawn."""
    if machine.browser is None or not barriers.installed():
        return None
    _, bars = asyncio.run(_examined([url], machine.browser.program, machine))[url]
    return None if bars is None else set(map(fingerprints.of, finds(site, url, bars)))


def sample(run: Run) -> list[str]:
    """Return the addresses of a run's pages that are examined: of each sort the one whose digest is least."""
    pages: dict[str, str] = {}
    for role, url in run.site.pages.filter(run=run, role__in=SAMPLED).values_list("role", "url"):
        pages[role] = min(pages.get(role, url), url, key=lambda each: hashlib.sha256(each.encode()).digest())
    return [pages[role] for role in SAMPLED if role in pages]


def finds(site: SiteCard, url: str, bars: Iterable[barriers.Barrier]) -> list[Found]:
    """Return a find for each rule that a page breaks."""
    return [
        on_site(
            Check.BARRIER,
            site,
            key=f"{url} {bar.rule}",
            url=url,
            words=f"{bar.help}（{bar.count} 处）",
            place="呈现后的网页",
            detail={
                "rule": bar.rule,
                "impact": bar.impact,
                "wcag": [".".join(each) for each in bar.criteria],
                "elements": [{"selector": selector, "html": html} for selector, html in bar.elements],
            },
        )
        for bar in bars
    ]


def _proven(
    site: SiteCard, url: str, fetched: Fetched, bars: Iterable[barriers.Barrier], archive: Archive
) -> list[Found]:
    """Return a page's finds with the page as it came, before its scripts."""
    now = clock.now()
    kept = archive.add(fetched, now)
    proof = proof_of(kept, now)
    return [replace(each, proofs=(proof,)) for each in finds(site, url, bars)]


async def _examined(
    wanted: Sequence[str], browser: str, machine: "Machine"
) -> dict[str, tuple[Fetched, list[barriers.Barrier] | None]]:
    """Return each page as it came and what bars on it: nothing where it is gone, None where it could not be drawn."""
    async with (
        Fetcher(machine.manners, machine.limits, machine.reach) as fetcher,
        renderer_of(fetcher, browser) as renderer,
    ):

        async def one(url: str) -> tuple[Fetched, list[barriers.Barrier] | None]:
            fetched = await fetcher.get(url)
            if fetched.status in seeing.GONE_STATUS:
                return fetched, []
            return fetched, await barriers.barriers(renderer, fetched, but=ELSEWHERE) if fetched.ok else None

        return dict(zip(wanted, await asyncio.gather(*map(one, wanted)), strict=True))
