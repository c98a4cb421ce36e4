"""重复发布: one text posted under several addresses of a site (seen in Guangdong's circular of 2025-Q2 [V]).

Texts are compared by the blocks that they have of their own, weighed by characters: bulletins of one form with other figures
share few, texts of one title alone share none. The same path on another name of the site is the same page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.frame import Frame
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.crawl import urls

MOST_PAGES = 20
"""A block on more pages is a form, not a text."""
SHORTEST = 10
"""Blocks of fewer characters are labels."""


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield each text that stands under several addresses, shown at the latest."""
    frame = Frame.of(view.pages)
    pages = {page.url: page for page in view.pages if page.role == "article"}
    blocks = {url: frame.own_blocks(page) for url, page in pages.items()}
    share, least = kit.param("repost", "share"), kit.param("repost", "characters")
    for group in groups(pair for pair in pairs(blocks, share, least) if not _is_one_path(*pair)):
        ordered = sorted(
            (pages[url] for url in group), key=lambda page: (page.facts.get("on") or "", page.first_at, page.url)
        )
        first, last = ordered[0], ordered[-1]
        yield on_site(
            Check.REPOST,
            site,
            key=min(group),
            words=f"“{last.facts.get('title', '')}”在 {len(group)} 个网址重复发布",
            url=last.url,
            place="body",
            detail={"pages": [page.url for page in ordered], "first": first.url, "title": _title(last)},
        )


def alike(one: Mapping[str, int], other: Mapping[str, int]) -> tuple[float, int]:
    """Return which share of the longer text two have in common, 0 to 1, and how many characters that is."""
    common = sum(size for block, size in one.items() if block in other and size >= SHORTEST)
    whole = max(sum(one.values()), sum(other.values()))
    return (common / whole if whole else 0.0), common


def pairs(blocks: Mapping[str, Mapping[str, int]], share: float, least: int) -> Iterator[tuple[str, str]]:
    """Yield the pairs of texts, by name, that share so much; ``blocks`` are each text's own with their sizes."""
    on: dict[str, list[str]] = defaultdict(list)
    for url, own in blocks.items():
        for block, size in own.items():
            if size >= SHORTEST:
                on[block].append(url)
    candidates = {
        pair for found in on.values() if 1 < len(found) <= MOST_PAGES for pair in combinations(sorted(found), 2)
    }
    for one, other in sorted(candidates):
        same, characters = alike(blocks[one], blocks[other])
        if same >= share and characters >= least:
            yield one, other


def _is_one_path(one: str, other: str) -> bool:
    return one[len(urls.origin(one)) :] == other[len(urls.origin(other)) :]


def groups(alike: Iterable[tuple[str, str]]) -> Sequence[set[str]]:
    """Join pairs that share a text."""
    group_of: dict[str, set[str]] = {}
    for one, other in alike:
        joined = group_of.get(one, {one}) | group_of.get(other, {other})
        group_of.update(dict.fromkeys(joined, joined))
    return list({id(group): group for group in group_of.values()}.values())


def _title(page: PageFacts) -> str:
    return str(page.facts.get("title", ""))
