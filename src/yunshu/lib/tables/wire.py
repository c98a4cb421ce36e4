"""As much of PostgreSQL's protocol 3 as a COPY relayed from server to server needs (manual, 54.2.6 and 54.7).

A message is a type byte, a length that counts itself but not the type, and the rest. The stream of a COPY ends where the
answer to a second query begins, one that was sent together with the first and asks for a random word: no row can hold that
word, so the end is found by looking at the last bytes received, and no row's header is ever parsed.
"""

import re
import secrets
from struct import pack, unpack_from

COPY_DONE = b"c\0\0\0\4"
READY = b"Z\0\0\0\5"
_ABORTED = "25P02"  # what a failed transaction answers to every further query
TAIL_BYTES = 4096  # more than the answers that follow the last row, and than most error messages


def query(text: str) -> bytes:
    """Return the Query message."""
    body = text.encode() + b"\0"
    return b"Q" + pack("!i", len(body) + 4) + body


def header(kind: bytes, size: int) -> bytes:
    """Return the header of a message whose rest has ``size`` bytes."""
    return kind + pack("!i", size + 4)


class Marker:
    """The second query and its answer; ``status`` is the one the connection is in: ``I`` idle, ``T`` in a transaction."""

    def __init__(self, status: bytes = b"I") -> None:
        self.word = secrets.token_hex(16).encode()
        self.query = query(f"SELECT '{self.word.decode()}' AS w")
        field = b"w\0" + pack("!ihihih", 0, 0, 25, -1, -1, 0)
        described = header(b"T", 2 + len(field)) + b"\0\1" + field
        row = header(b"D", 6 + len(self.word)) + b"\0\1" + pack("!i", len(self.word)) + self.word
        self.answer = described + row + header(b"C", 9) + b"SELECT 1\0" + READY + status
        copied = re.escape(COPY_DONE) + rb"C\0\0\0.COPY ([0-9]+)\0" + re.escape(READY + status)
        self._end = re.compile(copied + re.escape(self.answer) + rb"\Z", re.DOTALL)

    def ends(self, tail: bytes | bytearray | memoryview) -> bool:
        """Say whether the answer to the second query ends here: the first is over, well or not."""
        return bytes(tail[-len(self.answer) :]) == self.answer

    def may_have_failed(self, tail: bytes | bytearray | memoryview) -> bool:
        """Say whether this may be the end of a failed transaction, in which the second query is not answered."""
        return bytes(tail[-6:]) == READY + b"E"

    def copied(self, tail: bytes) -> tuple[int, int] | None:
        """Return where in ``tail`` the rows end, and how many there were; None if the COPY did not succeed."""
        found = self._end.search(tail)
        return None if found is None else (found.start(), int(found[1]))


def error_before(stream: bytes) -> tuple[str, str] | None:
    """Return SQLSTATE and message of the last whole ErrorResponse in ``stream`` but one that only tells of an earlier one."""
    at = len(stream)
    while (at := stream.rfind(b"E", 0, at)) >= 0:
        if at + 5 <= len(stream):
            end = at + 1 + int(unpack_from("!I", stream, at + 1)[0])
            if end <= len(stream) and stream[end - 2 : end] == b"\0\0" and stream[at + 5 : at + 6] == b"S":
                found = error_fields(stream[at + 5 : end])
                if found[0] != _ABORTED:
                    return found
    return None


def error_fields(body: bytes) -> tuple[str, str]:
    """Return SQLSTATE and message of an ErrorResponse: message, then detail and context where there are any."""
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    parts = [fields[kind] for kind in (b"M", b"D", b"W") if kind in fields]
    return fields.get(b"C", "XX000"), "; ".join(parts)
