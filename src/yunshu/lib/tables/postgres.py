"""What a transfer asks of a source (``Source``), and PostgreSQL as one: the fast path, or row by row where a mask needs Python."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol

import psycopg
from psycopg import sql

from yunshu.lib.tables import chunks, pieces, relay
from yunshu.lib.tables.chunks import Chunk
from yunshu.lib.tables.errors import ServerFailed, SourceFailed, Unfit
from yunshu.lib.tables.pieces import Piece
from yunshu.lib.tables.query import Extract
from yunshu.lib.tables.relay import Connection, Moved
from yunshu.lib.tables.rowload import load_rows
from yunshu.lib.tables.schema import TableSchema, read_postgres
from yunshu.lib.tables.sealing import Keys, compiled_row
from yunshu.lib.tables.sockets import Stop
from yunshu.lib.tables.stopping import stoppable

FETCH_ROWS = 5000


class Source(Protocol):
    """Where rows come from. Every method but ``close`` may raise SourceFailed, Unfit and Drifted."""

    @property
    def extract(self) -> Extract:
        """What leaves."""

    @property
    def guarantees(self) -> bool:
        """Say whether its NOT NULL can be relied on."""

    def open(self) -> None:
        """Connect; safe to repeat after ``close``."""

    def found(self) -> TableSchema:
        """Return the table as it is now."""

    def plan(self, rows: int, stop: Stop) -> list[Chunk]:
        """Return the chunks, of about ``rows`` rows each."""

    def send(self, chunk: Chunk, into: "Into", stop: Stop) -> Moved:
        """Load one chunk into the staging table, in the target's current transaction."""

    def close(self) -> None:
        """Let go of the connection, cancelling what the server still does for it."""


class Into:
    """Where a chunk goes: the target's connection, the staging table, its columns; and how it is digested."""

    def __init__(
        self, connection: Connection, table: sql.Identifier, output: TableSchema, algorithm: str, *, ordered: bool
    ) -> None:
        self.connection = connection
        self.table = table
        self.output = output
        self.algorithm = algorithm
        self.ordered = ordered


class PostgresSource:
    """A table or view of a PostgreSQL database; ``keys`` gives the keys of masks that encrypt."""

    def __init__(self, url: str, extract: Extract, keys: Keys | None = None) -> None:
        self._extract = extract
        self._url = url
        self._keys = keys or {}
        self._connection: Connection | None = None

    @property
    def extract(self) -> Extract:
        """What leaves."""
        return self._extract

    @property
    def guarantees(self) -> bool:
        """PostgreSQL keeps a NOT NULL."""
        return True

    @property
    def connection(self) -> Connection:
        """Return the open connection; raise SourceFailed (``connection_lost``) if there is none."""
        if self._connection is None or self._connection.closed:
            raise SourceFailed("connection_lost", "the source is not connected")
        return self._connection

    def open(self) -> None:
        """Connect, read only; raise SourceFailed."""
        try:
            self._connection = relay.connect(self._url, read_only=True)
        except ServerFailed as error:
            raise SourceFailed(error.code, str(error)) from error

    def found(self) -> TableSchema:
        """Read the catalogue; raise Drifted (``table_missing``)."""
        with _as_source():
            return read_postgres(self.connection, self.extract.table.schema, self.extract.table.name)

    def plan(self, rows: int, stop: Stop) -> list[Chunk]:
        """Return the chunks (``chunks.plan``); raise Stopped, and Unfit (``key_null``) for a key with NULLs in it."""
        with _as_source(), stoppable(self.connection, stop):
            self._see_that_keys_are_whole()
            return chunks.plan(self.connection, self.extract, rows)

    def _see_that_keys_are_whole(self) -> None:
        """A row whose key is NULL is in no range of keys: it would be lost without a word."""
        found = self.found()
        loose = [
            sql.SQL("{} IS NULL").format(sql.Identifier(k)) for k in self.extract.table.key if found.column(k).nullable
        ]
        if loose:
            form = sql.SQL("SELECT 1 FROM {} WHERE {} LIMIT 1")
            query = form.format(self.extract.table.identifier, sql.SQL(" OR ").join(loose))
            if self.connection.execute(query).fetchone():
                raise Unfit("key_null", f"{found.schema}.{found.name} has rows whose key is NULL")

    def send(self, chunk: Chunk, into: Into, stop: Stop) -> Moved:
        """Relay the chunk, or mask and load it row by row."""
        bounds = chunk.bounds(self.extract.table)
        if not self.extract.needs_rows:
            select = self.extract.select(bounds, ordered=into.ordered)
            return relay.relay(
                self.connection, into.connection, select, into.table, algorithm=into.algorithm, stop=stop
            )
        if into.ordered:
            raise Unfit("readback_unfit", "rows that are encrypted on the way cannot be sent in the order of their key")
        return load_rows(
            into.connection, into.table, into.output, self.rows(chunk), algorithm=into.algorithm, stop=stop
        )

    def copied(self, chunk: Chunk, stop: Stop) -> Piece:
        """Return the rows of a chunk as the server's COPY gives them. Raises SourceFailed and Stopped."""
        return pieces.copy_out(self.connection, self.extract.select(chunk.bounds(self.extract.table)), stop)

    def rows(self, chunk: Chunk) -> Iterator[list[Any]]:
        """Yield the rows of a chunk, masked in Python."""
        bounds = chunk.bounds(self.extract.table)
        names = [column.name for column in self.extract.table.columns]
        masked = compiled_row(self.extract, self._keys)
        listed = sql.SQL(", ").join(sql.Identifier(name) for name in names)
        query = sql.SQL("SELECT {} FROM {}{}").format(
            listed, self.extract.table.identifier, self.extract.condition(bounds)
        )
        with _as_source(), self.connection.transaction(), self.connection.cursor("rows") as cursor:
            cursor.itersize = FETCH_ROWS
            for row in cursor.execute(query):
                yield masked(dict(zip(names, row, strict=True)))

    def close(self) -> None:
        """Cancel and close."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                relay.abandon(self._connection)


class _as_source:  # noqa: N801 - reads as a statement
    """Inside the ``with``, an error of psycopg is the source's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if isinstance(error, psycopg.Error):
            raise SourceFailed(error.sqlstate or "connection_lost", str(error)) from error
