"""Text out of what is published: pages, Word, Excel, CSV, PDF, pictures; each piece with the place a person finds it at.

Start at ``read``. It never raises for what is inside the bytes: what cannot be read is an ``Unread`` with its reason.

| to | call |
|---|---|
| read a file | ``read(data, name="名单.xlsx", content_type="", reader=None, limits=LIMITS)`` → ``Paper`` or ``Unread`` |
| go through it | ``paper.pieces``: paragraphs, table rows (cells joined by tabs), pages, pictures; ``piece.context`` is the row of headings |
| say where a finding is | ``piece.at(offset)`` → ``Place(page, sheet, row, cell, paragraph, picture)``, counted from 1 |
| know what was left out | ``paper.unread``: pages beyond the limit, pictures without a reader |
| read pictures too | ``reader=rapid.RapidReader()`` (extra ``ocr``, 700 MB, its own worker); a ``Reader`` of your own; ``None``: ``ocr_missing`` |

A PDF page without text is read as a picture. pdfium is not safe for threads: one paper at a time in a process.
"""

from yunshu.lib.papers.contracts import (
    LIMITS,
    Limits,
    Line,
    Paper,
    PaperKind,
    Piece,
    Place,
    Reader,
    Reason,
    Unread,
    UnreadableError,
)
from yunshu.lib.papers.reading import installed_reader, read, reader_installed

__all__ = [
    "LIMITS",
    "Limits",
    "Line",
    "Paper",
    "PaperKind",
    "Piece",
    "Place",
    "Reader",
    "Reason",
    "Unread",
    "UnreadableError",
    "installed_reader",
    "read",
    "reader_installed",
]
