"""One grid for all sources: rows of cells, each with the place a person finds it at.

A cell that a merge covers from the left is dropped, one that it covers from above is blank: then a row of a
spreadsheet, of a Word table and of tab-separated text look the same.
"""

import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import docx
import openpyxl
from docx.document import Document
from docx.table import Table
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from yunshu.domains.evaluation.contracts import Fault
from yunshu.domains.evaluation.sheets.archive import (
    BROKEN_FILE,
    MAX_COLUMNS,
    MAX_ROWS,
    Unreadable,
    demand_safe_archive,
    demand_size,
)
from yunshu.domains.evaluation.sheets.values import squashed

ENCODINGS = ("utf-8-sig", "gb18030")
LOCKED_SHEET = "锁定单元格"
"""The hidden sheet of our own export that lists what stood in each locked cell."""


@dataclass(frozen=True)
class GridCell:
    """One cell: where it is and what stands there, untouched; ``formula`` if the text is one and no value."""

    place: str
    text: str
    formula: bool = False


@dataclass(frozen=True)
class Grid:
    """Rows of cells, and what is wrong with the sheet as a whole (``faults``: locked cells that were changed)."""

    rows: tuple[tuple[GridCell, ...], ...]
    faults: tuple[Fault, ...] = ()

    def with_corrections(self, corrections: Mapping[str, str]) -> "Grid":
        """Return the grid with the text at some places replaced by what a person typed."""
        rows = tuple(
            tuple(GridCell(c.place, corrections[c.place]) if c.place in corrections else c for c in row)
            for row in self.rows
        )
        return Grid(rows, self.faults)


def grid_from_text(content: bytes | str) -> Grid:
    """Return a grid of tab-separated lines. Raises Unreadable for an unknown encoding or an oversized file."""
    text = content if isinstance(content, str) else _decoded(content)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_ROWS:
        raise Unreadable(f"文件有 {len(lines)} 行，超过 {MAX_ROWS} 行。", "请只保留一张绩效目标表。")
    return Grid(
        tuple(
            tuple(GridCell(f"第{row}行第{column}格", part) for column, part in enumerate(line.split("\t"), start=1))
            for row, line in enumerate(lines, start=1)
        )
    )


def _decoded(content: bytes) -> str:
    demand_size(content)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("无法识别文字编码。", "请另存为 UTF-8 文本、XLSX 或 DOCX 后再导入。")


def grid_from_xlsx(content: bytes) -> Grid:
    """Return a grid of the first visible sheet. Raises Unreadable."""
    demand_safe_archive(content)
    try:
        return _book_grid(openpyxl.load_workbook(io.BytesIO(content)))
    except BROKEN_FILE as error:
        raise Unreadable("不是有效的 XLSX 文件。", "请用表格软件打开并另存为 XLSX 后再导入。") from error


def _book_grid(book: Workbook) -> Grid:
    sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
    if sheet is None:
        raise Unreadable("工作簿里没有可见的工作表。", "请取消隐藏后再导入。")
    if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
        raise Unreadable(f"工作表过大（{sheet.max_row} 行 × {sheet.max_column} 列）。", "请只保留一张绩效目标表。")
    covered = _covered(sheet)
    rows = tuple(_sheet_row(sheet, row, covered) for row in range(1, sheet.max_row + 1))
    return Grid(rows, tuple(_changed_locks(book, sheet)))


def _changed_locks(book: Workbook, sheet: Worksheet) -> list[Fault]:
    """Say which locked words of our own export no longer stand in the sheet; a cell that only moved is no change."""
    if LOCKED_SHEET not in book.sheetnames or not isinstance(book[LOCKED_SHEET], Worksheet):
        return []
    kept = [(str(at), str(text)) for at, text, *_ in book[LOCKED_SHEET].iter_rows(max_col=2, values_only=True) if text]
    missing = Counter(squashed(text) for _at, text in kept)
    missing.subtract(squashed(_cell_text(v)) for row in sheet.iter_rows(values_only=True) for v in row)
    faults = []
    for at, text in kept:
        now = _cell_text(sheet[at].value) if re.fullmatch(r"[A-Z]{1,2}[1-9]\d{0,3}", at) else ""
        if missing[squashed(text)] > 0 and squashed(now) != squashed(text):
            missing[squashed(text)] -= 1
            message = f"锁定的单元格被改动：原为“{text[:40]}”，现为“{now[:40] or '空'}”。"
            faults.append(
                Fault(place=f"{sheet.title}!{at}", message=message, advice="请恢复原文；表头和填报要求不能修改。")
            )
    return faults


def _covered(sheet: Worksheet) -> set[tuple[int, int]]:
    return {
        (row, column)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col + 1, area.max_col + 1)
    }


def _sheet_row(sheet: Worksheet, row: int, covered: set[tuple[int, int]]) -> tuple[GridCell, ...]:
    return tuple(
        GridCell(
            f"{sheet.title}!{get_column_letter(column)}{row}",
            _cell_text(sheet.cell(row, column).value),
            formula=sheet.cell(row, column).data_type == "f",
        )
        for column in range(1, sheet.max_column + 1)
        if (row, column) not in covered
    )


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def grid_from_docx(content: bytes) -> Grid:
    """Return a grid of a Word document's paragraphs and tables, in their order. Raises Unreadable."""
    demand_safe_archive(content)
    try:
        return Grid(tuple(_document_rows(docx.Document(io.BytesIO(content)))))
    except BROKEN_FILE as error:
        raise Unreadable("不是有效的 DOCX 文件。", "请用文字处理软件打开并另存为 DOCX 后再导入。") from error


def _document_rows(document: Document) -> list[tuple[GridCell, ...]]:
    rows: list[tuple[GridCell, ...]] = []
    tables = 0
    for number, block in enumerate(document.iter_inner_content(), start=1):
        if isinstance(block, Table):
            tables += 1
            rows += _table_rows(block, tables)
        elif block.text.strip():
            rows.append((GridCell(f"第{number}段", block.text),))
    if len(rows) > MAX_ROWS:
        raise Unreadable(f"文件有 {len(rows)} 行，超过 {MAX_ROWS} 行。", "请只保留一张绩效目标表。")
    return rows


def _table_rows(table: Table, number: int) -> list[tuple[GridCell, ...]]:
    seen: set[object] = set()
    rows = []
    for index, row in enumerate(table.rows, start=1):
        cells: list[GridCell] = []
        here: set[object] = set()
        for column, cell in enumerate(row.cells, start=1):
            if cell._tc in here:
                continue
            text = "" if cell._tc in seen else cell.text
            here.add(cell._tc)
            cells.append(GridCell(f"表{number}第{index}行第{column}列", text))
        seen |= here
        rows.append(tuple(cells))
    return rows
