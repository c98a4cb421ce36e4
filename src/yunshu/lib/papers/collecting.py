"""Gathers the pieces of a paper within its limits. Each kind of paper fills one ``Collector``."""

from yunshu.lib.papers.contracts import Limits, Line, Paper, PaperKind, Piece, Place, Reader, Reason, Unread
from yunshu.lib.papers.contracts import UnreadableError as Unreadable


class Collector:
    """Pieces and gaps so far; says when it is full."""

    def __init__(self, limits: Limits, reader: Reader | None) -> None:
        self.limits = limits
        self.reader = reader
        self.full = False
        self._pieces: list[Piece] = []
        self._unread: list[Unread] = []
        self._characters = 0
        self._pictures = 0

    def add(self, text: str, place: Place, *, context: str = "", cells: tuple[tuple[int, str], ...] = ()) -> None:
        """Keep ``text`` unless it is blank; once the limit of characters is reached, nothing more."""
        if self.full or not text.strip():
            return
        self._characters += len(text)
        if self._characters > self.limits.characters:
            self.beyond("characters", place)
            return
        self._pieces.append(Piece(text, place, context, cells))

    def beyond(self, what: str, place: Place) -> None:
        """Note once that the rest lies beyond a limit."""
        if not self.full:
            self._unread.append(Unread(Reason.BEYOND_LIMIT, what, place))
        self.full = True

    def missed(self, reason: Reason, detail: str, place: Place) -> None:
        """Note a part that could not be read."""
        self._unread.append(Unread(reason, detail, place))

    def picture(self, data: bytes, place: Place) -> None:
        """Read a picture through the port, or note why not."""
        self._pictures += 1
        if self._pictures > self.limits.pictures:
            if self._pictures == self.limits.pictures + 1:
                self.missed(Reason.BEYOND_LIMIT, "pictures", place)
            return
        if self.reader is None:
            self.missed(Reason.OCR_MISSING, "not read: ocr not installed", place)
            return
        try:
            lines: list[Line] = self.reader.lines(data, pixels=self.limits.pixels)
        except Unreadable as error:
            self.missed(error.reason, error.detail, place)
        else:
            self.add("\n".join(line.text for line in lines), place)

    def paper(self, kind: PaperKind) -> Paper:
        """Return what was gathered."""
        return Paper(kind, tuple(self._pieces), tuple(self._unread))


def joined(texts: list[str], names: list[str]) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Return the cells of a row as one text with tabs, and where each cell that has a name begins."""
    cells, offset = [], 0
    for text, name in zip(texts, names, strict=True):
        cells.append((offset, name))
        offset += len(text) + 1
    return "\t".join(texts), tuple(cells)
