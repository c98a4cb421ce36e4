"""Retests are answered within minutes of 已整改, each in the way that its fault needs.

| fault | way |
|---|---|
| of a page | its page is asked for and looked at (``retesting``) |
| in a file | the file is fetched and read (``of_paper``) |
| a dead link | the address is looked at, and the pages that led to it (``of_link``) |
| what only some visitors get | the page is asked for as each visitor (``of_visitors``) |
| columns, home page, guides, reposts, interpretations | their pages as they are now, in the view of the last whole run (``of_view``) |
| of an account | its feed is asked, its posts read, its facts judged (``watching.retesting``) |
| the rest of a site | a quick run of the site, or the next whole one |

Of transport, visits and imitation the next whole run (or a day of visits) says whether they are gone: they are not asked for here.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.utils.translation import gettext as _

from yunshu.domains.inspection.checks import in_papers
from yunshu.domains.inspection.checks.seen import Kit
from yunshu.domains.inspection.choices import Check, SiteState
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.contracts import Proof
from yunshu.domains.inspection.models import Finding, LinkCheck, Retest, Run
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.services import retests
from yunshu.domains.inspection.services.running import (
    barring,
    comparing,
    filing,
    kits,
    linking,
    planning,
    retesting,
    seeing,
    viewing,
)
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.watching import retesting as of_accounts
from yunshu.lib.crawl import Fetched, Fetcher, LinkLooker, Look, Sign, urls
from yunshu.lib.kernel.errors import YunshuError

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

log = structlog.get_logger()
MOST = 500
NOT_HERE = frozenset({Check.UNREACHABLE, Check.TLS, Check.IPV6, Check.HEADERS, Check.IMPERSONATION})


@dataclass(frozen=True)
class Answer:
    """What a retest found, in words for whoever waits for it."""

    result: str
    words: str = ""
    proofs: tuple[Proof, ...] = ()


Way = Callable[[Finding, "Machine", Kit, datetime], Answer | None]


def answer_all(machine: "Machine", now: datetime, only: Sequence[Finding] | None = None) -> int:
    """Answer every retest (or those of some findings) that can be answered now, and see that the others will be.

    Return how many were answered.
    """
    waiting = retests.pending(MOST)
    if only is not None:
        waiting = [row for row in waiting if row.finding in only]
    if not waiting:
        return 0
    done = retesting.retest_pages(machine, now, waiting)
    kit = kits.kit()
    rest = Retest.objects.filter(pk__in=[row.pk for row in waiting], done_at=None)
    for row in rest.select_related("finding__site__org", "finding__account").order_by("asked_at", "pk"):
        done += _answer(row, machine, kit, now)
    return done


def _answer(row: Retest, machine: "Machine", kit: Kit, now: datetime) -> bool:
    try:
        found = _asked(row, machine, kit, now)
    except YunshuError as error:
        log.warning("inspection.retest_put_off", retest=row.number, reason=error.code)
        return False
    if found is None:
        return False
    retests.finish(number=row.number, result=found.result, words=found.words, proofs=found.proofs, now=now)
    return True


def _asked(row: Retest, machine: "Machine", kit: Kit, now: datetime) -> Answer | None:
    finding = row.finding
    if finding.account is not None:
        return Answer(*of_accounts.judge(row, machine, kit, now))
    if finding.kind in NOT_HERE or finding.site is None:
        return None
    if finding.site.state != SiteState.RUNNING:
        return Answer(RetestResult.INCONCLUSIVE, _("网站不在运行状态，不能复测。"))
    way = _way(finding)
    return (way(finding, machine, kit, now) if way else None) or _by_run(row, now)


def _way(finding: Finding) -> Way | None:
    if finding.kind == Check.LINK_DEAD:
        return of_link
    if finding.kind == Check.BARRIER:
        return of_barrier
    if "visitor" in finding.detail:
        return of_visitors
    if finding.url.lower().endswith(filing.SUFFIXES):
        return of_paper
    return of_view if finding.kind in viewing.KINDS else None


def of_paper(finding: Finding, machine: "Machine", kit: Kit, now: datetime) -> Answer | None:
    """Fetch the file anew and read it."""
    (fetched,) = asyncio.run(_fetch([finding.url], machine))
    if fetched.status in seeing.GONE_STATUS:
        return Answer(RetestResult.GONE, _("文件已删除。"))
    paper = filing.read(fetched, finding.url, machine.reader) if fetched.ok else None
    if paper is None or finding.site is None:
        return Answer(RetestResult.INCONCLUSIVE, _("没有读到这个文件，请人工核实。"))
    card = kits.card(finding.site)
    found = in_papers.look(paper, seeing.of_file(fetched, finding.url, now), card, kit)
    is_there = finding.fingerprint in map(fingerprints.of, found)
    if not is_there and filing.has_pictures(paper):
        return Answer(RetestResult.INCONCLUSIVE, _("文件里的图片没有识别，请人工核实。"))
    result = RetestResult.FOUND if is_there else RetestResult.GONE
    return Answer(result, proofs=retesting.shown(result, fetched, machine, now))


def of_visitors(finding: Finding, machine: "Machine", kit: Kit, _now: datetime) -> Answer | None:
    """Ask for the page as each visitor and look at what only some are sent."""
    if finding.site is None:
        return None
    card = kits.card(finding.site)

    async def ask() -> tuple[Fetched, set[str]]:
        async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
            plain = await fetcher.get(finding.url)
            found = await comparing.page_as_others(fetcher, finding.url, card, kit)
        return plain, set(map(fingerprints.of, found))

    plain, marks = asyncio.run(ask())
    if finding.fingerprint in marks:
        return Answer(RetestResult.FOUND)
    if plain.ok or plain.status in seeing.GONE_STATUS:
        return Answer(RetestResult.GONE)
    return Answer(RetestResult.INCONCLUSIVE, _("没有读到这个网页，请人工核实。"))


def of_link(finding: Finding, machine: "Machine", _kit: Kit, now: datetime) -> Answer | None:
    """Look at the address now, and at whether the pages that led to it still do."""
    link = str(finding.detail.get("link", ""))
    if not link:
        return None
    looked, pages = asyncio.run(_look(link, planning.pages_of(finding), machine, now))
    row = LinkCheck.objects.filter(digest=linking.digest(link)).first()
    if row is not None:
        linking.keep([(row, looked)], machine)
    leading = [url for url, has in pages.items() if has]
    if looked.sign in (Sign.GOOD, Sign.SLOW):
        return Answer(RetestResult.GONE, _("链接现在可以打开。"))
    if not leading and None not in pages.values():
        return Answer(RetestResult.GONE, _("%(n)s 个网页都不再链接到它。") % {"n": len(pages)})
    why = " ".join(filter(None, (str(looked.status or ""), looked.error)))
    words = _("链接仍打不开（%(why)s），仍在 %(url)s。") % {"why": why, "url": (leading or [finding.url])[0]}
    is_dead = leading and looked.sign in (Sign.GONE, Sign.SOFT404)
    return Answer(RetestResult.FOUND if is_dead else RetestResult.INCONCLUSIVE, words[:500])


def of_barrier(finding: Finding, machine: "Machine", _kit: Kit, _now: datetime) -> Answer | None:
    """Draw the page now and examine it."""
    if finding.site is None:
        return None
    marks = barring.marks_now(finding.url, kits.card(finding.site), machine)
    if marks is None:
        return Answer(RetestResult.INCONCLUSIVE, _("网页没有呈现出来（这台机器可能没有浏览器），请人工核实。"))
    return Answer(RetestResult.FOUND if finding.fingerprint in marks else RetestResult.GONE)


def of_view(finding: Finding, machine: "Machine", kit: Kit, now: datetime) -> Answer | None:
    """Judge the finding's pages as they are now, in the view of the last whole run; None where that cannot be said."""
    pages = planning.pages_of(finding)
    last = viewing.last_whole(finding)
    if last is None or not pages or finding.detail.get("second_level") or "#" in finding.url:
        return None
    answers = asyncio.run(_fetch(pages, machine))
    found = viewing.found_again(finding, last, answers, kit, now)
    if found is None:
        return Answer(RetestResult.INCONCLUSIVE, _("没有读到相关的网页，请人工核实。"))
    result = RetestResult.FOUND if found else RetestResult.GONE
    return Answer(result, proofs=retesting.shown(result, answers[0], machine, now))


async def _fetch(wanted: list[str], machine: "Machine") -> list[Fetched]:
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
        return list(await asyncio.gather(*map(fetcher.get, wanted)))


async def _look(link: str, pages: list[str], machine: "Machine", now: datetime) -> tuple[Look, dict[str, bool | None]]:
    """Return how an address answers, and of each page whether it leads there; None for a page that did not come."""
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:
        looked = await LinkLooker(fetcher, slow_s=machine.slow_s).look(link, now)
        answers = await asyncio.gather(*map(fetcher.get, pages))
    return looked, {url: _leads(answer, url, link) for url, answer in zip(pages, answers, strict=True)}


def _leads(answer: Fetched, url: str, link: str) -> bool | None:
    if answer.status in seeing.GONE_STATUS:
        return False
    page = seeing.page_of(answer, url)
    if page is None:
        return None
    return any(link in (each.url, urls.canonical(each.url)) for each in page.links)


def _by_run(row: Retest, now: datetime) -> Answer | None:
    """Judge by a run that began since the retest was asked for; open a quick one where there is none."""
    finding, site = row.finding, row.finding.site
    if site is None:
        return None
    runs = Run.objects.filter(site=site, started_at__gt=row.asked_at)
    run = runs.filter(stage=Run.Stage.DONE).order_by("-started_at").first()
    if run is None:
        if not Run.objects.filter(site=site, stage__in=planning.OPEN).exists():
            planning.begin(actor=MACHINE, id_code=site.id_code, kind=Run.Kind.QUICK, now=now)
        return None
    if finding.last_seen >= run.started_at:
        return Answer(RetestResult.FOUND, _("快速检查 %(run)s 仍然发现。") % {"run": run.number})
    pages = planning.pages_of(finding)
    if run.is_whole and site.pages.filter(run=run, url__in=pages).count() == len(pages):
        return Answer(RetestResult.GONE, _("快速检查 %(run)s 没有再发现。") % {"run": run.number})
    return Answer(RetestResult.INCONCLUSIVE, _("快速检查 %(run)s 没有读全相关网页，请人工核实。") % {"run": run.number})
