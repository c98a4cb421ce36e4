"""Keeping a page as it is crawled: its facts, its files, what is wrong with it; in the transaction that settles it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.checks import facts, in_papers, listing, page_hidden, page_tampered
from yunshu.domains.inspection.checks.seen import Kit, SiteCard
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Page as SeenPage
from yunshu.domains.inspection.models import Picture, Run
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import filing, kits, seeing
from yunshu.domains.inspection.services.running.proving import proof_of
from yunshu.lib.crawl import Page, urls
from yunshu.lib.crawl.crawler import Crawled
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.crawl.frontier import Cursor

MACHINE = System(name="网站检查")
NOT_MODIFIED = 304
DRAWN = (".svg", ".ico", ".gif")
"""Pictures that carry no text of an article."""


class Keeper:
    """Keeps pages of whatever runs are open; pictures are noted, and read afterwards (``pictures``)."""

    def __init__(self, kit: Kit, archive: Archive) -> None:
        self._kit, self._archive = kit, archive
        self._open: dict[str, tuple[Run, SiteCard]] = {}

    def keep(self, _cursor: Cursor, crawled: Crawled) -> None:
        """Keep one page. Raises Run.DoesNotExist for a page of no open run: it is settled as failed."""
        if crawled.crawl not in self._open:
            run = Run.objects.select_related("site__org").get(crawl=crawled.crawl, stage=Run.Stage.CRAWLING)
            self._open[crawled.crawl] = (run, kits.card(run.site))
        run, site = self._open[crawled.crawl]
        if crawled.fetched.status == NOT_MODIFIED:
            self._unchanged(run, site, crawled)
        elif crawled.page is not None:
            self._page(run, site, crawled, crawled.page)
        elif crawled.fetched.ok and crawled.url.lower().endswith(filing.SUFFIXES):
            self._paper(run, site, crawled)

    def _unchanged(self, run: Run, site: SiteCard, crawled: Crawled) -> None:
        pages = SeenPage.objects.filter(site_id=run.site_id, url=crawled.url)
        pages.update(seen_at=crawled.at, run=run)
        findings.unchanged(site=run.site, url=crawled.url, now=run.started_at)
        for links in pages.filter(role="article").values_list("facts__links", flat=True):
            note(run, crawled.url, pictures_of(links or (), site))
        if Picture.objects.filter(site_id=run.site_id, url=crawled.url).exists():  # a file with pictures
            note(run, crawled.found_on, [crawled.url])

    def _page(self, run: Run, site: SiteCard, crawled: Crawled, page: Page) -> None:
        known = SeenPage.objects.filter(site_id=run.site_id, url=crawled.url).first()
        before = known.facts if known else None
        if before is not None and before.get("drawn", False) is not bool(crawled.drawn):
            before = None  # what a browser drew is not what a server sent: nobody tampered with it
        seen = seeing.seen(crawled.fetched, page, site, crawled.at, before=before, listed_on=self._listed(run, crawled))
        seen = replace(seen, url=crawled.url)
        found = listing.on_page(seen, site, self._kit)
        if crawled.sent is not None:  # a script may take away what is hidden for spiders
            found += page_hidden.look(replace(seen, page=crawled.sent), site, self._kit)
        kept = facts.of(seen, self._kit) | {"drawn": bool(crawled.drawn)}
        if was := facts.was(kept, known.facts if known else None):
            kept["was"] = was
        clean = facts.baseline(before)
        if clean is not None and any(map(page_tampered.is_change, found)):
            kept["baseline"] = {name: clean[name] for name in ("scripts", "blocks")}
        row = {"role": seen.role, "status": seen.status, "seen_at": crawled.at, "run": run, "facts": kept}
        SeenPage.objects.update_or_create(
            site_id=run.site_id, url=crawled.url, defaults=row, create_defaults={**row, "first_at": run.started_at}
        )
        if seen.role == "article":
            note(run, crawled.url, pictures_of(kept["links"], site))
        self._found(run, crawled, found)

    def _listed(self, run: Run, crawled: Crawled) -> date | None:
        """Return the date that the list which led to a page gives for it."""
        above = (
            SeenPage.objects.filter(site_id=run.site_id, url=crawled.found_on).values_list("facts", flat=True).first()
        )
        said = (above or {}).get("listed", {}).get(crawled.url)
        return date.fromisoformat(said) if said else None

    def _paper(self, run: Run, site: SiteCard, crawled: Crawled) -> None:
        paper = filing.read(crawled.fetched, crawled.url)
        if paper is None:
            return
        if filing.has_pictures(paper):
            note(run, crawled.found_on, [crawled.url])
        seen = seeing.of_file(crawled.fetched, crawled.url, crawled.at)
        self._found(run, crawled, list(in_papers.look(paper, seen, site, self._kit)))

    def _found(self, run: Run, crawled: Crawled, found: list[Found]) -> None:
        """Keep what was found with the page as it came: one record in the archive for all of it."""
        if not found:
            return
        kept = [self._archive.add(crawled.fetched, crawled.at)]
        if crawled.drawn:
            kept.insert(0, self._archive.add_drawn(crawled.fetched.url, crawled.drawn, crawled.at))
        proofs = tuple(proof_of(one, crawled.at) for one in kept)
        proven = [replace(each, proofs=proofs) for each in found]
        findings.keep(kits.versioned(proven, self._kit), by=MACHINE, now=run.started_at)


def pictures_of(links: Iterable[Sequence[Any]], site: SiteCard) -> list[str]:
    """Return the pictures of its own site that a page shows, of its facts' links."""
    found = {url for url, _text, kind, visible in links if kind == "img" and visible}
    return [url for url in sorted(found) if urls.same_site(url, site.hosts) and not url.lower().endswith(DRAWN)]


def note(run: Run, found_on: str, addresses: Iterable[str]) -> None:
    """Let pictures wait to be read, in the transaction that keeps their page."""
    rows = [
        Picture(site_id=run.site_id, url=url, found_on=found_on[:2000], run=run, state=Picture.State.WAITING)
        for url in sorted(set(addresses))
        if len(url) <= 2000
    ]
    Picture.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["site", "url"], update_fields=["run", "found_on", "state"]
    )
