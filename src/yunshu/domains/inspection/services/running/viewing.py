"""A finding of a site judged anew: its pages as they came now, all others as the last whole run saw them."""

from collections.abc import Sequence
from datetime import datetime

from yunshu.domains.inspection.checks import facts
from yunshu.domains.inspection.checks.listing import SITE
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteView
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Finding, Run
from yunshu.domains.inspection.models import Page as SeenPage
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.services.running import kits, planning, seeing
from yunshu.lib.crawl import Fetched

KINDS = frozenset(
    {
        Check.HOME_STALE, Check.COLUMN_STALE, Check.COLUMN_BLANK, Check.STATISTICS_STALE, Check.GUIDE_INCOMPLETE,
        Check.INTERPRETATION_MISSING, Check.REPOST,
    }
)  # fmt: skip
"""What the pages that a finding names say together."""


def last_whole(finding: Finding) -> Run | None:
    """Return the last run that saw the whole site."""
    rows = Run.objects.filter(site=finding.site, kind=Run.Kind.FULL, is_whole=True, stage=Run.Stage.DONE)
    return rows.order_by("-started_at").first()


def found_again(finding: Finding, last: Run, answers: Sequence[Fetched], kit: Kit, now: datetime) -> bool | None:
    """Say whether a finding is still there, given how its pages answered; None where one of them cannot be read."""
    card = kits.card(last.site)
    known = {page.url: page for page in last.site.pages.filter(seen_at__gte=last.started_at)}
    pages = {url: _as_seen(page) for url, page in known.items()}
    for answer in answers:
        if answer.status in seeing.GONE_STATUS:
            pages.pop(answer.asked, None)
            continue
        page = seeing.page_of(answer, answer.asked)
        if page is None:
            return None
        before = known.get(answer.asked)
        seen = seeing.seen(answer, page, card, now, before=before.facts if before else None)
        first = before.first_at if before else now
        pages[answer.asked] = PageFacts(
            url=answer.asked, role=seen.role, at=now, first_at=first, facts=facts.of(seen, kit)
        )
    articles = [planning.article_of(each) for each in last.articles]
    view = SiteView(now=now, pages=list(pages.values()), articles=articles, whole_before=last.started_at)
    return any(_is_same(finding, found) for check in SITE for found in check(view, card, kit))


def _as_seen(page: SeenPage) -> PageFacts:
    return PageFacts(url=page.url, role=page.role, at=page.seen_at, first_at=page.first_at, facts=page.facts)


def _is_same(finding: Finding, found: Found) -> bool:
    """Say whether a find is this finding: the same, or of reposts one that shares two of its pages."""
    if fingerprints.of(found) == finding.fingerprint:
        return True
    shared = set(found.detail.get("pages", ())) & set(finding.detail.get("pages", ()))
    return found.kind == finding.kind == Check.REPOST and len(shared) > 1
