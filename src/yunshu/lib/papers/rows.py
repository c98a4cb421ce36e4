"""Rows of an XLSX workbook that somebody uploaded: looked into before it is unpacked, read row by row, never wider or longer than allowed."""

import io
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from yunshu.lib.papers.archive import opened
from yunshu.lib.papers.contracts import BROKEN, LIMITS, Limits, Reason
from yunshu.lib.papers.contracts import UnreadableError as Unreadable

MOST_ROWS, MOST_COLUMNS, MOST_BLANK = 1_000_000, 200, 10_000


def rows(
    data: bytes,
    *,
    sheet: str = "",
    most_rows: int = MOST_ROWS,
    most_columns: int = MOST_COLUMNS,
    limits: Limits = LIMITS,
) -> Iterator[Sequence[Any]]:
    """Yield the values of each row of the sheet of that name, else of the first one.

    Raises UnreadableError: ``too_large``, ``bomb``, ``encrypted``, ``xml_declarations``, ``broken``, and ``beyond_limit`` at the
    first row too many.
    """
    if len(data) > limits.size_bytes:
        raise Unreadable(Reason.TOO_LARGE)
    try:
        opened(data, limits).close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl tells what it leaves out of a foreign workbook
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            chosen: Any = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
            chosen.reset_dimensions()  # what the file claims of its size
            blank = 0
            for number, row in enumerate(chosen.iter_rows(max_col=most_columns, values_only=True), start=1):
                if number > most_rows:
                    raise Unreadable(Reason.BEYOND_LIMIT, f"more than {most_rows} rows")
                blank = 0 if any(value is not None for value in row) else blank + 1
                if blank > MOST_BLANK:  # one cell in the last row makes a million before it
                    raise Unreadable(Reason.BOMB, "a cell far below all others")
                yield row
    except (*BROKEN, InvalidFileException) as error:
        raise Unreadable(Reason.BROKEN, str(error)) from error
