"""涉密标志: marks of classification in a text (《中华人民共和国保守国家秘密法》 and GB/T 9704-2012 7.2.2: 密级★保密期限)."""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import excerpt, on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.wording import marks


def look(seen: Seen, site: SiteCard, _kit: Kit) -> Iterator[Found]:
    """Yield each mark that stands on a page."""
    yield from in_text(seen.page.text, seen, site)


def in_text(text: str, seen: Seen, site: SiteCard, place: str = "") -> Iterator[Found]:
    """Yield each mark in a text of a page or of a file that it leads to."""
    for hit in marks.scan(text):
        found, span = excerpt(text, hit.start, hit.end)
        word = text[hit.start : hit.end]
        yield on_page(
            Check.SECRET_MARK,
            seen,
            site,
            key=f"{place} {word}".strip(),
            words=f"出现密级标志“{word}”",
            place=place or "正文",
            excerpt=found,
            span=span,
        )
