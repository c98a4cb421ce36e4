"""What stands in a file that a page leads to: its pieces go through the checks of texts."""

from collections.abc import Iterator

from yunshu.domains.inspection.checks import page_privacy, page_secrets, page_wording
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.contracts import Found
from yunshu.lib import papers


def look(paper: papers.Paper, seen: Seen, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield what is wrong with the words of a file, each with its place in it."""
    for piece in paper.pieces:
        place = str(piece.at(0))
        yield from page_secrets.in_text(piece.text, seen, site, place)
        yield from page_privacy.in_text(piece.text, seen, site, kit, place, piece.context)
        yield from page_wording.in_text(piece.text, seen, site, kit, place)
