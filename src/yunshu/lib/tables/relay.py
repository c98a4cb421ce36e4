"""The fast path: COPY … TO STDOUT of one PostgreSQL relayed to COPY … FROM STDIN of another, hashed on the way.

Start at ``relay``. What is hashed is the stream of CopyData messages as PostgreSQL has always sent it: one message a row,
each ``d``, int32 length + 4, row; the signature and header of the binary format with the first row, its trailer (-1) a
message of its own. The binary format says where each row ends, so this is a canonical form of the rows, not an accident of
the transport: reading it through libpq, over TLS, gives the same digest. Hashing it whole spares Python the parsing of
five million headers.

psycopg connects and authenticates. Without TLS the bytes then go from socket to socket in large reads; a row is never
looked at. With TLS psycopg's own ``copy`` moves them. After an error both connections are closed.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from struct import pack
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from yunshu.lib.crypto import digests
from yunshu.lib.tables.errors import ServerFailed, SourceFailed, Stopped, TargetFailed, Unfit
from yunshu.lib.tables.sockets import CopyIn, CopyOut, Stop

BUFFER_BYTES, BUFFERS = 1 << 20, 4
_SETTINGS = (
    "-c client_min_messages=error -c datestyle=ISO -c timezone=UTC -c intervalstyle=postgres -c bytea_output=hex"
    " -c standard_conforming_strings=on -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
    " -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"  # a host that died lets its lock go
)

Connection = psycopg.Connection[Any]


class Digest(Protocol):
    """What this module needs of a hash object."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...


ALGORITHMS: dict[str, Callable[[], Any]] = {"sha256": digests.new_sha256, "sm3": digests.new_sm3}


@dataclass(frozen=True)
class Moved:
    """What went through: rows, bytes of the hashed stream, its digest."""

    rows: int
    size_bytes: int
    digest: bytes


def connect(url: str, *, read_only: bool = False) -> Connection:
    """Return a connection in autocommit whose texts are the agreed ones (``values``); raise ServerFailed."""
    options = _SETTINGS + (" -c default_transaction_read_only=on" if read_only else "")
    address = make_conninfo(url, options=options, gssencmode="disable", client_encoding="utf8")
    try:
        return psycopg.connect(address, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise ServerFailed(error.sqlstate or "connection_lost", str(error)) from error


def new_digest(algorithm: str) -> Digest:
    """Return an empty hash object of ``sha256`` or ``sm3``; raise Unfit (``algorithm_unknown``)."""
    if algorithm not in ALGORITHMS:
        raise Unfit("algorithm_unknown", f"there is no digest {algorithm}")
    state: Digest = ALGORITHMS[algorithm]()
    return state


def relay(
    source: Connection, target: Connection, select: sql.Composed, into: sql.Composable, *, algorithm: str, stop: Stop
) -> Moved:
    """Copy the rows of ``select`` into the table ``into``, in whatever transaction the target is in.

    Raises SourceFailed, TargetFailed and Stopped; then both connections are closed and what was sent is rolled back.
    """
    out = _copy_out(select).as_string(source)
    load = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(into).as_string(target)
    hashing = Hashing(new_digest(algorithm))
    secure = source.pgconn.ssl_in_use or target.pgconn.ssl_in_use
    try:
        with hashing:
            rows = (_by_psycopg if secure else _by_socket)(source, target, out, load, hashing, stop)
    except BaseException:
        abandon(source, target)
        raise
    return Moved(rows, hashing.size, hashing.digest())


def read_back(connection: Connection, select: sql.Composed, *, algorithm: str, stop: Stop) -> Moved:
    """Digest the rows of ``select`` as ``relay`` would; raise SourceFailed and Stopped, and close the connection then."""
    hashing = Hashing(new_digest(algorithm))
    text = _copy_out(select).as_string(connection)
    try:
        with hashing:
            if connection.pgconn.ssl_in_use:
                rows = _read_by_psycopg(connection, text, hashing, stop)
            else:
                with CopyOut(connection, text, stop) as out:
                    for buffer, size in out.parts(hashing.take):
                        hashing.put(buffer, size)
                    rows = out.rows
    except BaseException:
        abandon(connection)
        raise
    return Moved(rows, hashing.size, hashing.digest())


def abandon(*connections: Connection) -> None:
    """Cancel what the servers are doing for these connections, and close them."""
    for connection in connections:
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=2)
        connection.close()


class Hashing:
    """A hash taken in a second thread (hashlib lets go of the interpreter), with a ring of buffers between the two."""

    def __init__(self, state: Digest) -> None:
        self._state = state
        self._free: SimpleQueue[bytearray] = SimpleQueue()
        self._work: SimpleQueue[tuple[bytearray, int] | None] = SimpleQueue()
        self._made = 0
        self._thread = threading.Thread(target=self._run, name="tables-hashing", daemon=True)
        self.size = 0

    def __enter__(self) -> "Hashing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._work.put(None)
        self._thread.join()

    def take(self) -> bytearray:
        """Return a buffer to fill; wait for one if all are still being hashed."""
        if self._made < BUFFERS and self._free.empty():
            self._made += 1
            return bytearray(BUFFER_BYTES)
        return self._free.get()

    def put(self, buffer: bytearray, size: int) -> None:
        """Give a filled buffer to be hashed; it may be read by others until the next ``take``."""
        self.size += size
        self._work.put((buffer, size))

    def digest(self) -> bytes:
        """Return the digest of all that was put; only after the ``with`` block."""
        return self._state.digest()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            buffer, size = work
            self._state.update(memoryview(buffer)[:size])
            self._free.put(buffer)


def _copy_out(select: sql.Composed) -> sql.Composed:
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(select)


def _by_socket(source: Connection, target: Connection, out: str, load: str, hashing: Hashing, stop: Stop) -> int:
    with CopyOut(source, out, stop) as rows, CopyIn(target, load, stop) as into:
        into.open()
        for buffer, size in rows.parts(hashing.take):
            hashing.put(buffer, size)
            into.send(buffer, size)
        taken = int(into.finish())
    if taken != rows.rows:
        raise TargetFailed("rows_lost", f"the source sent {rows.rows} rows, the target took {taken}")
    return taken


def _by_psycopg(source: Connection, target: Connection, out: str, load: str, hashing: Hashing, stop: Stop) -> int:
    try:
        with target.cursor() as cursor:
            with cursor.copy(load) as copy:
                rows = _read_by_psycopg(source, out, hashing, stop, copy)
            taken = cursor.rowcount
    except psycopg.Error as error:
        raise TargetFailed(error.sqlstate or "connection_lost", str(error)) from error
    if taken != rows:
        raise TargetFailed("rows_lost", f"the source sent {rows} rows, the target took {taken}")
    return rows


def _read_by_psycopg(
    source: Connection, out: str, hashing: Hashing, stop: Stop, into: psycopg.Copy | None = None
) -> int:
    """Read through libpq, write each message into ``into``, and rebuild the stream for the hash."""
    try:
        with source.cursor() as cursor, cursor.copy(out) as copy:
            buffer, size, messages = hashing.take(), 0, 0
            for row in copy:
                messages += 1
                framed = pack("!ci", b"d", len(row) + 4) + row
                if size + len(framed) > len(buffer):
                    hashing.put(buffer, size)
                    buffer, size = hashing.take(), 0
                    if stop():
                        raise Stopped
                if len(framed) > len(buffer):
                    buffer = bytearray(framed)
                buffer[size : size + len(framed)] = framed
                size += len(framed)
                if into is not None:
                    _write(into, row)
            hashing.put(buffer, size)
    except psycopg.Error as error:
        raise SourceFailed(error.sqlstate or "connection_lost", str(error)) from error
    return messages - 1  # the trailer


def _write(into: psycopg.Copy, row: Any) -> None:
    try:
        into.write(row)
    except psycopg.Error as error:
        raise TargetFailed(error.sqlstate or "connection_lost", str(error)) from error
