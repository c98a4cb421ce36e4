"""Keeping a page as it is crawled: its facts, its files, what is wrong with it; in the transaction that settles it."""

from dataclasses import replace
from datetime import date

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.checks import facts, in_papers, listing, page_tampered
from yunshu.domains.inspection.checks.seen import Kit, SiteCard
from yunshu.domains.inspection.contracts import Found, Proof
from yunshu.domains.inspection.models import Page as SeenPage
from yunshu.domains.inspection.models import Run
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits, seeing
from yunshu.lib import papers
from yunshu.lib.crawl import Page
from yunshu.lib.crawl.crawler import Crawled
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.crawl.frontier import Cursor

MACHINE = System(name="网站检查")
NOT_MODIFIED = 304
PAPERS = (".doc", ".docx", ".xls", ".xlsx", ".csv", ".pdf", ".png", ".jpg", ".jpeg")


class Keeper:
    """Keeps pages of whatever runs are open. ``reader`` reads pictures, None where that is not installed."""

    def __init__(self, kit: Kit, archive: Archive, reader: papers.Reader | None = None) -> None:
        self._kit, self._archive, self._reader = kit, archive, reader
        self._open: dict[str, tuple[Run, SiteCard]] = {}

    def keep(self, _cursor: Cursor, crawled: Crawled) -> None:
        """Keep one page. Raises Run.DoesNotExist for a page of no open run: it is settled as failed."""
        if crawled.crawl not in self._open:
            run = Run.objects.select_related("site__org").get(crawl=crawled.crawl, stage=Run.Stage.CRAWLING)
            self._open[crawled.crawl] = (run, kits.card(run.site))
        run, site = self._open[crawled.crawl]
        if crawled.fetched.status == NOT_MODIFIED:
            SeenPage.objects.filter(site_id=run.site_id, url=crawled.url).update(seen_at=crawled.at, run=run)
            findings.unchanged(site=run.site, url=crawled.url, now=run.started_at)
        elif crawled.page is not None:
            self._page(run, site, crawled, crawled.page)
        elif crawled.fetched.ok and crawled.url.lower().endswith(PAPERS):
            self._paper(run, site, crawled)

    def _page(self, run: Run, site: SiteCard, crawled: Crawled, page: Page) -> None:
        known = SeenPage.objects.filter(site_id=run.site_id, url=crawled.url).first()
        before = known.facts if known else None
        seen = seeing.seen(crawled.fetched, page, site, crawled.at, before=before, listed_on=self._listed(run, crawled))
        seen = replace(seen, url=crawled.url)
        found = listing.on_page(seen, site, self._kit)
        kept = facts.of(seen, self._kit)
        clean = facts.baseline(before)
        if clean is not None and any(map(page_tampered.is_change, found)):
            kept["baseline"] = {name: clean[name] for name in ("scripts", "blocks")}
        row = {"role": seen.role, "status": seen.status, "seen_at": crawled.at, "run": run, "facts": kept}
        SeenPage.objects.update_or_create(
            site_id=run.site_id, url=crawled.url, defaults=row, create_defaults={**row, "first_at": run.started_at}
        )
        self._found(run, crawled, found)

    def _listed(self, run: Run, crawled: Crawled) -> date | None:
        """Return the date that the list which led to a page gives for it."""
        above = (
            SeenPage.objects.filter(site_id=run.site_id, url=crawled.found_on).values_list("facts", flat=True).first()
        )
        said = (above or {}).get("listed", {}).get(crawled.url)
        return date.fromisoformat(said) if said else None

    def _paper(self, run: Run, site: SiteCard, crawled: Crawled) -> None:
        name = crawled.url.rsplit("/", 1)[-1]
        paper = papers.read(
            crawled.fetched.body, name=name, content_type=crawled.fetched.content_type, reader=self._reader
        )
        if isinstance(paper, papers.Unread):
            return
        seen = seeing.of_file(crawled.fetched, crawled.url, crawled.at)
        self._found(run, crawled, list(in_papers.look(paper, seen, site, self._kit)))

    def _found(self, run: Run, crawled: Crawled, found: list[Found]) -> None:
        """Keep what was found with the page as it came: one record in the archive for all of it."""
        if not found:
            return
        kept = self._archive.add(crawled.fetched, crawled.at)
        proof = Proof(kind="warc", sha256=kept.sha256, taken_at=crawled.at, path=kept.file, offset=kept.offset)
        proven = [replace(each, proofs=(proof,)) for each in found]
        findings.keep(kits.versioned(proven, self._kit), by=MACHINE, now=run.started_at)
