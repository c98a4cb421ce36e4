"""Change capture: every change of a PostgreSQL table, in the order of its log, masked, and applied once.

Start at ``Capture``. It uses logical replication through SQL functions on an ordinary connection; the source's server runs
with ``wal_level=logical`` and the role may replicate. What was applied is noted in the target's database by log position, in
the transaction that applies it: a change that comes again after a crash is passed over.

    capture.begin()          from now on the source keeps its log for us
    Transfer(...).run()      the table as it is (changes made meanwhile come again, and change nothing)
    capture.apply()          as often as one likes
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.tables import predicate, relay
from yunshu.lib.tables.errors import ServerFailed, SourceFailed, Stopped, TargetFailed, Unfit
from yunshu.lib.tables.masking import DateShift, Drop, Row
from yunshu.lib.tables.pgoutput import Change, Decoder, Transaction
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.relay import Connection
from yunshu.lib.tables.schema import TableSchema
from yunshu.lib.tables.sealing import Keys, compiled_field
from yunshu.lib.tables.sockets import Stop

BATCH_CHANGES = 10_000


@dataclass(frozen=True)
class Capture:
    """The changes of one agreed extract. ``name`` is that of the publication and the replication slot."""

    name: str
    source_url: str
    extract: Extract
    target_url: str
    target: tuple[str, str]
    keys: Keys = field(default_factory=dict)

    def begin(self) -> None:
        """Make publication and slot, if they are not there.

        Raises SourceFailed, and Unfit (``key_missing``) if the key does not leave or the table has none.
        """
        if not self._output().key:
            raise Unfit("key_missing", "changes can be captured only of a table whose key leaves, kept or hashed")
        with connected(self.source_url, SourceFailed) as source:
            known = source.execute("SELECT 1 FROM pg_publication WHERE pubname = %s", (self.name,)).fetchone()
            if known is None:
                form = sql.SQL("CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)")
                source.execute(form.format(sql.Identifier(self.name), self.extract.table.identifier))
            slot = source.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", (self.name,)).fetchone()
            if slot is None:
                source.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (self.name,))

    def end(self) -> None:
        """Drop slot and publication: a slot that nobody reads fills the source's disk. Raises SourceFailed."""
        with connected(self.source_url, SourceFailed) as source:
            source.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
                (self.name,),
            )
            source.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(self.name)))

    def apply(self, stop: Stop = lambda: False) -> int:
        """Apply what has happened since the last call; return how many changes of the table there were.

        Raises SourceFailed, TargetFailed, Unfit and Stopped; whole transactions have then been applied or none of it.
        """
        applied = 0
        with connected(self.source_url, SourceFailed) as source, connected(self.target_url, TargetFailed) as target:
            applier = _Applier(self, target)
            while batch := self._peek(source):
                if stop():
                    raise Stopped
                with _translated(TargetFailed):
                    applied += applier.apply(batch)
                source.execute(
                    "SELECT pg_replication_slot_advance(%s, %s::pg_lsn)", (self.name, written(batch[-1].lsn))
                )
        return applied

    def _peek(self, source: Connection) -> list[Transaction]:
        decoder = Decoder(self.extract.table)
        query = """SELECT (lsn - '0/0')::int8, data
            FROM pg_logical_slot_peek_binary_changes(%s, NULL, %s, 'proto_version', '1', 'publication_names', %s)"""
        with _translated(SourceFailed):
            rows = source.execute(query, (self.name, BATCH_CHANGES, f'"{self.name}"')).fetchall()
        made = (decoder.feed(lsn, bytes(data)) for lsn, data in rows)
        return [transaction for transaction in made if transaction is not None]

    def _output(self) -> TableSchema:
        return self.extract.output(*self.target)


class _Applier:
    """Applies transactions to the target, each once."""

    def __init__(self, capture: Capture, target: Connection) -> None:
        self._capture = capture
        self._extract = capture.extract
        self._target = target
        self._output = capture._output()
        self._log = sql.Identifier(capture.target[0], "yunshu_capture")
        made = (
            (f, compiled_field(f, self._extract, capture.keys))
            for f in self._extract.fields
            if not isinstance(f.mask, Drop)
        )
        self._fields = [(f, change, _needs(f)) for f, change in made]
        with _translated(TargetFailed):
            target.execute(
                sql.SQL("CREATE TABLE IF NOT EXISTS {} (capture text PRIMARY KEY, lsn pg_lsn NOT NULL)").format(
                    self._log
                )
            )

    def apply(self, batch: list[Transaction]) -> int:
        """Apply those that are not yet; return how many changes they held."""
        with self._target.transaction():
            insert = sql.SQL("INSERT INTO {} VALUES (%s, '0/0') ON CONFLICT DO NOTHING").format(self._log)
            self._target.execute(insert, (self._capture.name,))
            query = sql.SQL("SELECT (lsn - '0/0')::int8 FROM {} WHERE capture = %s FOR UPDATE").format(self._log)
            row = self._target.execute(query, (self._capture.name,)).fetchone()
            done = int(row[0]) if row else 0
            changes = [change for transaction in batch if transaction.lsn > done for change in transaction.changes]
            with self._target.pipeline():
                for change in changes:
                    self._apply(change)
            update = sql.SQL("UPDATE {} SET lsn = greatest(lsn, %s::pg_lsn) WHERE capture = %s").format(self._log)
            self._target.execute(update, (written(batch[-1].lsn), self._capture.name))
        return len(changes)

    def _apply(self, change: Change) -> None:
        if change.op == "truncate":
            self._target.execute(sql.SQL("DELETE FROM {}").format(self._output.identifier))
            return
        stays = change.row is not None and self._agreed(change.row)
        moved = change.row is not None and any(change.row[name] != value for name, value in change.key.items())
        if change.op != "insert" and (moved or not stays):
            self._delete(self._masked(change.key))
        if change.row is not None and stays:
            self._put(self._masked(change.row))

    def _agreed(self, row: Row) -> bool:
        rows = self._extract.rows
        if rows is None:
            return True
        if not predicate.columns_of(rows) <= row.keys():
            raise Unfit(
                "value_not_sent", "an update did not say what the agreed rows are chosen by: set REPLICA IDENTITY FULL"
            )
        return predicate.holds(rows, row)

    def _masked(self, row: Row) -> dict[str, Any]:
        """Return what leaves of ``row``: the fields whose columns were sent."""
        return {f.target: change(row) for f, change, needs in self._fields if needs <= row.keys()}

    def _delete(self, key: dict[str, Any]) -> None:
        same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(_named(name)) for name in self._output.key)
        query = sql.SQL("DELETE FROM {} WHERE {}").format(_named(*self._capture.target), same)
        self._target.execute(query, [key[name] for name in self._output.key])

    def _put(self, values: dict[str, Any]) -> None:
        whole = len(values) == len(self._output.columns)
        if not whole and self._extract.rows is not None:
            raise Unfit(
                "value_not_sent",
                "an update did not send a large value of a row that may be new: set REPLICA IDENTITY FULL",
            )
        rest = [name for name in values if name not in self._output.key]
        if whole:
            self._target.execute(self._insert(list(values), rest), list(values.values()))
        elif rest:
            changes = sql.SQL(", ").join(sql.SQL("{} = %s").format(_named(name)) for name in rest)
            same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(_named(name)) for name in self._output.key)
            query = sql.SQL("UPDATE {} SET {} WHERE {}").format(_named(*self._capture.target), changes, same)
            self._target.execute(query, [values[name] for name in (*rest, *self._output.key)])

    def _insert(self, names: list[str], rest: list[str]) -> sql.Composed:
        listed = sql.SQL(", ")
        changes = listed.join(sql.SQL("{0} = excluded.{0}").format(_named(name)) for name in rest)
        return sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) {}").format(
            _named(*self._capture.target),
            listed.join(_named(name) for name in names),
            listed.join(sql.SQL("%s") for _ in names),
            listed.join(_named(name) for name in self._output.key),
            sql.SQL("DO UPDATE SET {}").format(changes) if rest else sql.SQL("DO NOTHING"),
        )


def _named(*names: str) -> sql.SQL:
    """Return a quoted name for a query with parameters, in which a ``%`` of the name must be doubled."""
    text = sql.Identifier(*names).as_string()
    return sql.SQL(text.replace("%", "%%"))


def _needs(field: Field) -> frozenset[str]:
    subject = {field.mask.subject} if isinstance(field.mask, DateShift) else set()
    return frozenset({field.column, *subject})


def written(lsn: int) -> str:
    """Return a log position as PostgreSQL writes it."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


@contextmanager
def connected(url: str, failure: type[ServerFailed]) -> Iterator[Connection]:
    """Give a connection for a while; whatever goes wrong with it is raised as ``failure``."""
    try:
        connection = relay.connect(url)
    except ServerFailed as error:
        raise failure(error.code, str(error)) from error
    try:
        with _translated(failure):
            yield connection
    finally:
        with suppress(psycopg.Error):
            connection.close()


@contextmanager
def _translated(failure: type[ServerFailed]) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise failure(error.sqlstate or "connection_lost", str(error)) from error
