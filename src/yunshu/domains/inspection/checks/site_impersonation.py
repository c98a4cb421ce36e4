"""仿冒网站: a host that nobody registered and that shows the home page of one of ours (the mirror in sheet A7 [V]).

A copy keeps addresses and numbers when it swaps names: compared are the paths of the page's own links, and its blocks.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.frame import links_of
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.crawl import urls


def conclude(home: PageFacts, site: SiteCard, candidates: Sequence[PageFacts], kit: Kit) -> Iterator[Found]:
    """Yield the candidates that copy ``home``; hosts that are registered, or of the government's own, are passed over."""
    for candidate in candidates:
        host = urls.host_of(candidate.url)
        if host in site.hosts or host in kit.known_hosts or host.endswith(tuple(f".{name}" for name in kit.trusted)):
            continue
        by_paths, by_blocks = likeness(home, candidate, kit)
        if max(by_paths, by_blocks) >= kit.param("impersonation", "share"):
            yield on_site(
                Check.IMPERSONATION,
                site,
                key=host,
                words=f"{host} 仿冒本网站（链接相同 {by_paths:.0%}，内容相同 {by_blocks:.0%}）",
                url=candidate.url,
                detail={"host": host, "links_alike": round(by_paths, 3), "blocks_alike": round(by_blocks, 3)},
                confidence=min(1.0, max(by_paths, by_blocks)),
            )


def likeness(one: PageFacts, other: PageFacts, kit: Kit) -> tuple[float, float]:
    """Return how alike two pages are, by paths and by blocks, 0 to 1; 0 where either has too few to tell."""
    paths = _share(_paths(one), _paths(other), kit.param("impersonation", "paths"))
    blocks = _share(
        set(one.facts.get("blocks", ())), set(other.facts.get("blocks", ())), kit.param("impersonation", "blocks")
    )
    return paths, blocks


def _paths(page: PageFacts) -> set[str]:
    """Return the paths on the page's own host that have a number: those of a text, not of a product's columns."""
    host = urls.host_of(page.url)
    own = {urlsplit(url) for url, _ in links_of(page) if urls.host_of(url) == host}
    return {f"{part.path}?{part.query}" for part in own if any(char.isdigit() for char in part.path + part.query)}


def _share(one: set[str], other: set[str], least: int) -> float:
    return len(one & other) / len(one | other) if min(len(one), len(other)) >= least else 0.0
