"""The end of a run: what all pages together say, what is gone since the run before."""

from datetime import datetime

from django.db import transaction

from yunshu.domains.inspection.checks.listing import SITE
from yunshu.domains.inspection.checks.seen import Kit, LetterCard, LinkVerdict, PageFacts, SiteView
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.models import Finding, LinkCheck, Message, Run
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits, linking, planning, retesting
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.lib.crawl.verdicts import Verdict

BY_RUN = frozenset(Check.values) - {
    Check.UNREACHABLE, Check.IMPERSONATION, Check.TLS, Check.IPV6, Check.HEADERS, Check.BARRIER, Check.OTHER,
    Check.ACCOUNT_STALE, Check.ACCOUNT_ZOMBIE, Check.ACCOUNT_MUTE, Check.ACCOUNT_UNCERTIFIED,
}  # fmt: skip
"""The checks whose finds the pages of a whole run would show again; ``carrying``, ``barring`` and ``imitating`` see to their own."""


@transaction.atomic
def conclude(run: Run, kit: Kit, now: datetime) -> None:
    """Keep what the facts of a run's pages say together, mark what a whole run no longer saw, close the run."""
    row = Run.objects.select_for_update().get(pk=run.pk)
    if row.stage != Run.Stage.CONCLUDING:
        return
    site, seen = kits.card(run.site), view(run)
    found = [each for check in SITE for each in check(seen, site, kit)]
    findings.keep(kits.versioned(found, kit), by=MACHINE, now=run.started_at)
    ours = Finding.objects.filter(site=run.site, origin="machine")
    for kind in sorted(BY_RUN):
        findings.absent(
            kind=kind, seen=(), began=run.started_at, complete=run.is_whole and run.kind == Run.Kind.FULL,
            now=run.started_at, site=site.code,
        )  # fmt: skip
    run.found = ours.filter(first_seen=run.started_at).count()
    run.again = ours.filter(last_seen=run.started_at).count() - run.found
    run.gone = ours.filter(gone_at=run.started_at).count()
    run.stage, run.finished_at = Run.Stage.DONE, now
    run.save(update_fields=["stage", "finished_at", "found", "again", "gone"])
    retesting.retest_by_run(run, now)


def view(run: Run) -> SiteView:
    """Return what a run saw, as checks take it."""
    before = Run.objects.filter(site=run.site, is_whole=True, stage=Run.Stage.DONE).order_by("-started_at").first()
    wanted = [linking.digest(url) for url in linking.addresses(run)]
    checks = LinkCheck.objects.filter(digest__in=wanted).exclude(verdict="").exclude(verdict=Verdict.OK.value)
    return SiteView(
        now=run.started_at,
        pages=[
            PageFacts(
                url=page.url, role=page.role, at=page.seen_at, first_at=page.first_at, facts=page.facts,
                before=page.facts.get("was"),
            )
            for page in run.site.pages.filter(run=run)
        ],
        letters=[
            LetterCard(
                id=row.message_id, title=row.title, url=row.url, asked_at=row.asked_at, replied_at=row.replied_at,
                is_public=row.is_public, is_valid=row.is_valid,
            )
            for row in Message.objects.filter(site=run.site)
        ],
        articles=[planning.article_of(article) for article in run.articles],
        links={
            row.url: LinkVerdict(
                url=row.url, verdict=row.verdict, checks=len(row.history), detail=row.detail, counts=row.counts
            )
            for row in checks
        },
        is_whole=run.is_whole,
        whole_before=before.started_at if before else None,
    )  # fmt: skip
