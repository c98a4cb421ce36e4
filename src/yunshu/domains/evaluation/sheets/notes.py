"""What an interpreter notes down while it reads a grid: cells with their fields, doubts, faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from yunshu.domains.evaluation.contracts import Cell, Doubt, Fault, Reading, TableForm
from yunshu.domains.evaluation.sheets.figures import Doubtful, Illegible, Read, shown
from yunshu.domains.evaluation.sheets.grid import Grid
from yunshu.domains.evaluation.sheets.texts import clean, fold, one_line

T = TypeVar("T")
MISSING = "missing"


class Notes:
    """The reading as it grows. Every written cell is either taken for a field, marked as known, or doubted."""

    def __init__(self, grid: Grid, source: str, corrections: Mapping[str, str]) -> None:
        self.grid, self.source, self.corrections = grid, source, corrections
        self.faults: list[Fault] = []
        self._doubts: list[Doubt] = []
        self._cells: dict[str, Cell] = {}
        self._known: set[tuple[int, int]] = set()

    # --- cells
    def cell(self, row: int, column: int) -> Cell:
        """Return the cell at a place; where the row ends before it, one that says so."""
        found = self.grid.at(row, column)
        if found is not None:
            return found
        near = self.grid.rows.get(row, ())
        place = f"{near[0].place}之后" if near else f"第{row}行"
        return Cell(place=place, text="", row=row, column=column, note=MISSING)

    def know(self, *cells: Cell) -> None:
        """Mark cells as labels or otherwise accounted for."""
        self._known |= {(c.row, c.column) for c in cells}

    def take(self, cell: Cell, field: str, *, text: str | None = None, place: str = "") -> str:
        """Return the text of a field: what a person typed over it, or what stands in the cell (or its part ``text``)."""
        self.know(cell)
        stood = cell.text if text is None else text
        place = place or cell.place
        typed = self.corrections.get(field, self.corrections.get(place, stood) if text is not None else stood)
        changed = typed != stood
        original = stood if changed else (cell.original if text is None else None)
        self._cells[field] = replace(
            cell, place=place, text=typed, field=field, value=one_line(clean(typed)), original=original
        )
        if not changed:
            self._demand_computed(cell, field)
        return typed

    def value(self, field: str, value: object) -> None:
        """Say what a taken cell was read as."""
        self._cells[field] = replace(self._cells[field], value="" if value is None else str(value))

    def typed(self, field: str) -> str:
        """Return a taken field's text as it was typed, on one line."""
        return one_line(clean(self._cells[field].text))

    def line(self, cell: Cell, field: str) -> str:
        """Take a field that is one line; a line break inside it is doubted."""
        text = clean(self.take(cell, field))
        line = one_line(text)
        self.value(field, line)
        if "\n" in text:
            self.doubt(cell, field, f"单元格内有换行，已连成一行：“{shown(line)}”。", line)
        return line

    def lines(self, cell: Cell, field: str) -> str:
        """Take a field that may have several lines."""
        text = clean(self.take(cell, field))
        self.value(field, text)
        return text

    def read(self, cell: Cell, field: str, reader: Callable[[str], Read[T]]) -> T | None:
        """Take a field and read it; what is illegible is a fault, what is uncertain a doubt."""
        text = self.take(cell, field)
        try:
            found = reader(text)
        except Illegible as error:
            self.fault(cell, str(error), error.advice, field)
            return None
        self.value(field, found.value)
        self.doubt_all(cell, field, found.doubts)
        return found.value

    def _demand_computed(self, cell: Cell, field: str) -> None:
        if cell.note == "uncached":
            self.fault(cell, "公式没有计算结果。", "请用表格软件打开、重新计算并保存，或直接填写数值。", field)
        elif cell.note == "error":
            self.fault(cell, f"单元格是错误值：“{shown(cell.text)}”。", "请改正公式或直接填写数值。", field)
        elif cell.note == "formula":
            shown_value = one_line(clean(cell.text))
            self.doubt(cell, field, f"这一格是公式，按保存时的结果“{shown_value}”读取。", shown_value)

    # --- doubts and faults
    def fault(self, cell: Cell | str, message: str, advice: str, field: str = "") -> None:
        """Note what cannot be read."""
        place = cell if isinstance(cell, str) else cell.place
        self.faults.append(Fault(place=place, message=message, advice=advice, field=field))

    def doubt(self, cell: Cell, field: str, message: str, chosen: str, choices: Iterable[str] = ()) -> None:
        """Note what can be read in more than one way; a doubt whose chosen reading was typed is settled."""
        typed = self.corrections.get(field, self.corrections.get(cell.place))
        if typed is not None and clean(typed) == chosen:
            return
        place = self._cells[field].place if field in self._cells else cell.place
        self._doubts.append(Doubt(place=place, field=field, message=message, chosen=chosen, choices=tuple(choices)))

    def doubt_all(self, cell: Cell, field: str, doubts: Iterable[Doubtful]) -> None:
        """Note several doubts about one field."""
        for d in doubts:
            self.doubt(cell, field, d.message, d.chosen, d.choices)

    def doubt_field(self, field: str, message: str, chosen: str, choices: Iterable[str] = ()) -> None:
        """Note a doubt about a field that was taken before."""
        if field in self._cells:
            self.doubt(self._cells[field], field, message, chosen, choices)

    # --- the end
    def reading(self, form: TableForm | None) -> Reading:
        """Return what was understood; what nobody took and every changed protected cell are said here."""
        self._demand_locks()
        self._doubt_unread()
        return Reading(
            source=self.source,
            form=None if self.faults else form,
            cells=tuple(sorted(self._cells.values(), key=lambda c: (c.row, c.column))),
            doubts=tuple(self._doubts),
            faults=tuple(self.faults),
            grid=self.grid.cells,
            corrections=tuple(self.corrections.items()),
        )

    def _demand_locks(self) -> None:
        for cell in self.grid.cells:
            if cell.locked is not None and fold(cell.locked) != fold(cell.text):
                message = f"锁定的单元格被改动：应为“{shown(cell.locked)}”，现为“{shown(cell.text)}”。"
                self.fault(cell, message, "请恢复原文，或重新导出后再填写。")

    def _doubt_unread(self) -> None:
        for cell in self.grid.cells:
            if (cell.row, cell.column) not in self._known and clean(cell.text):
                field = f"cells.{cell.row}.{cell.column}"
                if self.corrections.get(field, cell.text) == "":
                    continue
                self._cells[field] = replace(cell, field=field)
                self.doubt(cell, field, f"这一格不在表格的任何一栏内，没有读入：“{shown(cell.text)}”。", "")
