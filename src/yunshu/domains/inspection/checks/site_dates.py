"""日期造假 (国办秘函〔2019〕19号, part 1, item 1: 弄虚作假 [V]; the machine's rules in sheet W1). A person confirms each.

- A page that an earlier whole crawl did not find says that it was published before that crawl.
- A page's label or list gives another day than the page shows.
- A page has a later day than at the crawl before, and the same text: an old text made new.
A later Last-Modified alone says nothing: templates are written anew.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard, SiteView
from yunshu.domains.inspection.checks.site_reposts import alike
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.kernel.clock import city_date

BACKDATED_CONFIDENCE, MOVED_CONFIDENCE, AGAINST_CONFIDENCE, RENEWED_CONFIDENCE = 0.9, 0.3, 0.8, 0.7


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield what says a date that it cannot have."""
    days = timedelta(days=kit.param("date_forged", "days"))
    articles = [page for page in view.pages if page.role == "article" and page.facts.get("on")]
    yield from _backdated(view, site, kit, articles)
    listed = _listed(view)
    for page in articles:
        on = date.fromisoformat(page.facts["on"])
        others = {**listed.get(page.url, {}), "页面": page.facts.get("shown")}
        against = {where: said for where, said in others.items() if said and abs(date.fromisoformat(said) - on) > days}
        if page.facts.get("how") == "meta" and against:
            told = "、".join(f"{where}为 {said}" for where, said in against.items())
            words = f"发布日期标签为 {on}，{told}"
            yield _found(
                site, page, words, {"recipe": "against", "label": on.isoformat(), **against}, AGAINST_CONFIDENCE
            )
        before = page.before or {}
        was = before.get("on")
        if was and on - date.fromisoformat(was) > days and _same(page.facts, before, kit.param("date_forged", "share")):
            words = f"内容未变，发布日期由 {was} 改为 {on}"
            yield _found(site, page, words, {"recipe": "renewed", "was": was, "on": on.isoformat()}, RENEWED_CONFIDENCE)


def _backdated(view: SiteView, site: SiteCard, kit: Kit, articles: list[PageFacts]) -> Iterator[Found]:
    if view.whole_before is None:
        return
    limit = city_date(view.whole_before) - timedelta(days=kit.param("date_forged", "days"))
    old = {(page.facts.get("title"), page.facts["on"]) for page in articles if page.first_at <= view.whole_before}
    new = [page for page in articles if page.first_at > view.whole_before]
    early = [page for page in new if date.fromisoformat(page.facts["on"]) < limit]
    early = [
        page for page in early if (page.facts.get("title"), page.facts["on"]) not in old
    ]  # moved to another address
    if len(early) > kit.param("date_forged", "bulk"):
        words = f"{len(early)} 篇新出现的页面日期早于上次全站检查（可能是整体迁移）"
        pages = [page.url for page in early[:100]]
        yield on_site(
            Check.DATE_FORGED,
            site,
            key="bulk",
            words=words,
            detail={"recipe": "bulk", "pages": pages},
            confidence=MOVED_CONFIDENCE,
        )
        return
    for page in early:
        on, seen = page.facts["on"], city_date(page.first_at)
        words = f"标注 {on} 发布，但 {city_date(view.whole_before)} 全站检查时没有，{seen} 才首次出现"
        detail = {
            "recipe": "backdated",
            "on": on,
            "first_seen": seen.isoformat(),
            "modified": page.facts.get("modified"),
        }
        yield _found(site, page, words, detail, BACKDATED_CONFIDENCE)


def _listed(view: SiteView) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for page in view.pages:
        if page.role in ("column", "home"):
            for url, on in page.facts.get("listed", {}).items():
                found.setdefault(url, {})["列表"] = on
    return found


def _same(now: Mapping[str, Any], before: Mapping[str, Any], share: float) -> bool:
    return alike(_sized(now), _sized(before))[0] >= share


def _sized(facts: Mapping[str, Any]) -> dict[str, int]:
    return dict(zip(facts.get("blocks", ()), facts.get("sizes", ()), strict=False))


def _found(site: SiteCard, page: PageFacts, words: str, detail: dict[str, Any], confidence: float) -> Found:
    return on_site(
        Check.DATE_FORGED,
        site,
        key=page.url,
        words=words,
        url=page.url,
        place="page",
        detail=detail,
        confidence=confidence,
    )
