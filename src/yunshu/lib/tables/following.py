"""Following a PostgreSQL table for a way that no connection goes through: which keys changed, by the server's own log.

The log says *which* rows changed; what they are now is read from the table, by the same extract as a whole delivery: masks,
agreed rows and large values need no second reading. A key that the extract held and no longer holds (deleted, or moved out
of the agreed rows) is gone. Whether it held it, the row's former values must tell: of rows that never were within the agreed
ones not even the key leaves, so where the log does not say (agreed rows, and no REPLICA IDENTITY FULL), it is as if it were
lost. A change after the reading comes again next time. The log holds a commit before others can see it (for long, where a
standby must confirm it): news end before the first such. A slot's log is let go only up to what has arrived.

    mark = following.restart()            the log is kept from here on; then the table as a whole
    news = following.since(mark)          None: the log was lost or says too much, begin again with the whole
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import sql

from yunshu.lib.tables import predicate
from yunshu.lib.tables.capture import connected, written
from yunshu.lib.tables.errors import SourceFailed, Unfit
from yunshu.lib.tables.pgoutput import Change, Decoder
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.predicate import And, Eq, In, Or, Predicate
from yunshu.lib.tables.query import Extract
from yunshu.lib.tables.relay import Connection
from yunshu.lib.tables.sealing import Keys, compiled_field
from yunshu.lib.tables.sockets import Stop
from yunshu.lib.tables.values import text_of

MOST_KEYS, MOST_GONE, BATCH_KEYS, FETCHED = 200_000, 20_000, 500, 2_000
ALL_ROWS = 1_000_000
Key = tuple[Any, ...]


@dataclass(frozen=True)
class News:
    """What is new: the keys that changed, of those the ones that were within the agreed rows, and how far in the log (``mark``)."""

    keys: tuple[Key, ...]
    held: tuple[Key, ...]
    mark: str


@dataclass(frozen=True)
class Snapshot:
    """Which transactions a reading that begins now sees: all before ``after`` (64-bit numbers) that are not ``running``."""

    after: int
    running: frozenset[int]

    @classmethod
    def of(cls, source: Connection) -> "Snapshot":
        """Return that of the server now."""
        row = source.execute("SELECT pg_current_snapshot()::text").fetchone()
        _, after, running = str(row[0] if row else "0:0:").split(":")
        return cls(int(after), frozenset(int(xid) for xid in running.split(",") if xid))

    def shows(self, xid: int) -> bool:
        """Say whether a transaction that has committed, ``xid`` modulo 2³², is seen."""
        near = self.after + (xid - self.after + 2**31) % 2**32 - 2**31
        return near < self.after and near not in self.running


@dataclass(frozen=True)
class Following:
    """One agreed extract that is followed. ``name`` is that of the publication and the replication slot."""

    name: str
    url: str
    extract: Extract
    keys: Keys = field(default_factory=dict)

    def restart(self) -> str:
        """Let the server keep its log from now on; return the mark. Raises SourceFailed, Unfit (``key_missing``)."""
        if not self.extract.output("", "").key:
            raise Unfit("key_missing", "changes can be followed only of a table whose key leaves, kept or hashed")
        predicate.see_that_keys_compare(self.extract.table)
        self.end()
        with connected(self.url, SourceFailed) as source:
            form = sql.SQL("CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)")
            source.execute(form.format(sql.Identifier(self.name), self.extract.table.identifier))
            made = "SELECT lsn::text FROM pg_create_logical_replication_slot(%s, 'pgoutput')"
            row = source.execute(made, (self.name,)).fetchone()
        return str(row[0]) if row else "0/0"

    def end(self) -> None:
        """Drop slot and publication: a slot that nobody reads fills the source's disk. Raises SourceFailed."""
        end(self.url, self.name)

    def since(self, mark: str) -> News | None:
        """Return what changed after ``mark``, which has arrived; None if the log does not tell, or tells too much."""
        with connected(self.url, SourceFailed) as source:
            if not self._kept(source, mark):
                return None
            row = source.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
            upto = str(row[0]) if row else mark
            return self._news(source, mark, upto)

    def rows(self, keys: Iterable[Key], stop: Stop) -> Iterator[list[Any]]:
        """Yield the rows that the extract holds of these keys, masked."""
        listed = list(keys)
        for at in range(0, len(listed), BATCH_KEYS):
            source = PostgresSource(self.url, self._of(listed[at : at + BATCH_KEYS]), self.keys)
            source.open()
            try:
                for chunk in source.plan(ALL_ROWS, stop):
                    yield from source.rows(chunk)
            finally:
                source.close()

    def leaving(self, keys: Iterable[Key]) -> list[tuple[str, ...]]:
        """Return keys as they are at the consumer, as text."""
        output = self.extract.output("", "").key
        made = {f.target: compiled_field(f, self.extract, self.keys) for f in self.extract.fields if f.target in output}
        names = self.extract.table.key
        rows = (dict(zip(names, key, strict=True)) for key in keys)
        return [tuple(text_of(made[name](row)) for name in output) for row in rows]

    def _kept(self, source: Connection, mark: str) -> bool:
        """Let go of the log up to ``mark``; say whether all after it is still there."""
        query = """SELECT confirmed_flush_lsn > %(mark)s::pg_lsn OR coalesce(wal_status, 'lost') = 'lost',
            confirmed_flush_lsn < %(mark)s::pg_lsn FROM pg_replication_slots WHERE slot_name = %(name)s"""
        row = source.execute(query, {"mark": mark, "name": self.name}).fetchone()
        if row is None or row[0]:
            return False  # a slot beyond the mark is that of a later beginning, which did not arrive
        if row[1]:
            source.execute("SELECT pg_replication_slot_advance(%s, %s::pg_lsn)", (self.name, mark))
        return True

    def _news(self, source: Connection, mark: str, upto: str) -> News | None:
        query = """SELECT (lsn - '0/0')::int8, data FROM pg_logical_slot_peek_binary_changes(
            %s, %s::pg_lsn, NULL, 'proto_version', '1', 'publication_names', %s)"""
        decoder, keys, held = Decoder(self.extract.table), dict[Key, None](), dict[Key, None]()
        seen, told = Snapshot.of(source), mark
        with source.transaction(), source.cursor("news") as cursor:
            cursor.itersize = FETCHED
            for lsn, data in cursor.execute(query, (self.name, upto, f'"{self.name}"')):
                try:
                    ended = decoder.feed(lsn, bytes(data))
                except ValueError:  # a value that Python does not have: infinity, a date before Christ
                    return None
                if ended is None:
                    continue
                if not seen.shows(ended.xid):
                    return News(tuple(keys), tuple(held), told)
                told = written(ended.lsn)
                if not all(change.op != "truncate" and self._note(change, keys, held) for change in ended.changes):
                    return None
                if len(keys) > MOST_KEYS:
                    return None
        return News(tuple(keys), tuple(held), upto)

    def _note(self, change: Change, keys: dict[Key, None], held: dict[Key, None]) -> bool:
        """Note the keys of a change; say whether the log tells if the row was within the agreed ones."""
        names = self.extract.table.key
        if change.row is not None:
            keys[tuple(change.row[name] for name in names)] = None
        if change.op == "insert":
            return True
        was = tuple(change.key[name] for name in names)
        keys[was] = None
        rows = self.extract.rows
        if rows is not None and not predicate.columns_of(rows) <= change.old.keys():
            return False
        if rows is None or predicate.holds(rows, change.old):
            held[was] = None
        return True

    def _of(self, keys: list[Key]) -> Extract:
        names = self.extract.table.key
        texts = [tuple(text_of(value) for value in key) for key in keys]
        chosen: Predicate = (
            In(names[0], tuple(key[0] for key in texts))
            if len(names) == 1
            else Or(tuple(And(tuple(Eq(n, v) for n, v in zip(names, key, strict=True))) for key in texts))
        )
        parts = () if self.extract.rows is None else (self.extract.rows,)
        return replace(self.extract, rows=And((*parts, chosen)))


def end(url: str, name: str) -> None:
    """Drop a slot and its publication, if they are there. Raises SourceFailed."""
    with connected(url, SourceFailed) as source:
        slots = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
        source.execute(slots, (name,))
        source.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
