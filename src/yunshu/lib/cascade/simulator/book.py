"""What the simulator remembers: messages it took and their acknowledgements, messages that wait, a catalogue."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from yunshu.lib.cascade.message import Ack, Message
from yunshu.lib.kernel import clock

TABLES = """
CREATE TABLE IF NOT EXISTS taken (sender TEXT, number INTEGER, id TEXT UNIQUE, kind TEXT, body TEXT, ack TEXT, at TEXT,
    PRIMARY KEY (sender, number));
CREATE TABLE IF NOT EXISTS given (receiver TEXT, number INTEGER, id TEXT, kind TEXT, body TEXT, at TEXT,
    fetched INTEGER DEFAULT 0, PRIMARY KEY (receiver, number));
CREATE TABLE IF NOT EXISTS entry (sender TEXT, code TEXT, upper TEXT, version INTEGER, digest TEXT, name TEXT,
    PRIMARY KEY (sender, code));
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, words TEXT);
"""


class Book:
    """One file; every ``act`` is one transaction, written through."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(TABLES)

    @contextmanager
    def act(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that nobody else is in; an inner one is part of the outer."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def get(self, name: str) -> dict[str, Any]:
        """Return words kept under a name."""
        with self._lock:
            row = self._connection.execute("SELECT words FROM kept WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else {}

    def put(self, name: str, words: Mapping[str, Any]) -> None:
        """Keep words under a name."""
        with self.act() as act:
            act.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, json.dumps(words)))

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT."""
        with self._lock:
            return self._connection.execute(question, values).fetchall()


def line_of(given: Message) -> str:
    """Return within what a message is numbered: its sender, and its stream if it has one."""
    return f"{given.sender}/{given.stream}" if given.stream else given.sender


def last_taken(act: sqlite3.Connection, line: str) -> int:
    """Return the number of the last message taken of a line (``line_of``)."""
    return int(act.execute("SELECT coalesce(max(number), 0) FROM taken WHERE sender = ?", (line,)).fetchone()[0])


def ack_of(act: sqlite3.Connection, given: Message) -> Ack | None:
    """Return what was answered to this message before."""
    row = act.execute("SELECT ack FROM taken WHERE id = ? AND sender = ?", (given.id, line_of(given))).fetchone()
    return Ack(**json.loads(row[0])) if row else None


def take(act: sqlite3.Connection, given: Message, ack: Ack) -> None:
    """Keep a message with its acknowledgement."""
    words = json.dumps({**ack.__dict__, "body": dict(ack.body)}, ensure_ascii=False)
    body = json.dumps(dict(given.body), ensure_ascii=False)
    row = (line_of(given), given.number, given.id, given.kind, body, words, _now())
    act.execute("INSERT INTO taken VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def give(act: sqlite3.Connection, receiver: str, kind: str, body: Mapping[str, Any]) -> int:
    """Put a message down for ``receiver``; return its number."""
    last = act.execute("SELECT coalesce(max(number), 0) FROM given WHERE receiver = ?", (receiver,)).fetchone()[0]
    row = (receiver, last + 1, uuid4().hex, kind, json.dumps(dict(body), ensure_ascii=False), _now())
    act.execute("INSERT INTO given (receiver, number, id, kind, body, at) VALUES (?, ?, ?, ?, ?, ?)", row)
    return int(last + 1)


def _now() -> str:
    return clock.now().isoformat()
