"""What stands in pictures: those of articles, those in files, pages of PDF that are scans; read after a run's crawl.

Reading takes 700 MB and half a second a picture, so a worker of its own does it (the queue ``pictures``), and only for content
that is new. A picture waits until the transaction that keeps what was found in it: whoever is killed reads one again.
The text itself is kept nowhere; what was found in it is masked (``checks.page_privacy``).
"""

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from yunshu.domains.inspection.checks import in_papers
from yunshu.domains.inspection.checks.seen import Kit
from yunshu.domains.inspection.choices_runs import PictureState
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Finding, Picture, Run
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import filing, kits, seeing
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.running.proving import proof_of
from yunshu.domains.inspection.services.running.threads import apart
from yunshu.lib import papers
from yunshu.lib.crawl import Ask, Fetched, Fetcher
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

LEAST_BYTES = 2048
"""A smaller picture is an icon or a line."""
PATIENCE = timedelta(hours=24)
"""So long a run waits for its pictures; what then still waits counts as not read."""
QUEUE = "pictures"


@cache
def reader() -> papers.Reader:
    """Return this process's reader of pictures; only the worker of ``QUEUE`` calls it."""
    return papers.installed_reader()


def wait() -> bool:
    """Say whether pictures of runs that have come so far wait."""
    return _waiting().exists()


def work(machine: "Machine", seconds: float) -> int:
    """Read what waits, for so many seconds; return how many were read."""
    kit, until, done = kits.kit(), clock.now() + timedelta(seconds=seconds), 0
    for run in Run.objects.select_related("site__org").filter(stage=Run.Stage.READING).order_by("started_at", "pk"):
        done += asyncio.run(_read(run, machine, kit, until))
    return done


def finish(run: Run, machine: "Machine", kit: Kit) -> bool:
    """Read a run's pictures here, or see whether another worker has; False while they are to be waited for."""
    if machine.reader is not None:
        asyncio.run(_read(run, machine, kit, None))
    waiting = Picture.objects.filter(run=run, state=Picture.State.WAITING)
    if machine.reader is None and machine.reads_apart and clock.now() < run.started_at + PATIENCE and waiting.exists():
        return False
    run.unseen = waiting.count()
    rows = Finding.objects.filter(site=run.site, gone_at=None, url__in=waiting.values("url"))
    for url in set(rows.values_list("url", flat=True)):  # nobody looked: what was wrong with it may still be
        findings.unchanged(site=run.site, url=url, now=run.started_at)
    return True


def _waiting(run: Run | None = None) -> QuerySet[Picture]:
    rows = Picture.objects.select_related("site__org", "run").filter(state=Picture.State.WAITING)
    return rows.filter(run=run) if run else rows.filter(run__stage=Run.Stage.READING)


async def _read(run: Run, machine: "Machine", kit: Kit, until: datetime | None) -> int:
    done = 0
    with Archive(machine.folder) as archive:
        async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
            for row in await apart(list, _waiting(run)):
                if until is not None and clock.now() > until:
                    break
                fetched = await fetcher.fetch(Ask(row.url))
                if fetched.error == "postponed":
                    break
                await apart(_settle, row, run, fetched, machine, kit, archive)
                done += 1
    return done


def _settle(row: Picture, run: Run, fetched: Fetched, machine: "Machine", kit: Kit, archive: Archive) -> None:
    """Keep what stands in a picture that was fetched, or that it could not be read, in one transaction."""
    now, digest = clock.now(), hashlib.sha256(fetched.body).hexdigest()
    is_known, found = fetched.ok and (row.digest, row.rules) == (digest, kit.version), list[Found]()
    state = _seen_before(fetched, digest, kit) if not is_known else Picture.State.READ
    if state is None:
        paper = filing.read(fetched, row.url, machine.reader)
        state = Picture.State.READ if paper else Picture.State.FAILED
        seen = seeing.of_file(fetched, row.url, now)
        found = list(in_papers.look(paper, seen, kits.card(run.site), kit)) if paper else []
    with transaction.atomic():
        if found:
            kept = archive.add(fetched, now)
            proof = proof_of(kept, now)
            proven = [replace(each, proofs=(proof,)) for each in found]
            findings.keep(kits.versioned(proven, kit), by=MACHINE, now=run.started_at)
        elif is_known or fetched.error:
            findings.unchanged(site=run.site, url=row.url, now=run.started_at)
        if state == Picture.State.READ and not is_known:
            row.digest, row.rules, row.finds = digest, kit.version, len(found)
        row.state, row.read_at = state, now
        row.save(update_fields=["state", "digest", "rules", "finds", "read_at"])


def _seen_before(fetched: Fetched, digest: str, kit: Kit) -> PictureState | None:
    """Return what is known of a content without reading it: none came, an icon, or one that was read elsewhere and is clean."""
    if not fetched.ok:
        return Picture.State.FAILED
    if len(fetched.body) < LEAST_BYTES:
        return Picture.State.SMALL
    clean = Picture.objects.filter(digest=digest, rules=kit.version, state=Picture.State.READ, finds=0)
    return Picture.State.READ if clean.exists() else None
