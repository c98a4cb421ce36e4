"""One grid for all sources: rows of cells, each with the place a person finds it at.

A cell that a merge covers from the left is dropped, one that it covers from above is blank: then a row of a
spreadsheet, of a Word table and of tab-separated text look the same.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import docx
import openpyxl
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 80 * 1024 * 1024
MAX_ROWS, MAX_COLUMNS = 2000, 60
ENCODINGS = ("utf-8-sig", "gb18030")
# what openpyxl, python-docx and their XML parsers raise for files that are not what they say
BROKEN_FILE = (KeyError, ValueError, TypeError, OSError, SyntaxError, IndexError, zipfile.BadZipFile, OpcError)


class Unreadable(Exception):
    """The source is not a table of a kind we read; the message says why, ``advice`` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True)
class GridCell:
    """One cell: where it is and what stands there, untouched."""

    place: str
    text: str


@dataclass(frozen=True)
class Grid:
    """Rows of cells."""

    rows: tuple[tuple[GridCell, ...], ...]

    def with_corrections(self, corrections: Mapping[str, str]) -> "Grid":
        """Return the grid with the text at some places replaced by what a person typed."""
        return Grid(tuple(tuple(GridCell(c.place, corrections.get(c.place, c.text)) for c in row) for row in self.rows))


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
    if len(content) > MAX_BYTES:
        raise Unreadable("文件过大。", f"请上传不超过 {MAX_BYTES // 1024 // 1024} MB 的文件。")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("无法识别文字编码。", "请另存为 UTF-8 文本、XLSX 或 DOCX 后再导入。")


def demand_safe_archive(content: bytes) -> None:
    """Raise Unreadable for an archive that is oversized, a bomb, encrypted or carries macros."""
    if len(content) > MAX_BYTES:
        raise Unreadable("文件过大。", f"请上传不超过 {MAX_BYTES // 1024 // 1024} MB 的文件。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Unreadable(
            "文件已损坏、加了密码，或不是 XLSX/DOCX 文件。", "请去掉打开密码，另存为 XLSX 或 DOCX 后再导入。"
        ) from error
    if sum(e.file_size for e in entries) > MAX_UNPACKED_BYTES:
        raise Unreadable("文件解压后过大。", "请只保留一张绩效目标表。")
    if any(e.filename.lower().endswith("vbaproject.bin") for e in entries):
        raise Unreadable("文件含有宏。", "请另存为不含宏的 XLSX 或 DOCX。")


def grid_from_xlsx(content: bytes) -> Grid:
    """Return a grid of the first visible sheet. Raises Unreadable."""
    demand_safe_archive(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content))
    except BROKEN_FILE as error:
        raise Unreadable("不是有效的 XLSX 文件。", "请用表格软件打开并另存为 XLSX 后再导入。") from error
    sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
    if sheet is None:
        raise Unreadable("工作簿里没有可见的工作表。", "请取消隐藏后再导入。")
    if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
        raise Unreadable(f"工作表过大（{sheet.max_row} 行 × {sheet.max_column} 列）。", "请只保留一张绩效目标表。")
    return Grid(tuple(_sheet_row(sheet, row, _covered(sheet)) for row in range(1, sheet.max_row + 1)))


def _covered(sheet: Worksheet) -> set[tuple[int, int]]:
    return {
        (row, column)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col + 1, area.max_col + 1)
    }


def _sheet_row(sheet: Worksheet, row: int, covered: set[tuple[int, int]]) -> tuple[GridCell, ...]:
    return tuple(
        GridCell(f"{sheet.title}!{get_column_letter(column)}{row}", _cell_text(sheet.cell(row, column).value))
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
        document = docx.Document(io.BytesIO(content))
    except BROKEN_FILE as error:
        raise Unreadable("不是有效的 DOCX 文件。", "请用文字处理软件打开并另存为 DOCX 后再导入。") from error
    return Grid(tuple(_document_rows(document)))


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
