"""What a transfer has done, kept in the target's own database: a chunk's rows and its line here commit together.

yunshu_transfer        one line a transfer: digest of what was asked, the plan, the result once it was switched
yunshu_transfer_chunk  one line a loaded chunk: rows, bytes, digest
yunshu_quarantine      rows that broke a rule, and why
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from yunshu.lib.tables.chunks import Chunk
from yunshu.lib.tables.errors import TargetFailed, Unfit
from yunshu.lib.tables.relay import Connection, Moved

_TABLES = """
CREATE TABLE IF NOT EXISTS {transfer} (
    transfer text PRIMARY KEY, asked text NOT NULL, plan jsonb NOT NULL, result jsonb);
CREATE TABLE IF NOT EXISTS {chunk} (
    transfer text NOT NULL REFERENCES {transfer} ON DELETE CASCADE, chunk integer NOT NULL, rows bigint NOT NULL,
    size_bytes bigint NOT NULL, digest bytea NOT NULL, PRIMARY KEY (transfer, chunk));
CREATE TABLE IF NOT EXISTS {quarantine} (transfer text NOT NULL, reasons text[] NOT NULL, content jsonb NOT NULL);
CREATE INDEX IF NOT EXISTS yunshu_quarantine_transfer ON {quarantine} (transfer);
"""
LOCK_SECONDS = 30  # the server of a killed transfer may take a moment to notice


@dataclass(frozen=True)
class Journal:
    """The journal of one transfer, in the schema of its target table."""

    connection: Connection
    schema: str
    transfer: str

    def table(self, name: str) -> sql.Identifier:
        """Return the qualified name of a control table: ``transfer``, ``transfer_chunk``, ``quarantine``."""
        return sql.Identifier(self.schema, f"yunshu_{name}")

    def open(self) -> None:
        """Create the tables if need be, and hold the transfer's lock until the connection ends.

        Raises TargetFailed (``transfer_running``) if another process has it.
        """
        names = {"transfer": self.table("transfer"), "chunk": self.table("transfer_chunk")}
        statements = sql.SQL(_TABLES).format(**names, quarantine=self.table("quarantine"))
        with self.connection.transaction():
            self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (_number(f"{self.schema}.yunshu_transfer"),))
            self.connection.execute(statements)
        try:
            self.connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            self.connection.execute("SELECT pg_advisory_lock(%s)", (_number(f"{self.schema}.{self.transfer}"),))
        except psycopg.errors.LockNotAvailable as error:
            raise TargetFailed("transfer_running", f"transfer {self.transfer} is running in another process") from error

    def plan(self, asked: str) -> list[Chunk] | None:
        """Return the plan if the transfer was begun; raise Unfit (``transfer_changed``) if something else was asked then."""
        query = sql.SQL("SELECT asked, plan FROM {} WHERE transfer = %s").format(self.table("transfer"))
        row = self.connection.execute(query, (self.transfer,)).fetchone()
        if row is None:
            return None
        if row[0] != asked:
            raise Unfit("transfer_changed", f"transfer {self.transfer} was begun with another agreement")
        return [Chunk.from_json(form) for form in row[1]]

    def begin(self, asked: str, plan: Sequence[Chunk]) -> None:
        """Note the plan."""
        query = sql.SQL("INSERT INTO {} (transfer, asked, plan) VALUES (%s, %s, %s)").format(self.table("transfer"))
        self.connection.execute(query, (self.transfer, asked, Jsonb([chunk.to_json() for chunk in plan])))

    def loaded(self) -> dict[int, Moved]:
        """Return the chunks that are in the staging table."""
        query = sql.SQL("SELECT chunk, rows, size_bytes, digest FROM {} WHERE transfer = %s ORDER BY chunk")
        rows = self.connection.execute(query.format(self.table("transfer_chunk")), (self.transfer,))
        return {row[0]: Moved(row[1], row[2], bytes(row[3])) for row in rows}

    def record(self, chunk: int, moved: Moved) -> None:
        """Note a loaded chunk, in the transaction that loaded it."""
        query = sql.SQL("INSERT INTO {} VALUES (%s, %s, %s, %s, %s)").format(self.table("transfer_chunk"))
        self.connection.execute(query, (self.transfer, chunk, moved.rows, moved.size_bytes, moved.digest))

    def quarantined(self) -> int:
        """Return how many rows of this transfer are in quarantine."""
        query = sql.SQL("SELECT count(*) FROM {} WHERE transfer = %s").format(self.table("quarantine"))
        row = self.connection.execute(query, (self.transfer,)).fetchone()
        return int(row[0]) if row else 0

    def finish(self, result: dict[str, Any]) -> None:
        """Note the result, in the transaction that switches."""
        query = sql.SQL("UPDATE {} SET result = %s WHERE transfer = %s").format(self.table("transfer"))
        self.connection.execute(query, (Jsonb(result), self.transfer))

    def result(self) -> dict[str, Any] | None:
        """Return the result if the transfer was switched."""
        query = sql.SQL("SELECT result FROM {} WHERE transfer = %s").format(self.table("transfer"))
        row = self.connection.execute(query, (self.transfer,)).fetchone()
        return None if row is None else row[0]

    def forget(self) -> None:
        """Remove every trace of the transfer here."""
        for name in ("transfer", "quarantine"):
            query = sql.SQL("DELETE FROM {} WHERE transfer = %s").format(self.table(name))
            self.connection.execute(query, (self.transfer,))


def digest_of(form: Any) -> str:
    """Return the SHA-256 of a JSON form: what was asked, without its keys being readable."""
    return hashlib.sha256(json.dumps(form, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _number(name: str) -> int:
    """Return the number of an advisory lock: 63 bits of the name's hash."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1
