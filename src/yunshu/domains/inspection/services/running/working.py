"""The machine at work: crawls what waits, compares what other visitors get, verifies addresses, concludes; in slices.

A slice may end, or its process be killed, at any moment: the frontier, the runs' stages and the findings say where to go on.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection

from yunshu.domains.inspection.checks.seen import Kit
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.models import Run, Site
from yunshu.domains.inspection.rules import lookalikes
from yunshu.domains.inspection.services.running import (
    barring,
    carrying,
    columns,
    comparing,
    concluding,
    drawing,
    imitating,
    kits,
    linking,
    pictures,
    preparing,
)
from yunshu.domains.inspection.services.running.keeping import Keeper
from yunshu.domains.inspection.services.running.planning import FRONTIER, OPEN
from yunshu.domains.inspection.services.running.threads import Turns, apart
from yunshu.domains.inspection.services.transport import Ways
from yunshu.lib import papers
from yunshu.lib.crawl import Crawler, Fetcher, Limits, Manners, Reach, Work
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.crawl.verdicts import Rhythm
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@dataclass(frozen=True)
class Machine:
    """How the machine works. ``compared``: of how many pages a site other visitors' answers are looked at; ``suffixes``: under
    which names like a site's are looked for. ``browser`` draws pages that scripts fill. ``reader`` reads pictures here;
    ``reads_apart``: a worker of its own does.
    """

    reach: Reach = field(default_factory=Reach)
    ways: Ways = field(default_factory=Ways)
    manners: Manners = field(default_factory=Manners)
    limits: Limits = field(default_factory=Limits)
    work: Work = field(default_factory=Work)
    rhythm: Rhythm = field(default_factory=Rhythm)
    slow_s: float = 15.0
    compared: int = 60
    at_once: int = 16
    suffixes: tuple[str, ...] = lookalikes.SUFFIXES
    reader: papers.Reader | None = None
    reads_apart: bool = False
    browser: drawing.Browser | None = None
    evidence: Path | None = None

    @property
    def folder(self) -> Path:
        """Where evidence is kept."""
        found: Path = self.evidence or settings.EVIDENCE_FOLDER
        return found


def installed(reader: papers.Reader | None = None) -> Machine:
    """Return the machine of this installation: each site is asked as often as it is registered for.

    ``reader`` is what only the worker of pictures gives.
    """
    rows = Site.objects.filter(state=SiteState.RUNNING).values_list("host", "aliases", "rate_per_s")
    rates = {name: float(rate) for host, aliases, rate in rows for name in kits.ascii_hosts([host, *aliases])}
    return Machine(
        manners=Manners(rates=rates),
        reader=reader,
        reads_apart=papers.reader_installed(),
        browser=drawing.installed(),
    )


def work(machine: Machine, seconds: float | None = None) -> int:
    """Bring open runs further for so many seconds (None: to their end); return how many are still open."""
    for run in Run.objects.select_related("site__org").filter(stage=Run.Stage.PREPARING).order_by("started_at", "pk"):
        asyncio.run(preparing.prepare(run, machine))
    kit, turns = kits.kit(), Turns()
    try:
        asyncio.run(_crawl(machine, kit, turns, seconds))
    finally:
        turns.close()
    for run in Run.objects.select_related("site__org").filter(stage__in=OPEN).order_by("started_at", "pk"):
        _further(run, machine, kit)
    return Run.objects.filter(stage__in=OPEN).count()


async def _crawl(machine: Machine, kit: Kit, turns: Turns, seconds: float | None) -> int:
    stopped = asyncio.Event()
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, stopped.set)
    with Archive(machine.folder) as archive:
        keeper, homes = Keeper(kit, archive), await apart(kits.homes)
        async with (
            Fetcher(machine.manners, machine.limits, machine.reach) as fetcher,
            drawing.opened(machine.browser, fetcher, homes) as drawn,
        ):
            crawler = Crawler(fetcher, FRONTIER, turns, keeper.keep, clock=clock.now, work=machine.work, drawing=drawn)
            return await crawler.run(stopped)


def _further(run: Run, machine: Machine, kit: Kit) -> None:
    """Take a run through the stages after its crawl, each settled by itself."""
    with connection.cursor() as cursor:
        counts = FRONTIER.counts(cursor, run.crawl)
    if counts.waiting:
        return
    if run.stage == Run.Stage.CRAWLING:
        run.is_whole = counts.done > 0 and counts.failed * 50 <= counts.done
        run.pages = run.site.pages.filter(run=run).count()
        run.unread = run.site.pages.filter(run=run, role="shell").count()
        columns.discover(run)
        _to(run, Run.Stage.LINKS)
    if run.stage == Run.Stage.LINKS:
        asyncio.run(comparing.compare(run, machine, kit))
        if run.kind == Run.Kind.FULL:
            carrying.look(run, machine, kit)
            barring.look(run, machine, kit)
            asyncio.run(imitating.look(run, machine, kit))
        asyncio.run(linking.look(run, machine))
        _to(run, Run.Stage.READING)
    if run.stage == Run.Stage.READING:
        if not pictures.finish(run, machine, kit):
            return
        _to(run, Run.Stage.CONCLUDING)
    if run.stage == Run.Stage.CONCLUDING:
        concluding.conclude(run, kit, clock.now())
        log.info("inspection.run_done", run=run.number, pages=run.pages, found=run.found)


def _to(run: Run, stage: str) -> None:
    run.stage = stage
    run.save(update_fields=["stage", "is_whole", "pages", "unread", "unseen"])
