"""The target's side: chunks into a staging table, each with its line in a journal, then one switch.

A chunk and its line commit together, so a kill at any moment leaves whole chunks only, and what is in the journal is
not sent again. Readers of the target see the old rows until the switch, and the new ones from then on.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.tables import digests
from yunshu.lib.tables.digests import Algorithm
from yunshu.lib.tables.errors import TargetFailed
from yunshu.lib.tables.query import Field, Range
from yunshu.lib.tables.relay import CopyIn, CopyOut
from yunshu.lib.tables.schema import family, read_schema

JOURNAL = "yunshu_transfer_chunk"
PAGES_BEFORE = 1024
PLAN = "yunshu_transfer_plan"
QUARANTINE = "yunshu_quarantine"
_TABLES = f"""
    CREATE TABLE IF NOT EXISTS {JOURNAL} (
        transfer text, chunk integer, rows bigint NOT NULL, size_bytes bigint NOT NULL, digest text NOT NULL,
        first_block bigint NOT NULL, last_block bigint NOT NULL, writer text NOT NULL, PRIMARY KEY (transfer, chunk)
    );
    CREATE TABLE IF NOT EXISTS {PLAN} (transfer text PRIMARY KEY, ranges jsonb NOT NULL);
    CREATE TABLE IF NOT EXISTS {QUARANTINE} (
        transfer text NOT NULL, reason text NOT NULL, row jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now()
    );
"""


@dataclass(frozen=True, kw_only=True)
class ChunkDone:
    """A chunk that stands in staging: rows, bytes of its messages, their digest."""

    chunk: int
    rows: int
    size_bytes: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where rows go: ``table`` (``schema.name``) is made if it is not there; ``types`` its columns as agreed."""

    table: str
    types: Mapping[str, str]
    fields: tuple[Field, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The agreed key's columns, as far as they were given."""
        return tuple(f.name for f in self.fields if f.is_key)


class Staging:
    """The staging table of one transfer."""

    def __init__(
        self, connection: psycopg.Connection[Any], transfer: str, target: Target, algorithm: Algorithm
    ) -> None:
        self.connection, self.transfer, self.target, self.algorithm = connection, transfer, target, algorithm
        schema, name = target.table.split(".")
        self.table = f"{schema}.{name[:40]}__staging"

    def open(self) -> dict[int, ChunkDone]:
        """Make what is needed; return the chunks that already stand there. Staging of another transfer is dropped."""
        with self.connection.transaction():
            self.connection.execute("SET client_min_messages TO error")
            for statement in _TABLES.split(";")[:-1]:
                self.connection.execute(statement)
            mark = f"yunshu transfer {self.transfer}"
            if self._comment() != mark:
                self.connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_name(self.table)))
                self._forget()
                columns = [
                    sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
                    for name, kind in self.target.types.items()
                ]
                self.connection.execute(
                    sql.SQL("CREATE TABLE {} ({})").format(_name(self.table), sql.SQL(", ").join(columns))
                )
                comment = sql.SQL("COMMENT ON TABLE {} IS {}").format(_name(self.table), sql.Literal(mark))
                self.connection.execute(comment)
        return self.done()

    def _comment(self) -> str | None:
        row = self.connection.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [self.table]).fetchone()
        return row[0] if row else None

    def done(self) -> dict[int, ChunkDone]:
        """Return the chunks that stand in staging."""
        rows = self.connection.execute(
            f"SELECT chunk, rows, size_bytes, digest FROM {JOURNAL} WHERE transfer = %s",  # noqa: S608
            [self.transfer],
        )
        return {c: ChunkDone(chunk=c, rows=n, size_bytes=s, digest=d) for c, n, s, d in rows}

    def kept_plan(self) -> tuple[Range, ...] | None:
        """Return the ranges this transfer began with, None at its beginning."""
        row = self.connection.execute(
            f"SELECT ranges FROM {PLAN} WHERE transfer = %s",  # noqa: S608
            [self.transfer],
        ).fetchone()
        return tuple(Range(first=a, last=b) for a, b in row[0]) if row else None

    def keep_plan(self, ranges: tuple[Range, ...]) -> None:
        """Keep the ranges, so that a transfer goes on as it began."""
        plain = json.dumps([[r.first, r.last] for r in ranges])
        with self.connection.transaction():
            self.connection.execute(f"INSERT INTO {PLAN} VALUES (%s, %s)", [self.transfer, plain])  # noqa: S608

    def _forget(self) -> None:
        for table in (JOURNAL, PLAN):
            self.connection.execute(f"DELETE FROM {table} WHERE transfer = %s", [self.transfer])  # noqa: S608

    def load(self, chunk: int, portions: Iterator[bytes], on_portion: Callable[[bytes], object]) -> ChunkDone:
        """Load one chunk and its line of the journal in one transaction. Raises TargetFailed."""
        hashed, size = digests.begin(self.algorithm), 0

        def seen(portion: bytes) -> None:
            nonlocal size
            size += len(portion)
            hashed.update(portion)
            on_portion(portion)

        with self.connection.transaction():
            # a crash of the server may take the last chunks back, each with its line: they are sent again
            self.connection.execute("SET LOCAL synchronous_commit TO off")
            first = self._blocks()
            rows = CopyIn(self.connection, self.table, tuple(self.target.types)).load(portions, seen)
            digest = hashed.hexdigest()
            self.connection.execute(
                f"INSERT INTO {JOURNAL} VALUES (%s, %s, %s, %s, %s, %s, %s, pg_current_xact_id()::text)",  # noqa: S608
                [self.transfer, chunk, rows, size, digest, max(first - 1, 0), self._blocks()],
            )
        return ChunkDone(chunk=chunk, rows=rows, size_bytes=size, digest=digest)

    def _blocks(self) -> int:
        row = self.connection.execute(
            "SELECT pg_relation_size(to_regclass(%s)) / current_setting('block_size')::int", [self.table]
        ).fetchone()
        return int(row[0]) if row else 0

    def read_back(self, done: ChunkDone) -> str:
        """Return the digest of a chunk as it stands in staging: only what its own transaction wrote, in ``order``.

        PostgreSQL fills free pages in no fixed order, but near the end: the last pages before the chunk are looked at
        too, and the whole table if rows are still missing.
        """
        row = self.connection.execute(
            f"SELECT first_block, last_block, writer FROM {JOURNAL} WHERE transfer = %s AND chunk = %s",  # noqa: S608
            [self.transfer, done.chunk],
        ).fetchone()
        if row is None:
            raise TargetFailed(f"chunk {done.chunk} is not in the journal")
        first, last, writer = row
        for begin in (max(0, first - PAGES_BEFORE), 0):
            hashed = digests.begin(self.algorithm)
            out = CopyOut(self.connection, self._written_by(writer, begin, last + 1))
            for portion in out:
                hashed.update(portion)
            if out.rows == done.rows:
                break
        return hashed.hexdigest()

    def _written_by(self, writer: str, first: int, end: int) -> sql.Composed:
        names = sql.SQL(", ").join(map(sql.Identifier, self.target.types))
        return sql.SQL(
            "SELECT {} FROM {} WHERE ctid >= {}::tid AND ctid < {}::tid AND xmin::text = {} ORDER BY {}"
        ).format(
            names,
            _name(self.table),
            sql.Literal(f"({first},0)"),
            sql.Literal(f"({end},0)"),
            sql.Literal(_short(writer)),
            order(self.target.key or tuple(self.target.types), self.target.types),
        )

    def quarantine(self) -> int:
        """Move rows that break what was agreed out of staging, with the reason; return how many."""
        broken = [
            (sql.SQL("{} IS NULL").format(sql.Identifier(f.name)), f"{f.name}: missing")
            for f in self.target.fields
            if f.is_required
        ]
        broken += [
            (sql.SQL("length({}) > {}").format(sql.Identifier(f.name), f.length), f"{f.name}: longer than {f.length}")
            for f in self.target.fields
            if f.length and f.mask["kind"] == "keep" and self.target.types[f.name].startswith(("char", "text"))
        ]
        with self.connection.transaction():
            return sum(self._set_aside(condition, reason) for condition, reason in broken) + self._doubles()

    def _set_aside(self, condition: sql.Composable, reason: str) -> int:
        statement = sql.SQL(
            "WITH gone AS (DELETE FROM {staging} WHERE {condition} RETURNING *) "
            "INSERT INTO {quarantine} (transfer, reason, row) SELECT %s, %s, to_jsonb(gone) FROM gone"
        ).format(staging=_name(self.table), condition=condition, quarantine=sql.Identifier(QUARANTINE))
        return self.connection.execute(statement, [self.transfer, reason]).rowcount

    def _doubles(self) -> int:
        """Of rows that share the key, keep the first."""
        if not self.target.key:
            return 0
        key = sql.SQL(", ").join(map(sql.Identifier, self.target.key))
        condition = sql.SQL(
            "ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY {} ORDER BY ctid) AS n FROM {}) AS s "
            "WHERE n > 1)"
        ).format(key, _name(self.table))
        return self._set_aside(condition, "key: twice")

    def switch(self) -> int:
        """Put staging in the target's place in one transaction; return how many rows stand there.

        A table that nothing else hangs on is exchanged by name; one with views or foreign keys is emptied and filled.
        """
        with self.connection.transaction():
            if read_schema(self.connection, self.target.table) is None:
                self._rename(self.table, self.target.table)
            elif self._is_leant_on():
                self._refill()
            else:
                self.connection.execute(sql.SQL("DROP TABLE {}").format(_name(self.target.table)))
                self._rename(self.table, self.target.table)
            self._forget()
            row = self.connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(_name(self.target.table))
            ).fetchone()
            self._index_key()
        return int(row[0]) if row else 0

    def _index_key(self) -> None:
        schema = read_schema(self.connection, self.target.table)
        if self.target.key and schema and not schema.key and self._is_unique():
            key = sql.SQL(", ").join(map(sql.Identifier, self.target.key))
            add = sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(_name(self.target.table), key)
            self.connection.execute(add)

    def _is_unique(self) -> bool:
        """A masked key need not be one any more (a person's number cut to its division)."""
        return all(f.mask["kind"] in ("keep", "hash") for f in self.target.fields if f.is_key)

    def _rename(self, old: str, new: str) -> None:
        self.connection.execute(
            sql.SQL("ALTER TABLE {} RENAME TO {}").format(_name(old), sql.Identifier(new.split(".")[1]))
        )
        self.connection.execute(sql.SQL("COMMENT ON TABLE {} IS NULL").format(_name(new)))

    def _is_leant_on(self) -> bool:
        row = self.connection.execute(
            """
            SELECT EXISTS (
                SELECT FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
                WHERE d.refobjid = to_regclass(%(t)s)
            ) OR EXISTS (SELECT FROM pg_constraint WHERE confrelid = to_regclass(%(t)s))
              OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(%(t)s) AND NOT tgisinternal)
              OR EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%(t)s) AND relacl IS NOT NULL)
            """,
            {"t": self.target.table},
        ).fetchone()
        return bool(row and row[0])

    def _refill(self) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self.target.types))
        self.connection.execute(sql.SQL("DELETE FROM {}").format(_name(self.target.table)))
        fill = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}")
        self.connection.execute(fill.format(_name(self.target.table), names, names, _name(self.table)))
        self.connection.execute(sql.SQL("DROP TABLE {}").format(_name(self.table)))

    def drop(self) -> None:
        """Forget the transfer: staging and its journal go, the target stays as it was."""
        with self.connection.transaction():
            self.connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_name(self.table)))
            self._forget()


def order(names: Iterable[str], types: Mapping[str, str]) -> sql.Composable:
    """Return an order that two databases agree on, whatever their languages: text by its bytes."""
    terms = [
        sql.SQL('{} COLLATE "C"' if family(types[name]) == "text" else "{}").format(sql.Identifier(name))
        for name in names
    ]
    return sql.SQL(", ").join(terms)


def _name(table: str) -> sql.Composable:
    return sql.Identifier(*table.split("."))


def _short(writer: str) -> str:
    """Return a transaction's number as ``xmin`` shows it: its lower 32 bits."""
    return str(int(writer) % 2**32)
