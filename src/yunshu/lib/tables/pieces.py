"""Rows as bytes, for a way that no two databases share: taken at one node, carried sealed, put in at another.

Two forms, and the piece itself does not say which: ``COPIED`` is the stream of CopyData messages of PostgreSQL's binary COPY
(see ``relay``); ``WRITTEN`` is PostgreSQL's text COPY, for rows that were made in Python from other sources.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import pack, unpack_from
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.tables.errors import SourceFailed, Stopped, TargetFailed, Unreadable
from yunshu.lib.tables.relay import BUFFER_BYTES, Connection
from yunshu.lib.tables.sockets import CopyIn, CopyOut, Stop
from yunshu.lib.tables.values import text_of

COPIED, WRITTEN = "copied", "written"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_HEADER_BYTES = 5


@dataclass(frozen=True)
class Piece:
    """Some rows as bytes, and how many they are."""

    data: bytes
    rows: int


def copy_out(connection: Connection, select: sql.Composed, stop: Stop) -> Piece:
    """Return the rows of ``select`` in the form ``COPIED``; raise SourceFailed and Stopped."""
    text = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(select).as_string(connection)
    if connection.pgconn.ssl_in_use:
        return _copied_by_psycopg(connection, text, stop)
    buffers = itertools.cycle([bytearray(BUFFER_BYTES), bytearray(BUFFER_BYTES)])
    with CopyOut(connection, text, stop) as out:
        data = b"".join(bytes(memoryview(buffer)[:size]) for buffer, size in out.parts(lambda: next(buffers)))
        return Piece(data, out.rows)


def _copied_by_psycopg(connection: Connection, text: str, stop: Stop) -> Piece:
    framed = []
    try:
        with connection.cursor() as cursor, cursor.copy(text) as copy:
            for row in copy:
                if stop():
                    raise Stopped
                framed.append(pack("!ci", b"d", len(row) + 4) + row)
    except psycopg.Error as error:
        raise SourceFailed(error.sqlstate or "connection_lost", str(error)) from error
    return Piece(b"".join(framed), len(framed) - 1)  # the trailer


def write_out(rows: Iterable[Sequence[Any]], most_bytes: int, stop: Stop) -> Iterator[Piece]:
    """Yield ``rows`` in the form ``WRITTEN``, in pieces of about ``most_bytes``; at least one. Raises Stopped."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        line = ("\t".join(map(_text, row)) + "\n").encode()
        if lines and size + len(line) > most_bytes:
            yield Piece(b"".join(lines), len(lines))
            lines, size = [], 0
            if stop():
                raise Stopped
        lines.append(line)
        size += len(line)
    yield Piece(b"".join(lines), len(lines))


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return repr(value) if isinstance(value, float) else text_of(value).translate(_ESCAPES)


def put_in(
    connection: Connection, table: sql.Identifier, columns: sql.Composable, form: str, data: bytes, stop: Stop
) -> int:
    """Load a piece into ``table`` in the current transaction; return how many rows the server took.

    Raises TargetFailed, Stopped and Unreadable (``piece_malformed``).
    """
    copy = "COPY {} ({}) FROM STDIN" + (" (FORMAT binary)" if form == COPIED else "")
    text = sql.SQL(copy).format(table, columns).as_string(connection)
    if form == COPIED and not connection.pgconn.ssl_in_use:
        with CopyIn(connection, text, stop) as into:
            into.open()
            for at in range(0, len(data), BUFFER_BYTES):
                part = data[at : at + BUFFER_BYTES]
                into.send(bytearray(part), len(part))
            return int(into.finish())
    try:
        with connection.cursor() as cursor:
            with cursor.copy(text) as writing:
                for part in _messages(data) if form == COPIED else [data]:
                    writing.write(part)
            return cursor.rowcount
    except psycopg.Error as error:
        raise TargetFailed(error.sqlstate or "connection_lost", str(error)) from error


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield what the CopyData messages hold."""
    at = 0
    while at < len(data):
        if at + _HEADER_BYTES > len(data) or data[at : at + 1] != b"d":
            raise Unreadable("piece_malformed", "this is no stream of CopyData messages")
        end = at + 1 + unpack_from("!i", data, at + 1)[0]
        yield data[at + _HEADER_BYTES : end]
        at = end
