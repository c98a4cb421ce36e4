"""政策解读未关联 (国办秘函〔2019〕19号, part 2, 政策解读: of five documents, are they interpreted, and do document and
interpretation lead to each other? [V Zhuzhou 2022-Q4]). Here the newest five of a site [I].
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.frame import Frame
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check, ColumnKind
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.crawl import urls
from yunshu.lib.kernel.clock import city_date


@dataclass
class Text:
    """A document or an interpretation: where it leads, address and words."""

    url: str
    title: str
    on: date | None
    led: list[tuple[str, str]] = field(default_factory=list)


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield the newest policy documents that have no interpretation, or one that leads only one way."""
    documents = _texts(view, site, ColumnKind.POLICY)
    readings = _texts(view, site, ColumnKind.INTERPRETATION)
    columns = {page.url for page in view.pages if page.role in ("column", "home")}
    words = kit.param("interpretation_missing", "words")
    newest = sorted((d for d in documents.values() if d.on), key=lambda d: (d.on or date.min, d.url), reverse=True)
    for document in newest[: kit.param("interpretation_missing", "documents")]:
        own = [(url, text) for url, text in document.led if url not in columns and url != document.url]
        to = [url for url, text in own if url in readings or any(word in text for word in words)]
        back = [one.url for one in readings.values() if any(url == document.url for url, _ in one.led)]
        amiss = _amiss(to, back, readings)
        if amiss:
            yield on_site(
                Check.INTERPRETATION_MISSING,
                site,
                key=document.url,
                words=f"政策文件“{document.title}”{amiss}",
                url=document.url,
                place="page",
                detail={"interpretations": to or back, "leads_to": bool(to), "leads_back": bool(back)},
            )


def _amiss(to: Sequence[str], back: Sequence[str], readings: Iterable[str]) -> str:
    """Say what is amiss; of an interpretation on another site it is not known whether it leads back."""
    if not to:
        return "没有链接到解读材料（解读已链接到文件）" if back else "没有关联解读材料"
    known = set(to) & set(readings)
    return "已链接到解读材料，解读没有链接回文件" if known and not known & set(back) else ""


def _texts(view: SiteView, site: SiteCard, kind: str) -> dict[str, Text]:
    """Return the texts of a kind: by their labels, by the lists of columns of that kind, by a platform's interface."""
    columns = {card.url for card in site.columns if card.kind == kind and not card.is_ignored}
    canonical = {urls.canonical(url) for url in columns if "#" not in url}
    listed = {url for page in view.pages if page.url in canonical for url in page.facts.get("listed", {})}
    frame, found = Frame.of(view.pages), dict[str, Text]()
    for page in view.pages:
        if page.role == "article" and (page.facts.get("type") == kind or page.url in listed):
            found[page.url] = _of_page(page, frame)
    for card in view.articles:
        if card.column in columns and (url := urls.canonical(card.url)):
            on = city_date(card.published_at) if card.published_at else None
            text = found.setdefault(url, Text(url, card.title, on))
            text.led += [(to, "") for one in card.related if (to := urls.canonical(one, url))]
    return found


def _of_page(page: PageFacts, frame: Frame) -> Text:
    on = page.facts.get("on")
    return Text(
        page.url, str(page.facts.get("title", "")), date.fromisoformat(on) if on else None, frame.own_links(page)
    )
