"""XLSX and CSV: one piece a row, with the cell of each value; hidden sheets too, for what they leak is public."""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime

import openpyxl
from openpyxl.utils import get_column_letter

from yunshu.lib.papers import archive
from yunshu.lib.papers.collecting import Collector, joined
from yunshu.lib.papers.contracts import Place


def read_xlsx(data: bytes, package: zipfile.ZipFile, into: Collector) -> None:
    """Read every sheet; raises what ``contracts.BROKEN`` lists."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_col=into.limits.columns, max_row=into.limits.rows + 1, values_only=True)
            _rows(([_shown(value) for value in row] for row in rows), sheet.title, into)
    finally:
        book.close()
    for number, name in enumerate(archive.pictures(package, "xl/media/"), 1):
        into.picture(package.read(name), Place(picture=number))


def read_csv(text: str, into: Collector) -> None:
    """Read delimited text: commas, semicolons or tabs, whichever the first lines have most of."""
    head = text[:4096]
    delimiter = max(",\t;", key=head.count)
    _rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), "", into)


def _rows(rows: Iterable[list[str]], sheet: str, into: Collector) -> None:
    heading = ""
    for number, row in enumerate(rows, 1):
        place = Place(sheet=sheet, row=number)
        if number > into.limits.rows:
            into.beyond("rows", place)
        if into.full:
            return
        filled = [(at, value) for at, value in enumerate(row[: into.limits.columns], 1) if value.strip()]
        names = [f"{get_column_letter(at)}{number}" for at, _ in filled]
        text, cells = joined([value for _, value in filled], names)
        into.add(text, place, context=heading, cells=cells)
        if not heading and len(filled) > 1:
            heading = text


def _shown(value: object) -> str:
    """Return a cell as a person sees it; a long number without the exponent that Excel stores."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.hour or value.minute else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
