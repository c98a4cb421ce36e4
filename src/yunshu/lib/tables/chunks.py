"""Key ranges that cut a table into chunks of bounded size, cheaply even for fifty million rows.

A table is sampled by pages (``TABLESAMPLE SYSTEM``, seeded, so the same table gives the same plan) and cut at every so
many sampled keys: exact where the whole table is sampled, within some percent on a large one. What cannot be sampled
(a view) is walked along its key. The ranges cover every key: rows that come later fall into one of them.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.query import Extract
from yunshu.lib.tables.schema import TableSchema

SAMPLE_PAGES = 500  # 4 MB read; a smaller table is sampled whole
SAMPLE_SHARE = 0.01
CHUNK_ROWS = 1_000_000

Key = tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """``low`` <= key < ``high``, as PostgreSQL's texts of the key's values; None is open."""

    number: int
    low: Key | None = None
    high: Key | None = None

    def bounds(self, table: TableSchema) -> sql.Composable | None:
        """Return the condition on the key; None if the chunk is the whole table."""
        ends = [(sign, end) for sign, end in ((">=", self.low), ("<", self.high)) if end is not None]
        parts = [_compare(table, sign, end) for sign, end in ends]
        return sql.SQL(" AND ").join(parts) if parts else None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"number": self.number, "low": self.low and list(self.low), "high": self.high and list(self.high)}

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "Chunk":
        """Read the JSON form."""
        low, high = (None if form[end] is None else tuple(form[end]) for end in ("low", "high"))
        return cls(form["number"], low, high)


def plan(connection: psycopg.Connection[Any], extract: Extract, rows: int = CHUNK_ROWS) -> list[Chunk]:
    """Return the chunks of about ``rows`` rows of the table (before its predicate); a table without a key is one chunk.

    Raises Unfit (``chunk_too_small``).
    """
    if rows < 1:
        raise Unfit("chunk_too_small", "a chunk has at least one row")
    table = extract.table
    if not table.key:
        return [Chunk(0)]
    pages = _pages(connection, table)
    return _between(_walked(connection, table, rows) if pages is None else _sampled(connection, table, rows, pages))


def halve(connection: psycopg.Connection[Any], extract: Extract, chunk: Chunk) -> tuple[Chunk, Chunk] | None:
    """Return a chunk's two halves by its rows as they are now; None if it cannot be cut (no key, or one row).

    The second half is numbered one higher.
    """
    table = extract.table
    bounds = chunk.bounds(table)
    if not table.key:
        return None
    where = sql.SQL(" WHERE {}").format(bounds) if bounds is not None else sql.SQL("")
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}{}").format(table.identifier, where)).fetchone()
    half = (counted[0] if counted else 0) // 2
    if not half:
        return None
    query = sql.SQL("SELECT {} FROM {}{} ORDER BY {} OFFSET {} LIMIT 1")
    row = connection.execute(
        query.format(_texts(table), table.identifier, where, _names(table), sql.Literal(half))
    ).fetchone()
    if row is None:
        return None
    return Chunk(chunk.number, chunk.low, tuple(row)), Chunk(chunk.number + 1, tuple(row), chunk.high)


def row_bytes(connection: psycopg.Connection[Any], table: TableSchema) -> float | None:
    """Return how many bytes a row takes on average by the server's statistics; None for a view or where it has none."""
    query = """
        SELECT pg_table_size(c.oid) / c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %s AND c.relname = %s AND c.reltuples > 0 AND c.relkind IN ('r', 'm')"""
    row = connection.execute(query, (table.schema, table.name)).fetchone()
    return None if row is None else float(row[0])


def _between(cuts: Sequence[Key]) -> list[Chunk]:
    ends = [None, *cuts, None]
    return [Chunk(number, low, high) for number, (low, high) in enumerate(itertools.pairwise(ends))]


def _pages(connection: psycopg.Connection[Any], table: TableSchema) -> int | None:
    """Return how many pages the table has, or None if it cannot be sampled."""
    query = """
        SELECT sum(pg_relation_size(coalesce(t.relid, c.oid)) / current_setting('block_size')::int)::int8
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN LATERAL pg_partition_tree(c.oid) t ON true
        WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p', 'm')"""
    row = connection.execute(query, (table.schema, table.name)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def _sampled(connection: psycopg.Connection[Any], table: TableSchema, rows: int, pages: int) -> list[Key]:
    share = 1.0 if pages <= SAMPLE_PAGES else max(SAMPLE_SHARE, SAMPLE_PAGES / pages)
    query = sql.SQL("""
        SELECT {texts} FROM (
            SELECT {key}, row_number() OVER (ORDER BY {key}) AS "#" FROM {table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)
        ) AS sampled WHERE "#" > 1 AND ("#" - 1) % {step} = 0 ORDER BY "#" """)
    made = query.format(
        texts=_texts(table),
        key=_names(table),
        table=table.identifier,
        percent=sql.Literal(100 * share),
        step=sql.Literal(max(1, round(rows * share))),
    )
    return [tuple(row) for row in connection.execute(made).fetchall()]


def _walked(connection: psycopg.Connection[Any], table: TableSchema, rows: int) -> list[Key]:
    cuts: list[Key] = []
    while True:
        after = sql.SQL("WHERE {}").format(_compare(table, ">=", cuts[-1])) if cuts else sql.SQL("")
        query = sql.SQL("SELECT {} FROM {} {} ORDER BY {} OFFSET {} LIMIT 1").format(
            _texts(table), table.identifier, after, _names(table), sql.Literal(rows)
        )
        row = connection.execute(query).fetchone()
        if row is None or (cuts and tuple(row) == cuts[-1]):
            return cuts
        cuts.append(tuple(row))


def _names(table: TableSchema) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(name) for name in table.key)


def _texts(table: TableSchema) -> sql.Composable:
    """Without a name of its own such a text would take the column's, and ORDER BY would mean the text."""
    return sql.SQL(", ").join(
        sql.SQL("{}::text AS {}").format(sql.Identifier(name), sql.Identifier(f"#{place}"))
        for place, name in enumerate(table.key)
    )


def _compare(table: TableSchema, sign: str, end: Key) -> sql.Composable:
    values = sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Literal(text), sql.SQL(table.column(name).type))
        for name, text in zip(table.key, end, strict=True)
    )
    return sql.SQL("({}) {} ({})").format(_names(table), sql.SQL(sign), values)
