"""Verifying the addresses that sites lead to. What is bad is looked at again later, and counts only then (``lib.crawl.verdicts``)."""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from yunshu.domains.inspection.models import LinkCheck, Run
from yunshu.domains.inspection.services.running.threads import apart
from yunshu.lib.crawl import Fetcher
from yunshu.lib.crawl.linklook import LinkLooker
from yunshu.lib.crawl.verdicts import Judgement, Look, Sign, judge
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

RECHECK = timedelta(days=1)
"""After how long a settled verdict is looked into anew [I]: a link that was well may die, a dead one may come back."""
FOLLOWED = frozenset({"a", "area", "iframe", "frame", "img"})


def digest(url: str) -> str:
    """Return the key of an address."""
    return hashlib.sha256(url.encode()).hexdigest()


def addresses(run: Run) -> set[str]:
    """Return what the pages of a run lead to."""
    rows = run.site.pages.filter(run=run).values_list("facts__links", flat=True)
    return {url for links in rows for url, _text, kind, _visible in links or () if kind in FOLLOWED}


async def look(run: Run, machine: "Machine") -> None:
    """Look at every address of a run that is new or due, and again as the rhythm demands where that is within the slice."""
    wanted = await apart(addresses, run)
    await apart(_register, wanted)
    while due := await apart(_due, wanted, clock.now()):
        await look_at(due, machine)


async def look_at(due: Iterable[LinkCheck], machine: "Machine") -> None:
    """Look at addresses now, whoever leads to them."""
    gate = asyncio.Semaphore(machine.at_once)
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
        looker = LinkLooker(fetcher, slow_s=machine.slow_s)

        async def one(row: LinkCheck) -> tuple[LinkCheck, Look]:
            async with gate:
                return row, await looker.look(row.url, clock.now())

        seen = await asyncio.gather(*map(one, due))
    await apart(keep, seen, machine)


def look_again(machine: "Machine") -> int:
    """Look at the addresses that are due, of whatever site; what then counts is found at the site's next run."""
    due = due_now(clock.now())
    if due:
        asyncio.run(look_at(due, machine))
    return len(due)


def due_now(now: datetime, most: int = 500) -> list[LinkCheck]:
    """Return the addresses that are to be looked at again by now, of whatever site."""
    return list(LinkCheck.objects.filter(again_at__lte=now).order_by("again_at")[:most])


def _register(urls: Iterable[str]) -> None:
    rows = [LinkCheck(url=url[:2000], digest=digest(url)) for url in sorted(urls)]
    LinkCheck.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def _due(urls: Iterable[str], now: datetime) -> list[LinkCheck]:
    rows = LinkCheck.objects.filter(digest__in=[digest(url) for url in urls])
    return [row for row in rows if row.checked_at is None or (row.again_at is not None and row.again_at <= now)]


@transaction.atomic
def keep(seen: Iterable[tuple[LinkCheck, Look]], machine: "Machine") -> None:
    """Keep looks at addresses, one each, with what they amount to."""
    for row, one in seen:
        row.history = [*([] if row.is_settled else row.history), _stored(one)]
        judged = judge([_look(each) for each in row.history], machine.rhythm)
        _settle(row, one, judged)


def _settle(row: LinkCheck, one: Look, judged: Judgement) -> None:
    """Note a look; an earlier verdict holds until the new looks have one."""
    row.is_settled = judged.verdict is not None
    row.checked_at, row.again_at = one.at, judged.look_at or one.at + RECHECK
    if judged.verdict is not None:
        row.verdict, row.counts = judged.verdict.value, judged.counts
    row.detail = " ".join(filter(None, (str(one.status or ""), one.error)))[:200]
    row.save()


def _stored(one: Look) -> dict[str, Any]:
    return {"at": one.at.isoformat(), "sign": one.sign.value, "status": one.status, "error": one.error}


def _look(row: dict[str, Any]) -> Look:
    return Look(datetime.fromisoformat(row["at"]), Sign(row["sign"]), row["status"], row["error"])
