"""What became of each row that was not simply taken over, as a sheet beside the source; nothing in it can be run as a formula."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from yunshu.lib.taking.running import Verdict
from yunshu.lib.ui.lists.export import disarmed

Line = tuple[int | str, ...]


def head() -> Line:
    """The headings of a report."""
    return (_("行"), _("源编号"), _("结果"), _("列"), _("值"), _("原因"), _("怎么办"))


def lines(verdict: Verdict, name: str) -> Iterator[Line]:
    """Yield a line for each reason of a row."""
    for reason in verdict.reasons:
        yield (verdict.row.line, verdict.row.key, name, reason.column, reason.value, reason.why, reason.todo)


def write(path: Path, rows: Iterable[Line]) -> int:
    """Write a report as XLSX, or as CSV where the name says so; return how many lines it has."""
    return _csv(path, rows) if path.suffix.lower() == ".csv" else _xlsx(path, rows)


def _csv(path: Path, rows: Iterable[Line]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head())
        for row in rows:
            writer.writerow([disarmed(text) if isinstance(text, str) else text for text in row])
            count += 1
    return count


def _xlsx(path: Path, rows: Iterable[Line]) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("接管结果"))
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFG", (8, 22, 12, 18, 28, 40, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_cell(sheet, text, is_head=True) for text in head()])
    count = 0
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])
        count += 1
    book.save(path)
    return count


def _cell(sheet: Any, value: Any, *, is_head: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    if is_head:
        cell.font = Font(bold=True)
    return cell
