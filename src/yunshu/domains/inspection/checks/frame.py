"""What stands on most pages of a site (its frame: navigation, foot), and what a page has of its own."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from yunshu.domains.inspection.checks.seen import PageFacts
from yunshu.lib.crawl import urls

LEAST_PAGES = 4
"""Of fewer pages nobody can say what their frame is."""
Nth = tuple[Hashable, int]


@dataclass(frozen=True)
class Frame:
    """Links and blocks that stand on at least half of the pages, each with its place among equal ones on a page."""

    links: frozenset[Nth] = frozenset()
    blocks: frozenset[Nth] = frozenset()

    @classmethod
    def of(cls, pages: Sequence[PageFacts]) -> "Frame":
        """Return the frame of a site's pages; nothing for fewer than ``LEAST_PAGES``."""
        if len(pages) < LEAST_PAGES:
            return cls()
        return cls(_common(map(_targets, pages), len(pages)), _common(map(_blocks, pages), len(pages)))

    def own_links(self, page: PageFacts) -> list[tuple[str, str]]:
        """Return the address and words of the links that a page has of its own and shows, in order."""
        shown = _shown(page)
        kept = [nth not in self.links for nth in numbered(url for url, _ in shown)]
        return [link for link, own in zip(shown, kept, strict=True) if own]

    def own_blocks(self, page: PageFacts) -> dict[str, int]:
        """Return the blocks that a page has of its own, with how many characters each has."""
        blocks, sizes = _blocks(page), page.facts.get("sizes", ())
        kept = [nth not in self.blocks for nth in numbered(blocks)]
        return {block: size for block, size, own in zip(blocks, sizes, kept, strict=False) if own}


def numbered(values: Iterable[Hashable]) -> Iterator[Nth]:
    """Yield each value with how many equal ones came before it."""
    came: Counter[Hashable] = Counter()
    for value in values:
        yield value, came[value]
        came[value] += 1


def links_of(page: PageFacts) -> list[tuple[str, str]]:
    """Return all that a page shows as a link, address and words; none of a page that was not rendered."""
    return _shown(page)


def within(page_url: str, hosts: Sequence[str]) -> bool:
    """Say whether an address is on one of a site's hosts."""
    return urls.same_site(page_url, hosts)


def _shown(page: PageFacts) -> list[tuple[str, str]]:
    return [
        (url, text) for url, text, kind, visible in page.facts.get("links", ()) if kind in ("a", "area") and visible
    ]


def _targets(page: PageFacts) -> list[str]:
    return [url for url, _ in _shown(page)]


def _blocks(page: PageFacts) -> list[str]:
    return list(page.facts.get("blocks", ()))


def _common(lists: Iterable[Iterable[Hashable]], pages: int) -> frozenset[Nth]:
    counts = Counter(nth for one in lists for nth in numbered(one))
    return frozenset(nth for nth, times in counts.items() if times * 2 >= pages)
