"""What a node remembers across kill -9 and power cuts: orders, transfers, chunks done, reports not yet heard by the hub.

One SQLite file (WAL, synchronous=FULL): what a method returned from is on disk. Used from one thread. Content keys are
not here: a receiver keeps the sealed opening and unwraps it again, a sender begins a new session.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SEND, RECEIVE = "send", "receive"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS heard (id TEXT PRIMARY KEY, data BLOB NOT NULL, expires_s INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfer (id TEXT, role TEXT, session INTEGER NOT NULL, opening BLOB NOT NULL,
    stored INTEGER NOT NULL DEFAULT 0, closing BLOB, PRIMARY KEY (id, role)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunk (id TEXT, role TEXT, number INTEGER, digest BLOB NOT NULL, size INTEGER NOT NULL,
    sequence INTEGER NOT NULL, PRIMARY KEY (id, role, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    data BLOB NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class Progress:
    """How far one side of a transfer is. ``next_chunk`` is the first one not done; ``sequence`` the stream's place."""

    session: int = 0
    opening: bytes = b""
    next_chunk: int = 0
    size_bytes: int = 0
    sequence: int = 0
    closing: bytes = b""


@dataclass(frozen=True)
class Waiting:
    """A report that the hub has not acknowledged."""

    number: int
    id: str
    data: bytes


class Journal:
    """The journal in one file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # orders ---------------------------------------------------------------------------------------------------------

    def hear(self, order: str, data: bytes, expires_s: int) -> bool:
        """Remember an order; False if it was heard before."""
        return self._change(
            "INSERT OR IGNORE INTO heard (id, data, expires_s) VALUES (?, ?, ?)", order, data, expires_s
        )

    def finish(self, order: str) -> None:
        """Remember that nothing is left to do for an order."""
        self._change("UPDATE heard SET ended = 1 WHERE id = ?", order)

    def unfinished(self) -> list[bytes]:
        """Return the orders that were heard and not finished, for a node that starts again."""
        return [data for (data,) in self._db.execute("SELECT data FROM heard WHERE ended = 0 ORDER BY expires_s, id")]

    def forget_orders(self, now_s: int) -> None:
        """Forget finished orders that have expired: they would be refused as such."""
        self._change("DELETE FROM heard WHERE ended = 1 AND expires_s < ?", now_s)

    # transfers ------------------------------------------------------------------------------------------------------

    def progress(self, transfer: str, role: str) -> Progress:
        """Return how far a transfer is; an unknown one is at its beginning."""
        row = self._db.execute(
            "SELECT session, opening, stored, closing FROM transfer WHERE id = ? AND role = ?", (transfer, role)
        ).fetchone()
        if row is None:
            return Progress()
        session, opening, stored, closing = row
        done, size, last = self._db.execute(
            "SELECT count(*), coalesce(sum(size), 0), coalesce(max(sequence), 0) FROM chunk WHERE id = ? AND role = ?",
            (transfer, role),
        ).fetchone()
        return Progress(session, opening, done, size, max(stored, last), closing or b"")

    def begin(self, transfer: str, role: str, session: int, opening: bytes, sequence: int = 0) -> None:
        """Remember a session and, at the sender, the place of its opening in the stream."""
        self._change(
            "INSERT INTO transfer (id, role, session, opening, stored) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT DO UPDATE SET session = ?3, opening = ?4, stored = ?5",
            transfer, role, session, opening, sequence,
        )  # fmt: skip

    def done(self, transfer: str, role: str, number: int, chunk: tuple[bytes, int], sequence: int = 0) -> None:
        """Remember that a chunk (its digest and size) goes to ``sequence`` (sender), or is committed (receiver)."""
        self._change("INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?, ?)", transfer, role, number, *chunk, sequence)

    def close_transfer(self, transfer: str, role: str, closing: bytes) -> None:
        """Remember that a transfer is complete, and the signed closing."""
        self._change("UPDATE transfer SET closing = ? WHERE id = ? AND role = ?", closing, transfer, role)

    def rewind(self, transfer: str, role: str, number: int) -> None:
        """Forget the chunks from ``number`` on: they are done again."""
        with self._whole():
            self._change("DELETE FROM chunk WHERE id = ? AND role = ? AND number >= ?", transfer, role, number)
            self._change("UPDATE transfer SET closing = NULL, stored = 0 WHERE id = ? AND role = ?", transfer, role)

    def first_beyond(self, transfer: str, sequence: int) -> int | None:
        """Return the sender's first chunk that ends after ``sequence`` of the stream, or None."""
        found = self._db.execute(
            "SELECT min(number) FROM chunk WHERE id = ? AND role = ? AND sequence > ?", (transfer, SEND, sequence)
        ).fetchone()[0]
        return None if found is None else int(found)

    def digests(self, transfer: str, role: str) -> Iterator[bytes]:
        """Yield the digests of the chunks in order."""
        rows = self._db.execute("SELECT digest FROM chunk WHERE id = ? AND role = ? ORDER BY number", (transfer, role))
        yield from (digest for (digest,) in rows)

    def forget(self, transfer: str) -> None:
        """Forget both sides of a transfer."""
        with self._whole():
            self._change("DELETE FROM chunk WHERE id = ?", transfer)
            self._change("DELETE FROM transfer WHERE id = ?", transfer)

    # reports --------------------------------------------------------------------------------------------------------

    def post(self, report: str, data: bytes) -> bool:
        """Put a report into the outbox; False if one with this id was put there before and is still there."""
        return self._change("INSERT OR IGNORE INTO outbox (id, data) VALUES (?, ?)", report, data)

    def outbox(self, most: int = 100) -> list[Waiting]:
        """Return the oldest reports that the hub has not acknowledged."""
        rows = self._db.execute("SELECT number, id, data FROM outbox ORDER BY number LIMIT ?", (most,))
        return [Waiting(*row) for row in rows]

    def heard_by_hub(self, number: int) -> None:
        """Take a report out: the hub has it on disk."""
        self._change("DELETE FROM outbox WHERE number = ?", number)

    def depth(self) -> int:
        """Return how many reports wait."""
        return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def _change(self, sql: str, *values: object) -> bool:
        return self._db.execute(sql, values).rowcount > 0

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
