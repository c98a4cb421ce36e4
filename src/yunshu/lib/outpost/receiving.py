"""A table's way in: chunks into a staging table, each with its line in the target's own journal, then checked and switched.

The target's database knows how far a transfer is; a chunk that comes twice is recognised there. What arrives must be within
the agreement as *this* node was told it: a column that was not agreed is refused, whatever the sender says.
"""

import asyncio
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.crypto.digests import sha256
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes.envelope import Closing
from yunshu.lib.nodes.work import Outcome
from yunshu.lib.outpost.book import Book
from yunshu.lib.outpost.errors import told
from yunshu.lib.outpost.patience import patiently
from yunshu.lib.outpost.sending import MANIFEST
from yunshu.lib.outpost.settings import NodeSettings
from yunshu.lib.outpost.terms import Terms
from yunshu.lib.tables import (
    Length,
    Moved,
    NotNull,
    Rule,
    ServerFailed,
    TableSchema,
    TargetFailed,
    Unfit,
    pieces,
    relay,
)
from yunshu.lib.tables.journal import Journal, digest_of
from yunshu.lib.tables.staging import Staging
from yunshu.lib.tables.stopping import stoppable

VERIFIED_BY = "counted"
"""The target's server counted the staged rows after the checks; each chunk's digest was checked before it was put in."""


@dataclass(frozen=True)
class Manifest:
    """What the sender says ahead of the rows."""

    table: TableSchema
    form: str
    keys: dict[str, str]
    whole: bool
    gone: tuple[tuple[str, ...], ...] = ()


class Receiving:
    """One transfer, as ``lib.nodes`` brings it."""

    def __init__(self, terms: Terms, settings: NodeSettings, book: Book) -> None:
        self._terms, self._settings, self._book = terms, settings, book
        self._database = settings.database(terms.database)
        self._schema = self._database.see_that_may_come()
        self._over, self._busy = threading.Event(), threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._staging: Staging | None = None

    # what lib.nodes calls -------------------------------------------------------------------------------------------

    async def commit(self, number: int, chunk: bytes) -> None:
        """Put chunk ``number`` into the staging table; nothing happens if it is there. Raises Refused."""
        await self._in_thread(lambda: self._take(number, chunk))

    async def finish(self, closing: Closing) -> Outcome:
        """Check, switch and count; again after a kill it answers the same. Raises Refused."""
        result = await self._in_thread(self._switch)
        return Outcome(rows=result["rows"], quarantined_rows=result["quarantined"], verified_by=VERIFIED_BY)

    async def discard(self) -> None:
        """Leave nothing of the transfer behind: staging table, journal, quarantine."""
        await self._in_thread(self._forget)

    async def close(self) -> None:
        """Stop what runs and let go of the connection."""
        self._over.set()
        await asyncio.to_thread(self._close)

    async def _in_thread(self, act: Any) -> Any:
        def patient() -> Any:
            with self._busy, told():
                return patiently(
                    lambda: self._as_target(act),
                    mend=self._let_go,
                    stopped=self._over.is_set,
                    patience_s=self._settings.patience_s,
                )

        try:
            return await asyncio.to_thread(patient)
        except asyncio.CancelledError:
            self._over.set()
            raise

    def _as_target(self, act: Any) -> Any:
        try:
            return act()
        except psycopg.Error as error:
            raise TargetFailed(error.sqlstate or "connection_lost", str(error)) from error

    # in a thread ----------------------------------------------------------------------------------------------------

    def _take(self, number: int, chunk: bytes) -> None:
        if number == MANIFEST:
            self._accept(chunk)
            self._book.expect(self._terms.transfer, chunk)
        manifest, staging = self._manifest(), self._opened()
        if number == MANIFEST or number in staging.journal.loaded():
            return
        with staging.connection.transaction():
            rows = pieces.put_in(
                staging.connection, staging.table, staging.columns, manifest.form, chunk, self._over.is_set
            )
            staging.journal.record(number, Moved(rows, len(chunk), sha256(chunk)))

    def _switch(self) -> dict[str, Any]:
        staging = self._opened()
        result = staging.journal.result()
        if result is not None:
            return result
        with stoppable(staging.connection, self._over.is_set):
            rules = rules_of(self._terms, staging.target)
            staging.check(rules)
            quarantined = staging.quarantine(rules)
            result = {"rows": self._count(staging), "quarantined": quarantined}
            if self._terms.mode == "swap":
                staging.harden()
                staging.swap(result)
            else:
                manifest = self._manifest()
                delete_missing = self._terms.mode == "refresh" and manifest.whole
                if self._terms.follow:
                    delete_missing = manifest.whole
                staging.merge(result, put=True, delete_missing=delete_missing, gone=manifest.gone)
        return result

    def _count(self, staging: Staging) -> int:
        row = staging.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(staging.table)).fetchone()
        return int(row[0]) if row else 0

    def _forget(self) -> None:
        if self._book.expected(self._terms.transfer) is not None:
            staging = self._opened()
            staging.drop()
            staging.journal.forget()
        self._book.forget(self._terms.transfer)

    def _accept(self, chunk: bytes) -> Manifest:
        """Read what the sender says ahead; raise Refused (``manifest_malformed``, ``column_not_agreed``)."""
        try:
            words = json.loads(chunk)
            table = TableSchema.from_json(words["table"])
            gone = tuple(tuple(map(str, key)) for key in words.get("gone", ()))
            manifest = Manifest(table, str(words["form"]), dict(words["keys"]), bool(words["whole"]), gone)
            if manifest.form not in (pieces.COPIED, pieces.WRITTEN):
                raise ValueError("no such form")
            if any(len(key) != len(table.key) for key in gone):
                raise ValueError("a key of another length")
        except (KeyError, TypeError, ValueError, Unfit) as error:
            raise Refused("manifest_malformed", "来源节点的数据说明格式不符，拒绝接收。") from error
        extra = sorted({column.name for column in table.columns} - self._terms.names)
        if extra or not set(table.key) <= self._terms.names:
            raise Refused("column_not_agreed", f"来源节点发来了协议之外的信息项：{'、'.join(extra)}，拒绝接收。")
        return manifest

    def _manifest(self) -> Manifest:
        known = self._book.expected(self._terms.transfer)
        if known is None:
            raise Refused("manifest_malformed", "没有收到来源节点的数据说明，拒绝接收。")
        return self._accept(known)

    def _opened(self) -> Staging:
        """Return the staging table, connected, its lock held, made if this is the beginning."""
        if self._staging is not None and self._connection is not None and not self._connection.closed:
            return self._staging
        target = replace(self._manifest().table, schema=self._schema, name=self._terms.table)
        try:
            self._connection = relay.connect(self._database.at)
        except ServerFailed as error:
            raise TargetFailed(error.code, str(error)) from error
        make_schema(self._connection, self._schema)
        staging = Staging(Journal(self._connection, self._schema, self._terms.transfer), target)
        with stoppable(self._connection, self._over.is_set):
            staging.journal.open()
        asked = digest_of({"table": target.to_json(), "mode": self._terms.mode, "agreement": self._terms.agreement})
        if staging.journal.plan(asked) is None:
            with self._connection.transaction():
                staging.drop()
                staging.create()
                staging.journal.begin(asked, [])
        self._staging = staging
        return staging

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                relay.abandon(self._connection)
        self._connection = self._staging = None

    def _close(self) -> None:
        with self._busy:
            self._let_go()

    def column_keys(self) -> dict[str, str]:
        """Return the keys of encrypted columns that came with the transfer, in hex by their id."""
        return self._manifest().keys


def make_schema(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make the schema for what comes, if it is not there; two at once would collide in the server's own catalogue."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"yunshu schema {schema}",))
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))


def rules_of(terms: Terms, table: TableSchema) -> list[Rule]:
    """Return what every row must satisfy: required items are there, texts no longer than agreed."""
    by_name = {each.name: each for each in terms.fields}
    rules: list[Rule] = [NotNull(c.name) for c in table.columns if by_name[c.name].is_required or c.name in table.key]
    for column in table.columns:
        each = by_name[column.name]
        if each.length and column.family == "text" and each.mask.get("mask") != "hash":
            rules.append(Length(column.name, 0, each.length))
    return rules
