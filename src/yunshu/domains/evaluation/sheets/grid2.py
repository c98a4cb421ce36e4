"""One grid for all sources: cells with rows, columns and spans, each with the place a person finds it at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from yunshu.domains.evaluation.contracts import Cell
from yunshu.domains.evaluation.sheets.texts import clean

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 24 * 1024 * 1024
MAX_ENTRIES = 2000
MAX_ROWS, MAX_COLUMNS = 2000, 60


class Unreadable(Exception):
    """The source is not a table of a kind we read; the message says why, ``advice`` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class Grid:
    """Cells by place. A merged area is one cell at its first row and column; ``at`` finds it from anywhere in it."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.cells = tuple(sorted(cells, key=lambda c: (c.row, c.column)))
        self.rows: dict[int, tuple[Cell, ...]] = {
            row: tuple(group) for row, group in groupby(self.cells, key=lambda c: c.row)
        }
        self._at = {
            (row, column): cell
            for cell in self.cells
            for row in range(cell.row, min(cell.row + cell.row_span, MAX_ROWS + 1))
            for column in range(cell.column, min(cell.column + cell.column_span, MAX_COLUMNS + 1))
        }

    @property
    def last_row(self) -> int:
        """The number of the last row, 0 for an empty grid."""
        return max(self.rows, default=0)

    def at(self, row: int, column: int) -> Cell | None:
        """Return the cell that lies at, or is merged over, this row and column."""
        return self._at.get((row, column))

    def written(self, row: int) -> list[Cell]:
        """Return the cells that begin in this row and hold something."""
        return [c for c in self.rows.get(row, ()) if clean(c.text)]

    def is_blank(self) -> bool:
        """Say whether nothing is written anywhere."""
        return not any(clean(c.text) for c in self.cells)

    def corrected(self, by_place: Mapping[str, str]) -> Grid:
        """Return the grid with the text at some places typed over; each keeps what stood there."""
        return Grid(
            replace(c, text=by_place[c.place], original=c.text if c.original is None else c.original, note="")
            if c.place in by_place and by_place[c.place] != c.text
            else c
            for c in self.cells
        )
