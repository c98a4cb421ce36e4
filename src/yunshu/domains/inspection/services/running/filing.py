"""Files that pages lead to, and pictures, as checks take them."""

from collections.abc import Iterator
from datetime import datetime

from yunshu.domains.inspection.checks import page_privacy, page_secrets, page_wording
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.contracts import Found
from yunshu.lib import papers
from yunshu.lib.crawl import Fetched, text

SUFFIXES = (".doc", ".docx", ".xls", ".xlsx", ".csv", ".pdf", ".png", ".jpg", ".jpeg", ".bmp", ".webp")


def read(fetched: Fetched, url: str, reader: papers.Reader | None = None) -> papers.Paper | None:
    """Return a file as read; None if it cannot be. Without a reader a picture is a paper whose picture is unread."""
    name = url.partition("?")[0].rsplit("/", 1)[-1]
    paper = papers.read(fetched.body, name=name, content_type=fetched.content_type, reader=reader)
    if isinstance(paper, papers.Unread):
        is_picture = paper.reason is papers.Reason.OCR_MISSING
        return papers.Paper(papers.PaperKind.PICTURE, (), (paper,)) if is_picture else None
    return paper


def has_pictures(paper: papers.Paper) -> bool:
    """Say whether parts of a paper are pictures that nobody read."""
    return any(one.reason is papers.Reason.OCR_MISSING for one in paper.unread)


def look(paper: papers.Paper, fetched: Fetched, url: str, at: datetime, site: SiteCard, kit: Kit) -> list[Found]:
    """Return all that a paper shows."""
    seen = Seen(
        url=url,
        status=fetched.status,
        headers=dict(fetched.headers),
        at=at,
        page=text.parse(b"", "text/html", url),
        role="paper",
        dated=None,
    )
    return list(_in_pieces(paper, seen, site, kit))


def _in_pieces(paper: papers.Paper, seen: Seen, site: SiteCard, kit: Kit) -> Iterator[Found]:
    for piece in paper.pieces:
        place = str(piece.at(0))
        yield from page_secrets.in_text(piece.text, seen, site, place)
        yield from page_privacy.in_text(piece.text, seen, site, kit, place, piece.context)
        yield from page_wording.in_text(piece.text, seen, site, kit, place)
