"""Reading files that pages lead to, and pictures; ``checks.in_papers`` looks at what was read."""

from yunshu.lib import papers
from yunshu.lib.crawl import Fetched

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
