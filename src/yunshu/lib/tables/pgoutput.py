"""Decodes what PostgreSQL's ``pgoutput`` plugin writes, protocol version 1 (manual, 54.9 Logical Replication Message Formats).

``Decoder.feed`` takes one message and returns a finished ``Transaction`` at each commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from struct import unpack_from
from typing import Any, Literal
from uuid import UUID

from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.schema import Column, TableSchema


@dataclass(frozen=True)
class Change:
    """One change of one row. ``key`` is the row's old key; ``row`` what it is now, None if it is gone; ``old`` what the
    log says of the row before: all of it with REPLICA IDENTITY FULL, else its key, and nothing of an insert.

    A large value that an update did not touch is not sent by PostgreSQL, and is then not in ``row``.
    """

    op: Literal["insert", "update", "delete", "truncate"]
    key: Mapping[str, Any]
    row: Mapping[str, Any] | None
    lsn: int
    old: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Transaction:
    """The changes that one transaction made to the table, in order; ``lsn`` is where it ends in the log, ``xid`` its number
    modulo 2³², as the log has it.
    """

    lsn: int
    changes: tuple[Change, ...]
    xid: int


class _Reader:
    """Reads a message from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, form: str) -> int:
        """Return a number of ``struct`` format ``form``."""
        value = int(unpack_from(f"!{form}", self._data, self._at)[0])
        self._at += {"B": 1, "h": 2, "i": 4, "I": 4, "Q": 8, "q": 8}[form]
        return value

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        self._at += size
        return self._data[self._at - size : self._at]

    def text(self) -> str:
        """Return a text that ends with a zero byte."""
        end = self._data.index(0, self._at)
        text = self._data[self._at : end].decode()
        self._at = end + 1
        return text


class Decoder:
    """Decodes the messages about one table; those about others are passed over."""

    def __init__(self, table: TableSchema) -> None:
        self._table = table
        self._relations: dict[int, list[Column]] = {}
        self._changes: list[Change] = []
        self._xid = 0

    def feed(self, lsn: int, data: bytes) -> Transaction | None:
        """Take one message; return the transaction that it ends, if it does.

        Raises Unfit (``column_unknown``) if the table has a column that was not agreed on when it was captured whole.
        """
        reader = _Reader(data)
        match reader.take(1):
            case b"B":
                reader.take(16)
                self._xid, self._changes = reader.number("I"), []
            case b"C":
                reader.take(9)
                return Transaction(reader.number("Q"), tuple(self._changes), self._xid)
            case b"R":
                self._relation(reader)
            case b"I" | b"U" | b"D" as kind:
                self._row(kind, lsn, reader)
            case b"T":
                count, _ = reader.number("i"), reader.number("B")
                if any(reader.number("I") in self._relations for _ in range(count)):
                    self._changes.append(Change("truncate", {}, None, lsn))
        return None

    def _relation(self, reader: _Reader) -> None:
        oid, schema, name = reader.number("I"), reader.text(), reader.text()
        reader.take(1)
        names = []
        for _ in range(reader.number("h")):
            reader.take(1)
            names.append(reader.text())
            reader.take(8)
        self._relations.pop(oid, None)
        if (schema, name) == (self._table.schema, self._table.name):
            known = {column.name: column for column in self._table.columns}
            self._relations[oid] = [known.get(column, Column(column, "text")) for column in names]

    def _row(self, kind: bytes, lsn: int, reader: _Reader) -> None:
        columns = self._relations.get(reader.number("I"))
        if columns is None:
            return
        old: dict[str, Any] = {}
        new: dict[str, Any] | None = None
        mark = reader.take(1)
        if mark in (b"K", b"O"):
            whole = mark == b"O"
            old = _tuple(reader, columns)
            old = old if whole else {name: old[name] for name in self._table.key}
            mark = reader.take(1)
        if mark == b"N":
            new = {**old, **_tuple(reader, columns)}
        known = old or new or {}
        op: Literal["insert", "update", "delete"] = "insert" if kind == b"I" else "update" if kind == b"U" else "delete"
        key = {name: known[name] for name in self._table.key}
        self._changes.append(Change(op, key, new, lsn, {} if op == "insert" else {**key, **old}))


def _tuple(reader: _Reader, columns: list[Column]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    count = reader.number("h")
    if count != len(columns):
        raise Unfit("column_unknown", f"a row of {count} columns came where {len(columns)} were announced")
    for column in columns:
        match reader.take(1):
            case b"n":
                row[column.name] = None
            case b"t":
                row[column.name] = value_of(reader.take(reader.number("i")).decode(), column)
    return row


def value_of(text: str, column: Column) -> Any:
    """Return the value that PostgreSQL wrote as ``text`` (DateStyle ISO, bytea in hex)."""
    match column.family:
        case "integer":
            return int(text)
        case "number":
            return Decimal(text)
        case "boolean":
            return text == "t"
        case "date":
            return date.fromisoformat(text)
        case "timestamp" | "timestamptz":
            return datetime.fromisoformat(text)
        case "uuid":
            return UUID(text)
        case "bytes":
            return bytes.fromhex(text.removeprefix("\\x"))
    return text
