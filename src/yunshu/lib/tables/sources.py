"""The slower sources: any database that SQLAlchemy reads, files, and files over SFTP; rows as Arrow record batches.

``SqlSource`` lets MySQL and MariaDB mask in their own SELECT; of other dialects plain columns are read and masked in Python,
as those of ``FileSource`` are. ``fetch_over_sftp`` brings a file into a local folder first. All are ``Source``s of ``transfer``.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncssh
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from yunshu.lib.tables import files, masking, predicate
from yunshu.lib.tables.chunks import Chunk
from yunshu.lib.tables.errors import SourceFailed, Stopped, Unfit, Unreadable
from yunshu.lib.tables.foreign import read_any
from yunshu.lib.tables.masking import Drop
from yunshu.lib.tables.postgres import Into
from yunshu.lib.tables.query import Extract
from yunshu.lib.tables.relay import Moved
from yunshu.lib.tables.rowload import load_rows
from yunshu.lib.tables.schema import Column, TableSchema
from yunshu.lib.tables.sealing import Keys, compiled_row
from yunshu.lib.tables.sockets import Stop
from yunshu.lib.tables.values import text_of

FETCH_ROWS = 5000


class FileSource:
    """A file whose columns are those of the extract's table, by name; one chunk, for a file has no key to go on from."""

    guarantees = False

    def __init__(self, path: Path, extract: Extract, keys: Keys | None = None) -> None:
        self._path = path
        self._extract = extract
        self._keys = keys or {}

    @property
    def extract(self) -> Extract:
        """What leaves."""
        return self._extract

    def open(self) -> None:
        """See that the file is there; raise SourceFailed (``file_missing``)."""
        if not self._path.is_file():
            raise SourceFailed("file_missing", f"there is no file {self._path.name}")

    def found(self) -> TableSchema:
        """Return the agreed table with the columns that the file has. Raises Unreadable."""
        first = next(files.batches(self._path), None)
        table = self.extract.table
        names = set() if first is None else set(first.schema.names)
        kept = tuple(column for column in table.columns if first is None or column.name in names)
        return TableSchema(table.schema, table.name, kept, table.key)

    def plan(self, rows: int, stop: Stop) -> list[Chunk]:
        """Return one chunk."""
        return [Chunk(0)]

    def rows(self, chunk: Chunk) -> Iterator[Sequence[Any]]:
        """Yield what leaves. Raises Unreadable (``value_malformed``)."""
        return _leaving(self._read(), self.extract, self._keys)

    def send(self, chunk: Chunk, into: Into, stop: Stop) -> Moved:
        """Load the file. Raises Unreadable (``value_malformed``), TargetFailed and Stopped."""
        return _load(self.rows(chunk), into, stop)

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self) -> Iterator[dict[str, Any]]:
        readers = [(column.name, reader(column)) for column in self.extract.table.columns]
        number = 1
        for batch in files.batches(self._path):
            for row in batch.to_pylist():
                number += 1
                try:
                    yield {name: None if (value := row.get(name)) is None else read(value) for name, read in readers}
                except (ValueError, InvalidOperation) as error:
                    raise Unreadable("value_malformed", f"{self._path.name}, row {number}: {error}") from error


class SqlSource:
    """A table or view that SQLAlchemy reads, from ``url`` (``mysql+pymysql://…?charset=utf8mb4``)."""

    guarantees = False

    def __init__(self, url: str, extract: Extract, keys: Keys | None = None) -> None:
        self._url = url
        self._extract = extract
        self._keys = keys or {}
        self._engine: Engine | None = None
        columns = (sa.column(c.name, _sql_type(c)) for c in extract.table.columns)
        self._table = sa.table(extract.table.name, *columns, schema=extract.table.schema or None)

    @property
    def extract(self) -> Extract:
        """What leaves."""
        return self._extract

    def open(self) -> None:
        """Make the engine."""
        self._engine = create_engine(self._url)

    def found(self) -> TableSchema:
        """Read the schema; raise SourceFailed, Drifted and Unfit."""
        with self._connected() as connection:
            return read_any(connection, self.extract.table.schema, self.extract.table.name)

    def plan(self, rows: int, stop: Stop) -> list[Chunk]:
        """Return chunks of exactly ``rows`` rows, by walking along a key of one column; else one chunk.

        Raises SourceFailed, Stopped, and Unfit (``key_null``) for a key with NULLs in it.
        """
        table = self._table
        if len(self.extract.table.key) != 1:
            return [Chunk(0)]
        key = table.c[self.extract.table.key[0]]
        cuts: list[Any] = []
        with self._connected() as connection:
            if connection.execute(sa.select(sa.literal(1)).select_from(table).where(key.is_(None)).limit(1)).first():
                raise Unfit("key_null", f"{table.name} has rows whose key is NULL")
            while True:
                if stop():
                    raise Stopped
                query = sa.select(key).order_by(key).limit(1).offset(rows)
                cut = connection.execute(query.where(key >= cuts[-1]) if cuts else query).scalar()
                if cut is None or (cuts and cut == cuts[-1]):
                    break
                cuts.append(cut)
        ends = [None, *((text_of(cut),) for cut in cuts), None]
        return [Chunk(number, low, high) for number, (low, high) in enumerate(itertools.pairwise(ends))]

    def rows(self, chunk: Chunk) -> Iterator[Sequence[Any]]:
        """Yield what leaves; raise SourceFailed."""
        with self._connected() as connection:
            if connection.dialect.name in ("mysql", "mariadb") and not self.extract.needs_rows:
                readers = [reader(column) for column in self.extract.output("", "").columns]
                yield from _read_as(readers, self._streamed(connection, self._masked(chunk)))
            else:
                yield from _leaving(self._plain(connection, chunk), self.extract, self._keys)

    def send(self, chunk: Chunk, into: Into, stop: Stop) -> Moved:
        """Load the chunk; raise SourceFailed, TargetFailed and Stopped."""
        return _load(self.rows(chunk), into, stop)

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if self._engine is None:
            raise SourceFailed("connection_lost", "the source is not connected")
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise SourceFailed("source_refused", str(error)) from error

    def _within(self, chunk: Chunk) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        for end, above in ((chunk.low, True), (chunk.high, False)):
            if end is not None:
                key = self.extract.table.column(self.extract.table.key[0])
                value, column = reader(key)(end[0]), self._table.c[key.name]
                conditions.append(column >= value if above else column < value)
        return conditions

    def _plain(self, connection: Connection, chunk: Chunk) -> Iterator[dict[str, Any]]:
        """Yield whole rows, typed as agreed; the caller chooses and masks them."""
        columns = self.extract.table.columns
        rows = _read_as(
            [reader(c) for c in columns],
            self._streamed(connection, sa.select(self._table).where(*self._within(chunk))),
        )
        for row in rows:
            yield {column.name: value for column, value in zip(columns, row, strict=True)}

    def _masked(self, chunk: Chunk) -> sa.Select[Any]:
        """Return the SELECT in which MySQL masks and chooses."""
        table = self.extract.table
        fields = [field for field in self.extract.fields if not isinstance(field.mask, Drop)]
        made: list[Any] = [
            sa.literal_column(_unmarked(masking.mysql(f.mask, table.column(f.column)))).label(f.target) for f in fields
        ]
        query = sa.select(*made).select_from(self._table).where(*self._within(chunk))
        if self.extract.rows is None:
            return query
        text, values = predicate.compiled_mysql(self.extract.rows, table)
        text = text.replace(":", "\\:")
        names = [f"p{place}" for place in range(len(values))]
        for name in names:
            text = text.replace("%s", f":{name}", 1)
        return query.where(sa.text(_unmarked(text)).bindparams(**dict(zip(names, values, strict=True))))

    def _streamed(self, connection: Connection, query: sa.Select[Any]) -> Iterator[Sequence[Any]]:
        result = connection.execution_options(stream_results=True, yield_per=FETCH_ROWS).execute(query)
        for part in result.partitions():
            yield from part


def _unmarked(text: str) -> str:
    """SQLAlchemy doubles a ``%`` itself."""
    return text.replace("%%", "%")


def _sql_type(column: Column) -> sa.types.TypeEngine[Any]:
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "number": sa.Numeric(),
        "date": sa.Date(),
        "timestamp": sa.DateTime(),
        "boolean": sa.Boolean(),
    }
    return kinds.get(column.family, sa.types.NullType())


def _read_as(readers: list[Callable[[Any], Any]], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for row in rows:
        yield [None if value is None else read(value) for read, value in zip(readers, row, strict=True)]


def _leaving(rows: Iterable[dict[str, Any]], extract: Extract, keys: Keys) -> Iterator[list[Any]]:
    """Choose and mask rows that are typed as agreed."""
    masked, agreed = compiled_row(extract, keys), extract.rows
    return (masked(row) for row in rows if agreed is None or predicate.holds(agreed, row))


def _load(rows: Iterable[Sequence[Any]], into: Into, stop: Stop) -> Moved:
    if into.ordered:
        raise Unfit("readback_unfit", "only PostgreSQL can send rows in the order in which PostgreSQL reads them back")
    return load_rows(into.connection, into.table, into.output, rows, algorithm=into.algorithm, stop=stop)


def reader(column: Column) -> Callable[[Any], Any]:
    """Return the function that makes a value of the column's type, from a text or what a driver or Arrow gave.

    It raises ValueError or InvalidOperation for what is no such value.
    """
    match column.family:
        case "text":
            return lambda value: value if isinstance(value, str) else text_of(value)
        case "integer":
            return lambda value: _whole(Decimal(str(value)))
        case "number":
            return lambda value: Decimal(str(value))
        case "boolean":
            return _truth
        case "date":
            return lambda value: value if type(value) is date else datetime.fromisoformat(str(value)).date()
        case "timestamp" | "timestamptz":
            return lambda value: value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        case "uuid":
            return lambda value: value if isinstance(value, UUID) else UUID(str(value))
        case "bytes":
            return lambda value: value if isinstance(value, bytes) else bytes.fromhex(value)
    return lambda value: value


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise ValueError(f"{value} is no whole number")
    return int(value)


def _truth(value: Any) -> bool:
    words = {"true": True, "t": True, "1": True, "是": True, "false": False, "f": False, "0": False, "否": False}
    found = words.get(str(value).strip().lower())
    if found is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return found


def fetch_over_sftp(host: str, path: str, folder: Path, *, seconds: float = 3600, **login: Any) -> Path:
    """Copy a file from an SFTP server into ``folder``; return where it is. ``login`` is what ``asyncssh.connect`` takes.

    The server's key must be known (``known_hosts``). Raises SourceFailed (``sftp_failed``).
    """

    async def fetch() -> Path:
        async with asyncssh.connect(host, **login) as connection, connection.start_sftp_client() as client:
            local = folder / Path(path).name
            await client.get(path, str(local))
            return local

    try:
        return asyncio.run(asyncio.wait_for(fetch(), seconds))
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise SourceFailed("sftp_failed", f"{host}: {error}") from error
