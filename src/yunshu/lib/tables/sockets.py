"""The two ends of a raw COPY: what a source sends, what a target takes, over the sockets of idle psycopg connections."""

import os
import select
import socket
from collections.abc import Callable, Iterator
from struct import unpack_from
from types import TracebackType
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from yunshu.lib.tables import wire
from yunshu.lib.tables.errors import ServerFailed, SourceFailed, Stopped, TargetFailed

POLL_SECONDS = 0.2  # how long a stop may go unseen while a server is silent
WORTH_SENDING = 1 << 18

Stop = Callable[[], bool]


class _End:
    """A second handle on a connection's socket; closing it leaves the connection."""

    failure: type[ServerFailed] = ServerFailed

    def __init__(self, connection: psycopg.Connection[Any], stop: Stop) -> None:
        self._socket = socket.socket(fileno=os.dup(connection.pgconn.socket))
        self._socket.settimeout(POLL_SECONDS)
        self._stop = stop

    def __enter__(self) -> "Any":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def _receive(self, into: memoryview) -> int:
        """Return how many bytes came (0: the server went away); raise Stopped."""
        while True:
            if self._stop():
                raise Stopped
            try:
                return self._socket.recv_into(into)
            except TimeoutError:
                continue
            except OSError:
                return 0

    def _send(self, view: memoryview) -> None:
        """Send all; raise Stopped, and OSError if the server went away."""
        while view:
            if self._stop():
                raise Stopped
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError:
                continue

    def _messages(self, rest: bytearray) -> Iterator[tuple[bytes, bytes]]:
        """Yield the messages that come, beginning with those in ``rest``, which keeps what was not asked for."""
        chunk = memoryview(bytearray(1 << 16))
        while True:
            while len(rest) >= 5 and len(rest) > (size := unpack_from("!i", rest, 1)[0]):
                kind, body = bytes(rest[:1]), bytes(rest[5 : size + 1])
                del rest[: size + 1]
                yield kind, body
            got = self._receive(chunk)
            if not got:
                raise self._failed(None)
            rest += chunk[:got]

    def _failed(self, found: tuple[str, str] | None) -> ServerFailed:
        return self.failure(*(found or ("connection_lost", "the server closed the connection")))


class CopyOut(_End):
    """The rows of a COPY … TO STDOUT; ``rows`` is known when ``parts`` has ended."""

    failure = SourceFailed

    def __init__(self, connection: psycopg.Connection[Any], text: str, stop: Stop) -> None:
        super().__init__(connection, stop)
        idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
        self._marker = wire.Marker(b"I" if idle else b"T")
        self._text = text
        self.rows = 0

    def parts(self, take: Callable[[], bytearray]) -> Iterator[tuple[bytearray, int]]:
        """Yield the stream of CopyData messages: buffers from ``take`` and how much of each is filled.

        The last bytes are held back until more come, for they may be the end. Raises SourceFailed and Stopped.
        """
        buffer = take()
        size = self._open(buffer)
        while not self._marker.ends(memoryview(buffer)[:size]):
            if size > WORTH_SENDING:
                fresh = take()
                fresh[: wire.TAIL_BYTES] = memoryview(buffer)[size - wire.TAIL_BYTES : size]
                yield buffer, size - wire.TAIL_BYTES
                buffer, size = fresh, wire.TAIL_BYTES
            got = 0 if self._is_over(memoryview(buffer)[:size]) else self._receive(memoryview(buffer)[size:])
            if not got:
                raise self._failed(wire.error_before(bytes(memoryview(buffer)[:size])))
            size += got
        yield buffer, self._close(buffer, size)

    def _is_over(self, stream: memoryview) -> bool:
        """Say whether the transaction has failed: the bytes look so, and nothing comes after them."""
        if not self._marker.may_have_failed(stream):
            return False
        return not select.select([self._socket], [], [], POLL_SECONDS)[0]

    def _open(self, buffer: bytearray) -> int:
        """Send both queries; return how many bytes after the CopyOutResponse are in ``buffer``."""
        rest = bytearray()
        try:
            self._send(memoryview(wire.query(self._text) + self._marker.query))
        except OSError as error:
            raise self._failed(None) from error
        for kind, body in self._messages(rest):
            if kind == b"E":
                raise self._failed(wire.error_fields(body))
            if kind == b"H":
                break
        buffer[: len(rest)] = rest
        return len(rest)

    def _close(self, buffer: bytearray, size: int) -> int:
        """Return where the rows end in ``buffer``."""
        tail = bytes(memoryview(buffer)[max(0, size - wire.TAIL_BYTES) : size])
        done = self._marker.copied(tail)
        if done is None:
            raise self._failed(wire.error_before(bytes(memoryview(buffer)[:size])))
        at, self.rows = done
        return size - len(tail) + at


class CopyIn(_End):
    """A COPY … FROM STDIN that takes the bytes of ``CopyOut`` as they are."""

    failure = TargetFailed

    def __init__(self, connection: psycopg.Connection[Any], text: str, stop: Stop) -> None:
        super().__init__(connection, stop)
        self._answers = bytearray()
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)
        self._text = text

    def open(self) -> None:
        """Begin; raise TargetFailed and Stopped."""
        self._put(wire.query(self._text))
        self._await(b"G")

    def send(self, buffer: bytearray, size: int) -> None:
        """Send; a target that has already refused is heard at once. Raises TargetFailed and Stopped."""
        if self._readable.poll(0):
            self._await(b"Z")
            raise self._failed(("08P01", "the target ended the COPY too early"))
        self._put(memoryview(buffer)[:size])

    def finish(self) -> int:
        """End the COPY; return how many rows the target took. Raises TargetFailed and Stopped."""
        self._put(wire.COPY_DONE)
        tag = self._await(b"C")
        self._await(b"Z")
        return int(tag.rstrip(b"\0").rsplit(b" ", 1)[1])

    def _put(self, data: bytes | memoryview) -> None:
        try:
            self._send(memoryview(data))
        except OSError as error:
            self._await(b"Z")  # the reason may have come before the end
            raise self._failed(None) from error

    def _await(self, wanted: bytes) -> bytes:
        for kind, body in self._messages(self._answers):
            if kind == b"E":
                raise self._failed(wire.error_fields(body))
            if kind == wanted:
                return body
        raise self._failed(None)
