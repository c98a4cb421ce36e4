"""A member's memory: one SQLite file, written through before anything is signed.

A block (its leaves, its roots, where the stream stood) is one transaction, so a killed member is always at the end of
a block. ``signed`` holds every head this member has cosigned: it is asked before signing, so that not even a restored
or doubled process signs two heads of one size.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from yunshu.lib.consortium.epochs import Head

Refusal = TypeVar("Refusal")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS chunk (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS block (
  number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, size INTEGER NOT NULL UNIQUE, sequence INTEGER NOT NULL,
  charter INTEGER NOT NULL, sha256 TEXT NOT NULL, sm3 TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS standing (number INTEGER PRIMARY KEY, frontier TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS batch (
  org TEXT NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, block INTEGER NOT NULL,
  PRIMARY KEY (org, number)) STRICT;
CREATE TABLE IF NOT EXISTS charter (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS signed (
  epoch INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, sm3 TEXT NOT NULL, notes TEXT NOT NULL,
  PRIMARY KEY (epoch, size)) STRICT;
CREATE TABLE IF NOT EXISTS final (
  size INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, sha256 TEXT NOT NULL, sm3 TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alarm (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, about TEXT NOT NULL UNIQUE, evidence TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
_BLOCK = (
    "SELECT number, epoch, size, sequence, charter, sha256, sm3, coalesce(frontier, '{}') "
    "FROM block LEFT JOIN standing USING (number)"
)
KEEP_SIGNED = 100_000


@dataclass(frozen=True)
class Block:
    """One block as it stands in the file."""

    number: int
    epoch: int
    head: Head
    sequence: int
    charter: int
    frontier: dict[str, list[str]]
    """Hash name → the compact frontier of the tree at this size, base64: enough to go on appending. Empty before the
    last final block."""


@dataclass(frozen=True)
class Placed:
    """Where an organisation's batch stands."""

    org: str
    number: int
    first: int
    count: int
    block: int


class Disk:
    """The file. One member's process holds it (see ``serve.run``); an operator's command may vote or read beside it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        """Move what a file of the first format kept with its blocks."""
        if "state" not in {row[1] for row in self._db.execute("PRAGMA table_info(block)")}:
            return
        with self.transaction():
            self._db.execute("INSERT INTO standing SELECT number, frontier, state FROM block WHERE state != ''")
            self._db.execute("ALTER TABLE block DROP COLUMN state")
            self._db.execute("ALTER TABLE block DROP COLUMN frontier")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def add_block(
        self, block: Block, leaves: Sequence[bytes], *, state: str, charter: str, batches: Sequence[Placed]
    ) -> None:
        """Append one block: its leaves, where its batches stand, and the state after it. ``charter`` is in force then."""
        data = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
        head = block.head
        row = (block.number, block.epoch, head.size, block.sequence, block.charter, head.sha256, head.sm3)
        with self.transaction():
            self._db.execute("INSERT INTO chunk VALUES (?, ?, ?)", (head.size - len(leaves), len(leaves), data))
            self._db.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._db.execute("INSERT INTO standing VALUES (?, ?, ?)", (block.number, json.dumps(block.frontier), state))
            self._db.execute("INSERT OR IGNORE INTO charter VALUES (?, ?, ?)", (block.charter, head.size, charter))
            self._db.executemany(
                "INSERT INTO batch VALUES (?, ?, ?, ?, ?)",
                [(each.org, each.number, each.first, each.count, block.number) for each in batches],
            )

    def cut_back(self, size: int) -> None:
        """Drop the blocks beyond ``size``; only an epoch change may, and only what was never final."""
        with self.transaction():
            self._db.execute("DELETE FROM chunk WHERE first >= ?", (size,))
            self._db.execute("DELETE FROM batch WHERE first >= ?", (size,))
            self._db.execute("DELETE FROM charter WHERE size > ?", (size,))
            self._db.execute("DELETE FROM block WHERE size > ?", (size,))
            self._db.execute("DELETE FROM standing WHERE number > (SELECT max(number) FROM block)")

    def last_block(self) -> Block | None:
        """Return the last block."""
        return self._block(f"{_BLOCK} ORDER BY number DESC LIMIT 1", ())

    def block(self, number: int) -> Block | None:
        """Return one block by number."""
        return self._block(f"{_BLOCK} WHERE number = ?", (number,))

    def block_at(self, size: int) -> Block | None:
        """Return the block that ends at ``size``."""
        return self._block(f"{_BLOCK} WHERE size = ?", (size,))

    def block_holding(self, index: int) -> Block | None:
        """Return the block that holds leaf ``index``."""
        return self._block(f"{_BLOCK} WHERE size > ? ORDER BY size LIMIT 1", (index,))

    def blocks(self, before: int, limit: int) -> list[Block]:
        """Return up to ``limit`` blocks below number ``before``, the newest first."""
        rows = self._db.execute(f"{_BLOCK} WHERE number < ? ORDER BY number DESC LIMIT ?", (before, limit))
        return [_as_block(row) for row in rows]

    def state(self) -> str:
        """Return the state after the last block, or an empty string."""
        row = self._db.execute("SELECT state FROM standing ORDER BY number DESC LIMIT 1").fetchone()
        return "" if row is None else str(row[0])

    def charter_for(self, size: int) -> str:
        """Return the charter by which a head of ``size`` is judged: the one in force before its block."""
        row = self._db.execute(
            "SELECT text FROM charter WHERE size < ? OR number = 0 ORDER BY number DESC LIMIT 1", (size,)
        ).fetchone()
        return "" if row is None else str(row[0])

    def batch(self, org: str, number: int) -> Placed | None:
        """Return where a batch stands, None if it is not in the log."""
        row = self._db.execute(
            "SELECT org, number, first, count, block FROM batch WHERE org = ? AND number = ?", (org, number)
        ).fetchone()
        return None if row is None else Placed(*row)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Return the leaves ``start`` to ``end`` (exclusive)."""
        rows = self._db.execute(
            "SELECT first, data FROM chunk WHERE first < ? AND first + count > ? ORDER BY first", (end, start)
        )
        found: list[bytes] = []
        for first, data in rows:
            cut = list(split(data))
            found += cut[max(0, start - first) : max(0, end - first)]
        return found

    def sign_once(self, epoch: int, head: Head, notes: str) -> str | None:
        """Remember that this head is being signed; return the notes to send, or None if another head of that size was.

        It is on disk when this returns: sign before, send after.
        """
        with self.transaction():
            row = self._db.execute(
                "SELECT sha256, sm3, notes FROM signed WHERE epoch = ? AND size = ?", (epoch, head.size)
            ).fetchone()
            if row is not None:
                return str(row[2]) if (row[0], row[1]) == (head.sha256, head.sm3) else None
            if self.meta("voted") >= str(epoch + 1).zfill(9):
                return None
            self._db.execute(
                "INSERT INTO signed VALUES (?, ?, ?, ?, ?)", (epoch, head.size, head.sha256, head.sm3, notes)
            )
            return notes

    def signed_head(self, epoch: int, size: int) -> Head | None:
        """Return the head of ``size`` signed in ``epoch``."""
        row = self._db.execute(
            "SELECT size, sha256, sm3 FROM signed WHERE epoch = ? AND size = ?", (epoch, size)
        ).fetchone()
        return None if row is None else Head(*row)

    def signed_notes(self, epoch: int, size: int) -> str:
        """Return the word signed on the head of ``size`` in ``epoch`` as it travels, or an empty string."""
        row = self._db.execute("SELECT notes FROM signed WHERE epoch = ? AND size = ?", (epoch, size)).fetchone()
        return "" if row is None else str(row[0])

    def signed_after(self, epoch: int, size: int) -> list[str]:
        """Return the notes signed in ``epoch`` beyond ``size``, the oldest first."""
        rows = self._db.execute("SELECT notes FROM signed WHERE epoch = ? AND size > ? ORDER BY size", (epoch, size))
        return [str(notes) for (notes,) in rows]

    def highest_signed(self, epoch: int) -> Head | None:
        """Return the largest head signed in ``epoch``."""
        row = self._db.execute(
            "SELECT size, sha256, sm3 FROM signed WHERE epoch = ? ORDER BY size DESC LIMIT 1", (epoch,)
        ).fetchone()
        return None if row is None else Head(*row)

    def vote(self, epoch: int) -> None:
        """Swear off every epoch before ``epoch``: ``sign_once`` refuses them from now on."""
        with self.transaction():
            self._set("voted", str(epoch).zfill(9))

    def finalise(self, epoch: int, head: Head, checkpoints: str) -> None:
        """Remember a final head and the checkpoints with a quorum's cosignatures."""
        with self.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO final VALUES (?, ?, ?, ?)", (head.size, epoch, head.sha256, head.sm3)
            )
            self._set("checkpoints", checkpoints)
            self._db.execute("DELETE FROM signed WHERE epoch = ? AND size < ?", (epoch, head.size - KEEP_SIGNED))
            self._slim(head.size)

    def _slim(self, size: int) -> None:
        """Forget state and frontier of blocks before the final one: nothing ever goes back there."""
        self._db.execute(
            "DELETE FROM standing WHERE number > 1 AND number < (SELECT number FROM block WHERE size = ?)", (size,)
        )

    def last_final(self) -> tuple[int, Head] | None:
        """Return the last final head with its epoch."""
        row = self._db.execute("SELECT epoch, size, sha256, sm3 FROM final ORDER BY size DESC LIMIT 1").fetchone()
        return None if row is None else (row[0], Head(*row[1:]))

    def first_final_over(self, index: int) -> Head | None:
        """Return the first final head that covers leaf ``index``."""
        row = self._db.execute(
            "SELECT size, sha256, sm3 FROM final WHERE size > ? ORDER BY size LIMIT 1", (index,)
        ).fetchone()
        return None if row is None else Head(*row)

    def finals(self) -> Iterator[Head]:
        """Yield every final head, the smallest first."""
        for row in self._db.execute("SELECT size, sha256, sm3 FROM final ORDER BY size"):
            yield Head(*row)

    def quick_check(self) -> str:
        """Return what SQLite finds wrong with the file, or an empty string."""
        found = str(self._db.execute("PRAGMA quick_check(1)").fetchone()[0])
        return "" if found == "ok" else found

    def raise_alarm(self, kind: str, at: str, about: str, evidence: str) -> bool:
        """Keep an alarm; False if the same is known."""
        with self.transaction():
            row = self._db.execute(
                "INSERT OR IGNORE INTO alarm (kind, at, about, evidence) VALUES (?, ?, ?, ?)",
                (kind, at, about, evidence),
            )
            return row.rowcount == 1

    def alarms(self) -> list[tuple[int, str, str, str, str]]:
        """Return (id, kind, time, about, evidence), the newest first."""
        return list(self._db.execute("SELECT id, kind, at, about, evidence FROM alarm ORDER BY id DESC LIMIT 500"))

    def count_alarms(self) -> int:
        """Return how many alarms are kept."""
        return int(self._db.execute("SELECT count(*) FROM alarm").fetchone()[0])

    def meta(self, key: str) -> str:
        """Return a remembered word, or an empty string."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return "" if row is None else str(row[0])

    def remember(self, key: str, value: str) -> None:
        """Remember a word."""
        with self.transaction():
            self._set(key, value)

    def replace_word(self, key: str, change: Callable[[str], str | Refusal]) -> Refusal | None:
        """Replace a remembered word by what ``change`` makes of it, at once; return its refusal if it gives none."""
        with self.transaction():
            changed = change(self.meta(key))
            if not isinstance(changed, str):
                return changed
            self._set(key, changed)
            return None

    def _set(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    def _block(self, query: str, values: tuple[int, ...]) -> Block | None:
        row = self._db.execute(query, values).fetchone()
        return None if row is None else _as_block(row)


def _as_block(row: Sequence[Any]) -> Block:
    number, epoch, size, sequence, charter, sha256, sm3, frontier = row
    return Block(number, epoch, Head(size, sha256, sm3), sequence, charter, json.loads(frontier))


def split(data: bytes) -> Iterator[bytes]:
    """Take a chunk (uint16 length before each leaf, as in C2SP tlog-tiles) apart."""
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : end]
        at = end
