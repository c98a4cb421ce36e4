"""Parts: a piece of the stream in messages that the server takes, and how they become whole again.

A message's header ``Yunshu-Part`` says ``session.kind.number.part.parts``: kind ``o`` opening, ``c`` chunk, ``e`` closing.
It is not trusted: a wrong one makes an assembly fail, or a seal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yunshu.lib.kernel.errors import Refused

HEADER = "Yunshu-Part"
OPENING, CHUNK, CLOSING = "o", "c", "e"
PART_BYTES = 1 << 20
MOST_CHUNK_BYTES = 16 << 20
"""A receiver holds one chunk sealed, one open and two pulls: below 64 MB."""


@dataclass(frozen=True)
class Part:
    """Which piece of what a message is."""

    session: int
    kind: str
    number: int
    part: int
    parts: int

    def __str__(self) -> str:
        return f"{self.session}.{self.kind}.{self.number}.{self.part}.{self.parts}"

    @property
    def is_last(self) -> bool:
        """Whether the thing is whole with this part."""
        return self.part == self.parts - 1

    @property
    def whole(self) -> tuple[int, str, int]:
        """What it is a part of."""
        return self.session, self.kind, self.number


def count(size: int, part_bytes: int) -> int:
    """Return in how many parts so many bytes go; nothing goes in one."""
    return max(1, -(-size // part_bytes))


def split(session: int, kind: str, number: int, data: bytes, part_bytes: int) -> Iterator[tuple[Part, bytes]]:
    """Yield the parts of ``data``."""
    parts = count(len(data), part_bytes)
    for part in range(parts):
        yield Part(session, kind, number, part, parts), data[part * part_bytes : (part + 1) * part_bytes]


def read(headers: Mapping[str, str]) -> Part:
    """Return which part a message is; raise Refused (``part_malformed``)."""
    try:
        session, kind, number, part, parts = headers.get(HEADER, "").split(".")
        found = Part(int(session), kind, int(number), int(part), int(parts))
        if kind not in (OPENING, CHUNK, CLOSING) or not 0 <= found.part < found.parts:
            raise ValueError("out of range")
    except ValueError as error:
        raise Refused("part_malformed", "数据分片的标识不符。") from error
    return found


class Gap(Exception):
    """A part is missing or out of place."""


class Assembly:
    """The parts of one thing, until it is whole. Holds at most ``MOST_CHUNK_BYTES`` and a little."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._whole: tuple[int, str, int] | None = None

    def clear(self) -> None:
        """Forget what was begun."""
        self._pieces, self._size, self._whole = [], 0, None

    def take(self, part: Part, data: bytes) -> bytes | None:
        """Return the whole with its last part; None before. A first part begins anew.

        Raises Gap if this is not the part that comes next, and Refused (``chunk_too_large``).
        """
        if part.part == 0:
            self.clear()
            self._whole = part.whole
        if part.whole != self._whole or part.part != len(self._pieces):
            raise Gap(f"{part} after {len(self._pieces)} parts of {self._whole}")
        self._pieces.append(data)
        self._size += len(data)
        if self._size > MOST_CHUNK_BYTES + PART_BYTES:
            raise Refused("chunk_too_large", f"数据块超过 {MOST_CHUNK_BYTES >> 20} MiB 上限。")
        if not part.is_last:
            return None
        whole = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self.clear()
        return whole
