"""What an outpost remembers between two starts: the plan of each transfer it sends, what it was told of those it receives,
and of which tables it makes a server keep the log (a replication slot each).

One SQLite file beside the agent's journal. A plan is made once: a transfer that goes on after a kill goes on with it.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from yunshu.lib.tables import Chunk

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outgoing (transfer TEXT PRIMARY KEY, manifest BLOB NOT NULL, mark TEXT) STRICT;
CREATE TABLE IF NOT EXISTS part (transfer TEXT, number INTEGER, range TEXT, rows INTEGER,
    PRIMARY KEY (transfer, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incoming (transfer TEXT PRIMARY KEY, manifest BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS slot (name TEXT PRIMARY KEY, database TEXT NOT NULL, read_at TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class Part:
    """One chunk that is or will be sent: a range of keys, or (None) a file of the spool; ``rows`` once it was read."""

    number: int
    range: Chunk | None
    rows: int | None


@dataclass(frozen=True)
class Slot:
    """A replication slot in the database ``database`` (an alias of the settings), last read at ``read_at``."""

    name: str
    database: str
    read_at: datetime


class Book:
    """The book in one file; may be used from several threads."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        path.chmod(0o600)
        self._lock = threading.RLock()
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def begin(self, transfer: str, manifest: bytes, parts: Sequence[Part], mark: tuple[str, ...] | None) -> None:
        """Remember the plan of a transfer to send; ``mark`` is how far its watermark goes."""
        written = None if mark is None else json.dumps(mark)
        with self._whole():
            self._db.execute("INSERT INTO outgoing VALUES (?, ?, ?)", (transfer, manifest, written))
            self._put(transfer, parts)

    def manifest(self, transfer: str) -> bytes | None:
        """Return what is sent ahead of the rows, or None if the transfer was not begun here."""
        return _bytes(self._one("SELECT manifest FROM outgoing WHERE transfer = ?", transfer))

    def mark(self, transfer: str) -> tuple[str, ...] | None:
        """Return how far an earlier transfer's watermark went."""
        found = self._one("SELECT mark FROM outgoing WHERE transfer = ?", transfer)
        return None if found is None else tuple(json.loads(found))

    def part(self, transfer: str, number: int) -> Part | None:
        """Return one part; None after the last."""
        with self._lock:
            row = self._db.execute(
                "SELECT range, rows FROM part WHERE transfer = ? AND number = ?", (transfer, number)
            ).fetchone()
        if row is None:
            return None
        return Part(number, None if row[0] is None else Chunk.from_json(json.loads(row[0])), row[1])

    def count(self, transfer: str, number: int, rows: int) -> None:
        """Remember how many rows a part has."""
        with self._lock:
            self._db.execute("UPDATE part SET rows = ? WHERE transfer = ? AND number = ?", (rows, transfer, number))

    def split(self, transfer: str, number: int, halves: tuple[Chunk, Chunk]) -> None:
        """Put two parts in the place of one that is too large; those after it move up by one."""
        with self._whole():
            self._db.execute("DELETE FROM part WHERE transfer = ? AND number = ?", (transfer, number))
            # negative in between: a primary key is checked row by row
            self._db.execute(
                "UPDATE part SET number = -number - 1 WHERE transfer = ? AND number > ?", (transfer, number)
            )
            self._db.execute("UPDATE part SET number = -number WHERE transfer = ? AND number < 0", (transfer,))
            self._put(transfer, [Part(number + place, half, None) for place, half in enumerate(halves)])

    def rows(self, transfer: str) -> int:
        """Return how many rows the parts have that were read."""
        return int(self._one("SELECT coalesce(sum(rows), 0) FROM part WHERE transfer = ?", transfer) or 0)

    def expect(self, transfer: str, manifest: bytes) -> None:
        """Remember what was sent ahead of a transfer that is received."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO incoming VALUES (?, ?)", (transfer, manifest))

    def expected(self, transfer: str) -> bytes | None:
        """Return it."""
        return _bytes(self._one("SELECT manifest FROM incoming WHERE transfer = ?", transfer))

    def manifests(self) -> list[bytes]:
        """Return what was sent ahead of every transfer that was received and is remembered."""
        with self._lock:
            return [bytes(row[0]) for row in self._db.execute("SELECT manifest FROM incoming")]

    def keep_slot(self, name: str, database: str, now: datetime) -> None:
        """Remember that a slot is kept in a database and was read ``now``."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO slot VALUES (?, ?, ?)", (name, database, now.isoformat()))

    def slots(self) -> list[Slot]:
        """Return every slot that is kept."""
        with self._lock:
            rows = self._db.execute("SELECT name, database, read_at FROM slot ORDER BY name").fetchall()
        return [Slot(name, database, datetime.fromisoformat(read)) for name, database, read in rows]

    def drop_slot(self, name: str) -> None:
        """Forget a slot that is gone."""
        with self._lock:
            self._db.execute("DELETE FROM slot WHERE name = ?", (name,))

    def forget(self, transfer: str) -> None:
        """Forget a transfer."""
        with self._whole():
            for table in ("part", "outgoing", "incoming"):
                self._db.execute(f"DELETE FROM {table} WHERE transfer = ?", (transfer,))  # noqa: S608 - our own names

    def _put(self, transfer: str, parts: Sequence[Part]) -> None:
        rows = [(transfer, p.number, None if p.range is None else json.dumps(p.range.to_json()), p.rows) for p in parts]
        self._db.executemany("INSERT INTO part VALUES (?, ?, ?, ?)", rows)

    def _one(self, query: str, transfer: str) -> Any:
        with self._lock:
            row = self._db.execute(query, (transfer,)).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _whole(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
