"""Tiles (c2sp.org/tlog-tiles): a log as static files. Here: their paths, their bytes, and which ones a size has.

    tile/<L>/<N>[.p/<W>]         256 hashes of level 8 L, the n-th such row; W of them while the row is partial
    tile/entries/<N>[.p/<W>]     the entries below the n-th tile of level 0, each after its length as uint16
    checkpoint                   the signed head

N is written in groups of three digits, all but the last with an x: 1234067 is x001/x234/067.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import HASH_BYTES

WIDTH, HEIGHT, TOP_LEVEL = 256, 8, 63
MOST_ENTRY_BYTES = 0xFFFF
CHECKPOINT_PATH = "checkpoint"
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<groups>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Tile:
    """The name of a tile, or of a bundle of entries where ``level`` is None. ``width`` 256 is a full one."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Raise TlogError (``malformed``) if there is no such tile."""
        if not (0 <= (self.level or 0) <= TOP_LEVEL and self.index >= 0 and 1 <= self.width <= WIDTH):
            raise TlogError("malformed", f"there is no tile of level {self.level}, index {self.index}, {self.width}")

    @property
    def path(self) -> str:
        """The path below the log's prefix."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{name}" + (f".p/{self.width}" if self.width < WIDTH else "")


class TileReader(Protocol):
    """Where tiles are kept: a folder, a cache, another member over HTTP.

    A partial tile may be answered by a wider one of the same index: the hashes it begins with are the same.
    """

    def read(self, tile: Tile) -> bytes:
        """Return the bytes of ``tile``; raise TlogError (``missing``) if it is not kept."""
        ...


def parse_tile_path(path: str) -> Tile:
    """Return the tile of a path; raise TlogError (``malformed``) for a path that the format does not know."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise TlogError("malformed", f"not the path of a tile: {path[:80]!r}")
    level = None if match["level"] == "entries" else int(match["level"])
    tile = Tile(level, int(match["groups"].replace("x", "").replace("/", "")), int(match["width"] or WIDTH))
    if tile.path != path:
        raise TlogError("malformed", f"not the one path of a tile: {path[:80]!r}")
    return tile


def tile_width(level: int, index: int, size: int) -> int:
    """Return how many hashes the tile has in a tree of ``size`` leaves, 0 if it does not exist there."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - WIDTH * index))


def edge_tiles(size: int) -> Iterator[Tile]:
    """Yield the partial tiles at the right edge of a tree of ``size`` leaves, the lowest first, then the bundle."""
    level = 0
    while (count := size >> (HEIGHT * level)) > 0:
        if width := count % WIDTH:
            yield Tile(level, count // WIDTH, width)
        level += 1
    if width := size % WIDTH:
        yield Tile(None, size // WIDTH, width)


def split_tile(data: bytes, width: int) -> list[bytes]:
    """Return the first ``width`` hashes of a tile; raise TlogError (``malformed``) if it does not have them."""
    if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= WIDTH * HASH_BYTES:
        raise TlogError("malformed", f"a tile of {len(data)} bytes is not one of {width} hashes")
    return [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of 1 to 256 entries; raise TlogError (``malformed``) for one longer than 65,535 bytes."""
    if not 1 <= len(entries) <= WIDTH:
        raise TlogError("malformed", f"a bundle has 1 to {WIDTH} entries")
    require_entries(entries)
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the first ``width`` entries of a bundle; raise TlogError (``malformed``) if it does not hold them."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise TlogError("malformed", "the bundle ends within an entry")
        entries.append(data[at + 2 : end])
        at = end
    if not width <= len(entries) <= WIDTH:
        raise TlogError("malformed", f"the bundle has {len(entries)} entries, not {width}")
    return entries[:width]


def require_entries(entries: Sequence[bytes]) -> None:
    """Raise TlogError (``malformed``) if an entry is longer than its length can say."""
    for entry in entries:
        if len(entry) > MOST_ENTRY_BYTES:
            raise TlogError("malformed", f"an entry has at most {MOST_ENTRY_BYTES} bytes, not {len(entry)}")
