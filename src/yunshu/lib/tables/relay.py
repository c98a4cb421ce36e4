"""Binary COPY at the speed of the wire: one server's CopyData messages become the other's, hashed on the way.

libpq hands out one row a call; at a million rows a second that call is the bottleneck. So psycopg connects and signs in,
and where the link carries no TLS this module speaks the COPY sub-protocol on a copy of the idle connection's socket
(PostgreSQL documentation, "Message Formats"): CopyData has the same form in both directions, so whole megabytes pass
through unread. The end of the stream is told by a random word that a second statement selects, since data could imitate
everything else. With TLS the same messages go through psycopg, slower; the digest is the same.

The digest of a chunk is over its CopyData messages as the source sent them: one a row, header and trailer included.
"""

import os
import re
import secrets
import select
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import psycopg
from psycopg import sql

from yunshu.lib.tables.errors import SourceFailed, TargetFailed

READ_BYTES = 1 << 20
BUFFER_BYTES = 4 << 20
FORWARD_BYTES = 1 << 19
HELD_BYTES = 512
READY_BYTES = 6
QUIET_SECONDS = 2.0
_READY = (b"Z\x00\x00\x00\x05I", b"Z\x00\x00\x00\x05T", b"Z\x00\x00\x00\x05E")
_END = re.compile(rb"c\x00\x00\x00\x04C\x00\x00\x00.COPY (\d+)\x00T\x00\x00\x00.", re.DOTALL)
_COPIED = re.compile(rb"C\x00\x00\x00.COPY (\d+)\x00")
_FAULT = re.compile(rb"M([^\x00]*)\x00")


class Hash(Protocol):
    """What ``hashlib`` gives."""

    def update(self, data: Any, /) -> object:
        """Take bytes."""

    def hexdigest(self) -> str:
        """Return the digest."""


class CopyOut:
    """A ``COPY … TO STDOUT`` under way: iterate over its messages, then read ``rows``."""

    def __init__(self, connection: psycopg.Connection[Any], query: sql.Composable) -> None:
        self.rows = 0
        self._connection = connection
        self._text = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query).as_bytes(connection)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the CopyData messages, about a megabyte at a time. Raises SourceFailed."""
        if is_plain(self._connection):
            return self._raw()
        return self._by_libpq()

    def _by_libpq(self) -> Iterator[bytes]:
        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(self._text) as copy:
                    yield from _gathered(copy)
                self.rows = cursor.rowcount
        except psycopg.Error as error:
            raise SourceFailed(str(error)) from error

    def _raw(self) -> Iterator[bytes]:
        word = secrets.token_hex(16).encode()
        with _borrowed(self._connection) as link:
            link.sendall(_message(b"Q", self._text + b"; SELECT '" + word + b"'\x00"))
            begun = self._start(link)
            buffer = bytearray(FORWARD_BYTES + READ_BYTES + len(begun))
            view, size = memoryview(buffer), len(begun)
            view[:size] = begun
            while not self._is_end(buffer, size, word):
                if size > FORWARD_BYTES:
                    yield bytes(view[: size - HELD_BYTES])
                    view[:HELD_BYTES] = view[size - HELD_BYTES : size]
                    size = HELD_BYTES
                size += _read_into(link, view, size)
            end = _END.search(buffer, max(0, size - HELD_BYTES), size)
            if end is None:
                raise SourceFailed("the source ended its answer in a form that is not known")
            self.rows = int(end[1])
            yield bytes(view[: end.start()])

    def _is_end(self, buffer: bytearray, size: int, word: bytes) -> bool:
        if bytes(buffer[max(0, size - READY_BYTES) : size]) not in _READY:
            return False
        return buffer.rfind(word, max(0, size - HELD_BYTES), size) >= 0

    def _start(self, link: socket.socket) -> bytes:
        """Take CopyOutResponse away; return what came after it."""
        held = b""
        while len(held) < 5 or len(held) < 1 + struct.unpack_from("!I", held, 1)[0]:
            held += _read(link, held, SourceFailed)
        if held[:1] != b"H":
            while not held.endswith(_READY):
                held += _read(link, held, SourceFailed)
            raise SourceFailed(_fault_in(held))
        return held[1 + struct.unpack_from("!I", held, 1)[0] :]


class CopyIn:
    """A ``COPY … FROM STDIN`` under way: write messages, then ``finish``."""

    def __init__(self, connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...]) -> None:
        self._connection = connection
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(*table.split(".")), names)
        self._text = statement.as_bytes(connection)

    def load(self, portions: Iterator[bytes], on_portion: Callable[[bytes], object]) -> int:
        """Write every portion, telling ``on_portion`` of each; return how many rows the server took.

        Raises TargetFailed; what ``portions`` or ``on_portion`` raise breaks the copy off.
        """
        if is_plain(self._connection):
            return self._raw(portions, on_portion)
        return self._by_libpq(portions, on_portion)

    def _by_libpq(self, portions: Iterator[bytes], on_portion: Callable[[bytes], object]) -> int:
        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(self._text) as copy:
                    for portion in whole(portions):
                        on_portion(portion)
                        for payload in payloads(portion):
                            copy.write(payload)
                return cursor.rowcount
        except psycopg.Error as error:
            raise TargetFailed(str(error)) from error

    def _raw(self, portions: Iterator[bytes], on_portion: Callable[[bytes], object]) -> int:
        with _borrowed(self._connection) as link:
            link.sendall(_message(b"Q", self._text + b"\x00"))
            held = _read(link, b"", TargetFailed)
            if held[:1] != b"G":
                while not held.endswith(_READY):
                    held += _read(link, held, TargetFailed)
                raise TargetFailed(_fault_in(held))
            for portion in portions:
                on_portion(portion)
                _send(link, portion)
            link.sendall(_message(b"c", b""))
            answer = b""
            while not answer.endswith(_READY):
                answer += _read(link, answer, TargetFailed)
            copied = _COPIED.search(answer)
            if copied is None:
                raise TargetFailed(_fault_in(answer))
            return int(copied[1])


def is_plain(connection: psycopg.Connection[Any]) -> bool:
    """Say whether a link can be spoken on directly: no TLS, no GSS encryption."""
    return not connection.pgconn.ssl_in_use


def payloads(portion: bytes) -> Iterator[bytes]:
    """Yield what the CopyData messages of a portion carry; a portion must hold whole messages."""
    at = 0
    while at < len(portion):
        (length,) = struct.unpack_from("!I", portion, at + 1)
        yield portion[at + 5 : at + 1 + length]
        at += 1 + length


def whole(portions: Iterator[bytes]) -> Iterator[bytes]:
    """Cut portions anew, so that each holds whole messages."""
    rest = b""
    for portion in portions:
        rest += portion
        at = 0
        while at + 5 <= len(rest) and at + 1 + struct.unpack_from("!I", rest, at + 1)[0] <= len(rest):
            at += 1 + struct.unpack_from("!I", rest, at + 1)[0]
        if at:
            yield rest[:at]
            rest = rest[at:]
    if rest:
        raise SourceFailed("the last message of the source is cut off")


def _gathered(copy: Any) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for payload in copy:
        gathered.append(_message(b"d", bytes(payload)))
        size += len(payload)
        if size > READ_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


class _borrowed:  # noqa: N801 (reads as a verb)
    """A socket of its own on an idle connection's link, blocking while it is used; a broken use closes the connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def __enter__(self) -> socket.socket:
        self._socket = socket.socket(fileno=os.dup(self._connection.pgconn.socket))
        self._socket.settimeout(None)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        return self._socket

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        self._socket.settimeout(0)
        self._socket.close()
        if kind is not None:
            self._connection.close()


def _read(link: socket.socket, held: bytes, failure: type[SourceFailed] | type[TargetFailed]) -> bytes:
    """Read once. A server that has nothing more to say after an error is recognised by its silence."""
    ends = held.endswith(_READY)
    if ends and not select.select([link], [], [], QUIET_SECONDS)[0]:
        raise failure(_fault_in(held))
    data = link.recv(READ_BYTES)
    if not data:
        raise failure("the connection was closed by the server")
    return data


def _read_into(link: socket.socket, view: memoryview, size: int) -> int:
    """Read once behind what is there; as ``_read``, without a copy."""
    if bytes(view[max(0, size - READY_BYTES) : size]) in _READY:
        last = bytes(view[max(0, size - HELD_BYTES) : size])
        if not select.select([link], [], [], QUIET_SECONDS)[0]:
            raise SourceFailed(_fault_in(last))
    count = link.recv_into(view[size:])
    if not count:
        raise SourceFailed("the connection was closed by the server")
    return count


def _send(link: socket.socket, data: bytes) -> None:
    """Send, and notice a server that answers in the middle: it can only be an error."""
    if select.select([link], [], [], 0)[0]:
        answer = b""
        while not answer.endswith(_READY):
            received = link.recv(READ_BYTES)
            if not received:
                break
            answer += received
            if _FAULT.search(answer):
                break
        raise TargetFailed(_fault_in(answer))
    try:
        link.sendall(data)
    except OSError as error:
        raise TargetFailed(f"the connection broke: {error}") from error


def _fault_in(held: bytes) -> str:
    at = max(held.rfind(b"SERROR\x00"), held.rfind(b"SFATAL\x00"))
    found = _FAULT.search(held, max(at, 0))
    return found[1].decode(errors="replace") if found else "the server broke off without a word"
