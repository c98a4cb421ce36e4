"""The slower path into staging: rows that were made in Python, loaded by COPY in the same binary form as ``relay``'s.

The digest is the one that ``relay`` would give for the same rows (see there), so what was sent by either path can be
compared with what is read back.
"""

import re
from collections.abc import Iterable, Sequence
from struct import pack, unpack_from
from typing import Any

import psycopg
from psycopg import sql
from psycopg.copy import LibpqWriter

from yunshu.lib.tables.errors import Stopped, TargetFailed
from yunshu.lib.tables.relay import Connection, Digest, Moved, abandon, new_digest
from yunshu.lib.tables.schema import TableSchema
from yunshu.lib.tables.sockets import Stop

_HEAD_BYTES = 19  # signature, flags, length of the extension


def load_rows(
    connection: Connection,
    into: sql.Identifier,
    table: TableSchema,
    rows: Iterable[Sequence[Any]],
    *,
    algorithm: str,
    stop: Stop,
) -> Moved:
    """Copy ``rows`` (values in the order of ``table``'s columns) into ``into``, in the current transaction.

    Raises TargetFailed, Stopped and whatever ``rows`` raises; then the connection is closed and what was sent is rolled back.
    """
    count = 0
    load = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(into)
    try:
        with connection.cursor() as cursor:
            writer = _HashingWriter(cursor, new_digest(algorithm))
            with cursor.copy(load, writer=writer) as copy:
                copy.set_types([_base(column.type) for column in table.columns])
                for row in rows:
                    if count % 1000 == 0 and stop():
                        raise Stopped
                    copy.write_row(row)
                    count += 1
    except psycopg.Error as error:
        abandon(connection)
        raise TargetFailed(error.sqlstate or "value_unfit", str(error)) from error
    except BaseException:
        abandon(connection)
        raise
    return Moved(count, writer.size, writer.state.digest())


def _base(written: str) -> str:
    return re.sub(r"\s*\([^)]*\)", "", written)


class _HashingWriter(LibpqWriter):
    """Cuts what psycopg sends into rows again, and hashes each as the message it would have been."""

    def __init__(self, cursor: psycopg.Cursor[Any], state: Digest) -> None:
        super().__init__(cursor)
        self.state = state
        self.size = 0
        self._rest = bytearray()
        self._lead = _HEAD_BYTES

    def write(self, data: Any) -> None:
        """Send ``data`` on, and hash the rows that it completes."""
        super().write(data)
        self._rest += data
        framed, at = bytearray(), 0
        while (end := _row_end(self._rest, at + self._lead)) is not None:
            framed += pack("!ci", b"d", end - at + 4)
            framed += self._rest[at:end]
            at, self._lead = end, 0
        del self._rest[:at]
        self.state.update(bytes(framed))
        self.size += len(framed)


def _row_end(data: bytearray, at: int) -> int | None:
    """Return where the row (or the trailer) that begins at ``at`` ends, or None if it is not all there."""
    if at + 2 > len(data):
        return None
    fields = unpack_from("!h", data, at)[0]
    at += 2
    for _ in range(fields):
        if at + 4 > len(data):
            return None
        at += 4 + max(0, unpack_from("!i", data, at)[0])
    return at if at <= len(data) else None
