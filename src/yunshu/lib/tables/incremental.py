"""Increments by a watermark: what has a later value in one column than last time. Start at ``Increments.run``.

The column must grow whenever a row is written (a time of change, a serial number). Ties are told apart by the key. A row
whose transaction commits late carries an earlier value than rows already taken: ``overlap`` goes that far back again, and
the rows that come twice change nothing. Deletes are seen by a ``tombstone`` column that is true for a deleted row, or by
``prune``, which compares the keys of both sides.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from yunshu.lib.tables import predicate, relay
from yunshu.lib.tables.errors import SourceFailed, TargetFailed, Unfit
from yunshu.lib.tables.masking import Drop
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.predicate import After, And, Predicate
from yunshu.lib.tables.query import Extract
from yunshu.lib.tables.relay import Connection
from yunshu.lib.tables.sealing import Keys
from yunshu.lib.tables.sockets import Stop
from yunshu.lib.tables.transfer import Options, Tally, Transfer

Mark = tuple[str, ...]


@dataclass(frozen=True)
class Watermark:
    """The column that grows; ``overlap`` as PostgreSQL's interval ('10 minutes') or, for a number, a number ('100')."""

    column: str
    overlap: str = ""
    tombstone: str = ""


@dataclass(frozen=True)
class Line:
    """A table's rows in the order of its watermark, ties by the key."""

    source_url: str
    extract: Extract
    watermark: Watermark

    @property
    def columns(self) -> tuple[str, ...]:
        """The watermark's column and the key's."""
        return (self.watermark.column, *self.extract.table.key)

    def between(self, mark: Mark | None, upto: Mark) -> Extract:
        """Return the extract of what comes after ``mark`` (None: from the beginning), ``upto`` and included."""
        parts: list[Predicate] = [] if self.extract.rows is None else [self.extract.rows]
        parts += [] if mark is None else [self._since(mark)]
        return replace(self.extract, rows=And((*parts, After(self.columns, upto, upto=True))))

    def latest(self) -> Mark | None:
        """Return the last watermark and key that the source has now; None if it has no row. Raises SourceFailed."""
        names = [sql.Identifier(name) for name in self.columns]
        texts = sql.SQL(", ").join(
            sql.SQL("{}::text AS {}").format(name, sql.Identifier(f"#{n}")) for n, name in enumerate(names)
        )
        known = sql.SQL("{} IS NOT NULL").format(names[0])
        order = sql.SQL(", ").join(
            sql.SQL('{} COLLATE "C" DESC' if self.extract.table.column(c).family == "text" else "{} DESC").format(
                sql.Identifier(c)
            )
            for c in self.columns
        )
        where = self.extract.condition(known)
        return self._asked(
            sql.SQL("SELECT {} FROM {}{} ORDER BY {} LIMIT 1").format(
                texts, self.extract.table.identifier, where, order
            )
        )

    def _since(self, mark: Mark) -> Predicate:
        if not self.watermark.overlap:
            return After(self.columns, mark)
        column = self.extract.table.column(self.watermark.column)
        back = "interval" if column.family in ("date", "timestamp", "timestamptz") else "numeric"
        query = sql.SQL("SELECT ({}::{} - {}::{})::{}::text").format(
            sql.Literal(mark[0]),
            sql.SQL(column.type),
            sql.Literal(self.watermark.overlap),
            sql.SQL(back),
            sql.SQL(column.type),
        )
        (since,) = self._asked(query) or ("",)
        return predicate.Range(column.name, since)

    def _asked(self, query: sql.Composed) -> Mark | None:
        try:
            with relay.connect(self.source_url, read_only=True) as source:
                row = source.execute(query).fetchone()
        except psycopg.Error as error:
            raise SourceFailed(error.sqlstate or "connection_lost", str(error)) from error
        return None if row is None else tuple(row)


@dataclass(frozen=True)
class Increments:
    """A table followed by its watermark. ``name`` is for ever: what was taken is noted under it in the target."""

    name: str
    source_url: str
    extract: Extract
    watermark: Watermark
    target_url: str
    target: tuple[str, str]
    keys: Keys = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    def run(self, stop: Stop = lambda: False) -> Tally | None:
        """Take what is new, and note how far that was; return None if nothing is. Safe to repeat after a kill.

        Raises what ``Transfer.run`` raises, and Unfit (``watermark_unfit``, ``key_missing``).
        """
        self._check()
        with relay.connect(self.target_url) as target, _as_target():
            number, mark, upto = self._noted(target)
            if upto is None:
                upto = self._line.latest()
                if upto is None or upto == mark:
                    return None
                self._note(target, number, mark, upto)
            tally = self._transfer(number, mark, upto).run(stop)
            self._bury(target)
            self._note(target, number + 1, upto, None)
        return tally

    def prune(self, name: str, stop: Stop = lambda: False) -> Tally:
        """Delete at the target what the source no longer has; ``name`` names this comparison for ever."""
        self._check()
        fields = tuple(f for f in self.extract.fields if f.column in self.extract.table.key)
        return Transfer(
            f"{self.name}/{name}",
            self._source(replace(self.extract, fields=fields)),
            self.target_url,
            self.target,
            "prune",
        ).run(stop)

    def _check(self) -> None:
        leaving = {f.column: f.target for f in self.extract.fields if not isinstance(f.mask, Drop)}
        self.extract.table.column(self.watermark.column)
        if not self.extract.output(*self.target).key:
            raise Unfit("key_missing", "increments need a key that leaves, kept or hashed")
        if self.watermark.tombstone and self.watermark.tombstone not in leaving:
            raise Unfit("watermark_unfit", f"column {self.watermark.tombstone} must leave, to bury what it marks")

    @property
    def _line(self) -> "Line":
        return Line(self.source_url, self.extract, self.watermark)

    def _source(self, extract: Extract) -> PostgresSource:
        return PostgresSource(self.source_url, extract, self.keys)

    def _transfer(self, number: int, mark: Mark | None, upto: Mark) -> Transfer:
        source = self._source(self._line.between(mark, upto))
        return Transfer(f"{self.name}#{number}", source, self.target_url, self.target, "upsert", options=self.options)

    def _noted(self, target: Connection) -> tuple[int, Mark | None, Mark | None]:
        target.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, number integer NOT NULL, mark jsonb, upto jsonb)"
            ).format(self._marks)
        )
        query = sql.SQL("SELECT number, mark, upto FROM {} WHERE name = %s").format(self._marks)
        row: Any = target.execute(query, (self.name,)).fetchone() or (1, None, None)
        return row[0], row[1] and tuple(row[1]), row[2] and tuple(row[2])

    def _note(self, target: Connection, number: int, mark: Mark | None, upto: Mark | None) -> None:
        query = sql.SQL(
            "INSERT INTO {} VALUES (%s, %s, %s, %s) ON CONFLICT (name) DO UPDATE"
            " SET number = excluded.number, mark = excluded.mark, upto = excluded.upto"
        ).format(self._marks)
        target.execute(query, (self.name, number, mark and Jsonb(list(mark)), upto and Jsonb(list(upto))))

    @property
    def _marks(self) -> sql.Identifier:
        return sql.Identifier(self.target[0], "yunshu_increment")

    def _bury(self, target: Connection) -> None:
        """Delete the rows that came with their tombstone set."""
        if self.watermark.tombstone:
            names = {f.column: f.target for f in self.extract.fields}
            query = sql.SQL("DELETE FROM {} WHERE {}")
            target.execute(query.format(sql.Identifier(*self.target), sql.Identifier(names[self.watermark.tombstone])))


class _as_target:  # noqa: N801 - reads as a statement
    """Inside the ``with``, an error of psycopg is the target's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if isinstance(error, psycopg.Error):
            raise TargetFailed(error.sqlstate or "connection_lost", str(error)) from error
