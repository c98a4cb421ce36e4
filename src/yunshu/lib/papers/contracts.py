"""What reading gives: papers, pieces and places; what it does not: unread and why; and the port for pictures."""

import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

# what zipfile, openpyxl, csv and the XML parsers raise for files that are not what they say
BROKEN = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    OSError,
    EOFError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


class PaperKind(StrEnum):
    """What a file was read as."""

    HTML = "html"
    DOCX = "docx"
    XLSX = "xlsx"
    CSV = "csv"
    TEXT = "text"
    PDF = "pdf"
    PICTURE = "picture"


class Reason(StrEnum):
    """Why something was not read."""

    BROKEN = "broken"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    LEGACY = "legacy_format"
    UNKNOWN = "unknown_format"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    DECLARATIONS = "xml_declarations"
    BEYOND_LIMIT = "beyond_limit"
    PIXELS = "too_many_pixels"
    OCR_MISSING = "ocr_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read at most; what goes beyond is named in ``Paper.unread``, never silently dropped."""

    size_bytes: int = 50 * 1024 * 1024
    unpacked_bytes: int = 200 * 1024 * 1024
    entries: int = 5_000
    ratio: int = 200
    ratio_from_bytes: int = 1024 * 1024
    pages: int = 500
    rows: int = 200_000
    columns: int = 500
    characters: int = 10_000_000
    pictures: int = 50
    pixels: int = 40_000_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a piece is, as a person counts: from 1; 0 or "" where the paper has no such thing. ``cell`` is like B12."""

    page: int = 0
    sheet: str = ""
    row: int = 0
    cell: str = ""
    paragraph: int = 0
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one place. ``context``: the headings above it, and the short line before it. ``cells``: where in the text each cell begins."""

    text: str
    place: Place
    context: str = ""
    cells: tuple[tuple[int, str], ...] = ()

    def at(self, offset: int) -> Place:
        """Return the place of the character at ``offset``: the cell, where the piece is a row of a sheet."""
        cell = next((name for start, name in reversed(self.cells) if start <= offset), "")
        return replace(self.place, cell=cell) if cell else self.place


@dataclass(frozen=True, slots=True)
class Unread:
    """A paper, or a part of one, that was not read; ``detail`` is for the log, not for people."""

    reason: Reason
    detail: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Paper:
    """What was read, in the paper's order, and which parts were not."""

    kind: PaperKind
    pieces: tuple[Piece, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def text(self) -> str:
        """All pieces, one a line."""
        return "\n".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Line:
    """One line a reader of pictures saw; ``confidence`` from 0 to 1."""

    text: str
    confidence: float


class UnreadableError(Exception):
    """Raised inside the package and by readers; ``read`` turns it into ``Unread``."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


class Reader(Protocol):
    """The port for pictures: a local OCR, or a city's own service."""

    def lines(self, picture: bytes, *, pixels: int) -> list[Line]:
        """Return the lines of an encoded picture, top to bottom; raise UnreadableError (broken, too_many_pixels)."""
        ...
