"""What is shown, as CSV (UTF-8 with BOM, so that Excel reads it) or XLSX; same rows, same order, same columns.

Text that a spreadsheet would take for a formula is disarmed (OWASP, CSV injection): in CSV by a leading
apostrophe, in XLSX by marking the cell as text.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from yunshu.lib.kernel.money import to_wan
from yunshu.lib.kernel.stamp import stamp

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 500
Records = Iterator[Sequence[Any]]


def cell_value(kind: str, value: Any) -> Any:
    """Return a column's value as a spreadsheet wants it: figures as figures, instants in the city's time."""
    if value is None:
        return ""
    if kind == "wan":
        return to_wan(Decimal(value), 6).normalize() + 0
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return value if isinstance(value, int | float | Decimal | date) else str(value)


def disarmed(text: str) -> str:
    """Return ``text`` with an apostrophe before it if a spreadsheet would run it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def rearmed(text: str) -> str:
    """Undo ``disarmed``, for reading an export back."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def csv_response(request: HttpRequest, records: Records, filename: str) -> HttpResponseBase:
    """Stream ``records`` (the first is the head) as CSV."""
    chunks = _csv_chunks(records)
    body: Any = _awaited(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    return _named(response, f"{filename}.csv")


def xlsx_response(records: Records, filename: str, title: str) -> HttpResponse:
    """Return ``records`` (the first is the head) as a workbook with one sheet, the head frozen, who took it out on each page."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(title))
    _sign(book, sheet)
    sheet.freeze_panes = "A2"
    for n, record in enumerate(records):
        sheet.append([_xlsx_cell(sheet, value, is_head=n == 0) for value in record])
    out = io.BytesIO()
    book.save(out)
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    _named(response, f"{filename}.xlsx")
    return response


def _sign(book: Workbook, sheet: Any) -> None:
    """Write who exports, and when, above and below each printed page and into the file's properties."""
    if not (who := stamp()):
        return
    words = _("导出：%(who)s %(at)s") % {"who": who, "at": f"{timezone.localtime():%Y-%m-%d %H:%M}"}
    book.properties.creator = who
    for part in (sheet.oddHeader.right, sheet.oddFooter.center):
        part.text = words.replace("&", "&&")


def _named(response: HttpResponseBase, filename: str) -> HttpResponseBase:
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    return response


def _csv_chunks(records: Records) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    out = io.StringIO()
    writer = csv.writer(out)
    for n, record in enumerate(records, 1):
        writer.writerow([disarmed(v) if isinstance(v, str) else v for v in record])
        if n % CHUNK == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


async def _awaited(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    take = sync_to_async(lambda: next(chunks, None))
    while (chunk := await take()) is not None:
        yield chunk


def _xlsx_cell(sheet: Any, value: Any, *, is_head: bool) -> Any:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    if is_head:
        cell.font = Font(bold=True)
    return cell


def _sheet_name(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\")[:31] or "Sheet1"
