"""A source: CSV (UTF-8 or GB 18030) or XLSX, read row by row with its line numbers; its digests say which file it was.

A formula is no value: what it showed when it was last computed is not in the file for certain, so its cell is named.
"""

import csv
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from yunshu.lib.crypto.digests import new_sha256, new_sm3
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.papers.archive import opened
from yunshu.lib.papers.contracts import Limits, UnreadableError
from yunshu.lib.tables.errors import Unreadable
from yunshu.lib.tables.files import cell_text, encoding_of
from yunshu.lib.ui.lists.export import rearmed

LIMITS = Limits(size_bytes=300 << 20, unpacked_bytes=1500 << 20, entries=2000)
MOST_ROWS = 1_000_000
MOST_COLUMNS = 300
MOST_CELL = 100_000
BLOCK = 1 << 20
csv.field_size_limit(MOST_CELL)


@dataclass(frozen=True)
class Line:
    """One row: its number as the sheet counts, the texts of its cells, the places of its formulas."""

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that was looked at: its digests, its headings. ``lines`` reads it, again at each call."""

    path: Path
    size: int
    sha256: str
    sm3: str
    head: tuple[str, ...]
    sheet: str = ""

    def lines(self) -> Iterator[Line]:
        """Yield every row that is not blank. Raises Refused (``file_unreadable``, ``file_too_large``)."""
        for count, line in enumerate(_lines(self.path, self.sheet)):
            if count > MOST_ROWS:
                raise Refused("file_too_large", _("超过 %(n)s 行，请分成几个文件。") % {"n": MOST_ROWS})
            if count:
                yield line


def look_at(path: Path, sheet: str = "") -> Source:
    """Return the source at ``path``. Raises Refused (``file_unreadable``, ``file_too_large``, ``head_faulty``)."""
    if not path.is_file():
        raise Refused("file_unreadable", _("找不到文件：%(name)s") % {"name": path})
    sha256, sm3 = new_sha256(), new_sm3()
    size = path.stat().st_size
    if size > LIMITS.size_bytes:
        raise Refused("file_too_large", _("文件超过 %(n)s MB，请分成几个文件。") % {"n": LIMITS.size_bytes >> 20})
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            sha256.update(block)
            sm3.update(block)
    first = next(_lines(path, sheet), None)
    head = tuple(text.strip() for text in first.cells) if first else ()
    while head and not head[-1]:
        head = head[:-1]
    named = [text for text in head if text]
    if not named or len(set(named)) < len(named) or len(head) > MOST_COLUMNS:
        raise Refused("head_faulty", _("第一行须是列名，每列一个，不能重复（最多 %(n)s 列）。") % {"n": MOST_COLUMNS})
    return Source(path=path, size=size, sha256=sha256.digest().hex(), sm3=sm3.digest().hex(), head=head, sheet=sheet)


def _lines(path: Path, sheet: str) -> Iterator[Line]:
    match path.suffix.lower():
        case ".csv" | ".txt":
            yield from _csv(path)
        case ".xlsx":
            yield from _xlsx(path, sheet)
        case _:
            raise Refused("file_unreadable", _("只读 XLSX 和 CSV；旧的 .xls 请另存为 .xlsx。"))


def _csv(path: Path) -> Iterator[Line]:
    try:
        with path.open(encoding=encoding_of(path), newline="") as file:
            first = file.readline(BLOCK)
            file.seek(0)
            reader = csv.reader(file, delimiter=max(",;\t|", key=first.count), strict=True)
            for number, record in _numbered(reader):
                yield Line(number, tuple(rearmed(text) for text in record))
    except Unreadable as error:
        raise _unreadable(_("不是 UTF-8，也不是 GBK（GB 18030）编码；请另存为“CSV UTF-8”。")) from error
    except csv.Error as error:
        raise _unreadable(_("CSV 引号或换行有误：%(why)s") % {"why": error}) from error


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Number the records by the line on which each begins, as an editor shows it; leave blank ones out."""
    before = 0
    for record in reader:
        if any(text.strip() for text in record):
            yield before + 1, record
        before = reader.line_num


def _xlsx(path: Path, sheet: str) -> Iterator[Line]:
    try:
        opened(path.read_bytes(), LIMITS).close()
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except UnreadableError as error:
        raise _unreadable(_("文件可疑或受密码保护（%(why)s），未打开。") % {"why": error.reason}) from error
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise _unreadable(_("不是完好的 XLSX 文件。")) from error
    try:
        if sheet and sheet not in book.sheetnames:
            raise _unreadable(_("没有名为“%(name)s”的工作表。") % {"name": sheet})
        yield from _rows(book[sheet] if sheet else book.worksheets[0])
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[Line]:
    rows: Iterable[Any] = sheet.iter_rows(max_col=MOST_COLUMNS)
    for number, row in enumerate(rows, 1):
        texts = tuple((cell_text(cell.value) or "") if cell.value is not None else "" for cell in row)
        if any(text.strip() for text in texts):
            yield Line(number, texts, frozenset(i for i, cell in enumerate(row) if cell.data_type == "f"))


def _unreadable(sentence: str) -> Refused:
    return Refused("file_unreadable", sentence, where="file")
