"""Retests: the page of a finding is asked for anew and looked at by its checks; ``answering`` sees to what a page alone cannot show."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from yunshu.domains.inspection.checks import listing, roles
from yunshu.domains.inspection.checks.seen import Kit
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.contracts import Proof
from yunshu.domains.inspection.models import Finding, Retest, Run
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.services import retests
from yunshu.domains.inspection.services.running import kits, seeing
from yunshu.domains.inspection.services.running.proving import proof_of
from yunshu.lib.crawl import Fetched, Fetcher
from yunshu.lib.crawl.evidence import Archive

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

ON_PAGE = frozenset(
    {
        Check.LABEL_MISSING, Check.FOOTER_MARK, Check.SECRET_MARK, Check.PRIVACY_LEAK, Check.WORDING_SERIOUS, Check.WORDING_WRONG,
        Check.SPELLING, Check.DARK_LINK, Check.TAMPERED, Check.ACCESSIBILITY,
    }
)  # fmt: skip
"""What a page alone shows. A dark link that only some visitors get is not among it: see ``comparing``."""


def retest_pages(machine: "Machine", now: datetime, waiting: Sequence[Retest] | None = None) -> int:
    """Finish the retests (all that wait, or some) that a page can answer; return how many."""
    waiting = retests.pending() if waiting is None else waiting
    rows = [row for row in waiting if _is_of_page(row.finding)]
    if not rows:
        return 0
    kit = kits.kit()
    answers = asyncio.run(_ask([row.finding.url for row in rows], machine))
    for row, fetched in zip(rows, answers, strict=True):
        result = _judge(row.finding, fetched, kit, now)
        retests.finish(number=row.number, result=result, now=now, proofs=shown(result, fetched, machine, now))
    return len(rows)


def shown(result: str, fetched: Fetched, machine: "Machine", now: datetime) -> tuple[Proof, ...]:
    """Return the page that still has the fault as it came now, kept in the archive; nothing where the fault is gone."""
    if result != RetestResult.FOUND:
        return ()
    with Archive(machine.folder) as archive:
        kept = archive.add(fetched, now)
    return (proof_of(kept, now),)


def retest_by_run(run: Run, now: datetime) -> None:
    """Finish the retests of a site that a whole run has answered: what it saw again is still there."""
    if not run.is_whole or run.kind != Run.Kind.FULL:
        return
    answered = Q(finding__last_seen__gte=run.started_at) | Q(finding__gone_at__isnull=False)
    for row in Retest.objects.filter(answered, done_at=None, finding__site=run.site, asked_at__lt=run.started_at):
        seen = row.finding.last_seen >= run.started_at
        retests.finish(number=row.number, result=RetestResult.FOUND if seen else RetestResult.GONE, now=now)


def _is_of_page(finding: Finding) -> bool:
    return (
        finding.site is not None
        and finding.kind in ON_PAGE
        and "visitor" not in finding.detail
        and not finding.url.lower().endswith((".docx", ".xlsx", ".pdf", ".png", ".jpg", ".csv"))
    )


async def _ask(urls: list[str], machine: "Machine") -> list[Fetched]:
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
        return list(await asyncio.gather(*map(fetcher.get, urls)))


def _judge(finding: Finding, fetched: Fetched, kit: Kit, now: datetime) -> str:
    """Return whether a page still has the fault; a page that is gone has not, one that did not come is not judged."""
    page = seeing.page_of(fetched, finding.url)
    if fetched.status in seeing.GONE_STATUS:
        return RetestResult.GONE
    if finding.site is None or page is None:
        return RetestResult.INCONCLUSIVE
    card = kits.card(finding.site)
    known = finding.site.pages.filter(url=finding.url).values_list("facts", flat=True).first()
    found = listing.on_page(seeing.seen(fetched, page, card, now, before=known), card, kit)
    if finding.fingerprint in map(fingerprints.of, found):
        return RetestResult.FOUND
    return RetestResult.INCONCLUSIVE if roles.is_shell(page) else RetestResult.GONE  # no browser here: a run draws it
