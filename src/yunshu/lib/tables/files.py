"""Files as tables: CSV, XLSX, JSON, JSON Lines and Parquet, read in Arrow record batches. Start at ``batches``.

Every value of CSV and XLSX is read as text, of the others as the file types it; ``sources`` turns them into the agreed
types. CSV and JSON are UTF-8 (with or without BOM) or GB 18030, told by trying: bytes that are valid UTF-8 are not GB 18030
by chance for long.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import openpyxl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from yunshu.lib.tables.errors import Unreadable

BATCH_ROWS = 10_000
_SNIFF_BYTES = 1 << 20

Kind = Literal["csv", "xlsx", "json", "jsonl", "parquet"]
_KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


def kind_of(path: Path) -> Kind:
    """Return what a file is, by its name; raise Unreadable (``kind_unknown``)."""
    try:
        return _KINDS[path.suffix.lower()]
    except KeyError:
        raise Unreadable("kind_unknown", f"{path.name} is of no kind that can be read") from None


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the file's rows; the first line or row of CSV and XLSX names the columns.

    Raises Unreadable (``kind_unknown``, ``encoding_unknown``, ``file_malformed``).
    """
    match kind_of(path):
        case "csv":
            yield from _csv(path)
        case "xlsx":
            yield from _xlsx(path)
        case "json":
            yield from _json(path)
        case "jsonl":
            yield from _jsonl(path)
        case "parquet":
            yield from _parquet(path)


def encoding_of(path: Path) -> str:
    """Return ``utf-8-sig`` or ``gb18030``; raise Unreadable (``encoding_unknown``). Reads the file once."""
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise Unreadable("encoding_unknown", f"{path.name} is neither UTF-8 nor GB 18030")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_SNIFF_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _text(path: Path) -> Iterator[io.TextIOBase]:
    with path.open(encoding=encoding_of(path), newline="") as file:
        yield file


def _csv(path: Path) -> Iterator[pa.RecordBatch]:
    with _text(path) as file:
        sample = file.read(1 << 14)
        file.seek(0)
        first = sample.splitlines()[0] if sample else ""
        separator = max(",;\t|", key=first.count)
        try:
            yield from _named(path, csv.reader(file, delimiter=separator, strict=True))
        except csv.Error as error:
            raise Unreadable("file_malformed", f"{path.name}: {error}") from error


def _xlsx(path: Path) -> Iterator[pa.RecordBatch]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise Unreadable("file_malformed", f"{path.name}: {error}") from error
    try:
        sheet = book.worksheets[0]
        yield from _named(path, ([cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)))
    finally:
        book.close()


def cell_text(value: Any) -> str | None:
    """Return what a cell of a workbook says, as text; None where it is empty."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _named(path: Path, rows: Iterable[list[Any]]) -> Iterator[pa.RecordBatch]:
    """Make batches of texts; the first row names the columns. An empty text is no value."""
    iterator = iter(rows)
    names = [str(name or "").strip() for name in next(iterator, [])]
    if not names or not all(names) or len(set(names)) < len(names):
        raise Unreadable("file_malformed", f"{path.name}: the first row must name each column once")
    held: list[list[Any]] = []
    for number, row in enumerate(iterator, 2):
        if not any(row):
            continue
        if len(row) != len(names):
            raise Unreadable("file_malformed", f"{path.name}, row {number}: {len(row)} values for {len(names)} columns")
        held.append([value or None for value in row])
        if len(held) == BATCH_ROWS:
            yield _batch(names, held)
            held = []
    if held:
        yield _batch(names, held)


def _batch(names: list[str], rows: list[list[Any]]) -> pa.RecordBatch:
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(names))]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _json(path: Path) -> Iterator[pa.RecordBatch]:
    with _text(path) as file:
        try:
            content = json.load(file)
        except ValueError as error:
            raise Unreadable("file_malformed", f"{path.name}: {error}") from error
    if not isinstance(content, list):
        raise Unreadable("file_malformed", f"{path.name} is no list of objects")
    for at in range(0, len(content), BATCH_ROWS):
        yield _objects(path, content[at : at + BATCH_ROWS])


def _jsonl(path: Path) -> Iterator[pa.RecordBatch]:
    held: list[Any] = []
    with _text(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    held.append(json.loads(line))
                except ValueError as error:
                    raise Unreadable("file_malformed", f"{path.name}, line {number}: {error}") from error
            if len(held) == BATCH_ROWS:
                yield _objects(path, held)
                held = []
    if held:
        yield _objects(path, held)


def _objects(path: Path, rows: list[Any]) -> pa.RecordBatch:
    if not all(isinstance(row, dict) for row in rows):
        raise Unreadable("file_malformed", f"{path.name} holds something that is no object")
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _batch(names, [[_plain(row.get(name)) for name in names] for row in rows])


def _plain(value: Any) -> str | None:
    """JSON types little: every value becomes its text, as those of CSV are."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _parquet(path: Path) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(BATCH_ROWS)
    except (pa.ArrowInvalid, OSError) as error:
        raise Unreadable("file_malformed", f"{path.name}: {error}") from error
