"""A sealed day: one file of many targets' blocks, found by a small index at its end, with two digests over the whole.

``blocks | index: (hash of the target, offset, length) sorted | names, zstd | footer``. Written beside its name and renamed, so a
segment is there whole or not at all. A chart reads the footer, the index and one block.
"""

import hashlib
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import zstandard

from yunshu.lib.crypto.digests import new_sha256, new_sm3
from yunshu.lib.samples import frames

MAGIC = b"YSS1"
_FOOTER = struct.Struct("<QQQII4s")
_ENTRY = struct.Struct(">QQI")
CHUNK = 1 << 20


class SegmentDamaged(ValueError):
    """A segment is not what was sealed: its name is in the message."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file of a sealed day, ready for the ledger. ``generation`` grows when late samples are sealed again.

    ``kind`` is ``runs`` (kept for good) or ``raw`` (kept N days). The digests are over the whole file.
    """

    day: date
    kind: str
    shard: int
    generation: int
    path: Path
    size_bytes: int
    targets: int
    samples: int
    sm3: bytes
    sha256: bytes
    replaces_sha256: bytes | None
    """The digest of the generation before; None for the first, and where that was deleted meanwhile."""


def hashed(target: str) -> int:
    """Return the 64 bits by which an index finds a target."""
    return int.from_bytes(hashlib.blake2b(target.encode(), digest_size=8).digest(), "big")


def write(path: Path, blocks: Iterable[tuple[str, bytes]], *, samples: int) -> None:
    """Write a segment durably. Raises ValueError if two targets share a hash (one in 4 x 10^11 for 10,000 targets)."""
    fresh = path.with_suffix(".new")
    entries: list[tuple[int, int, int]] = []
    names: list[str] = []
    with fresh.open("wb") as file:
        for target, block in blocks:
            entries.append((hashed(target), file.tell(), len(block)))
            names.append(target)
            file.write(block)
        entries.sort()
        if len({entry[0] for entry in entries}) != len(entries):
            raise ValueError("two targets share a hash or a name")
        index = file.tell()
        file.write(b"".join(_ENTRY.pack(*entry) for entry in entries))
        listed = zstandard.ZstdCompressor().compress("\n".join(names).encode())
        file.write(listed)
        file.write(_FOOTER.pack(index, samples, index + len(entries) * _ENTRY.size, len(listed), len(entries), MAGIC))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    frames.sync_folder(path.parent)


def block_of(path: Path, target: str) -> bytes | None:
    """Return a target's block; None if it is not in the segment. Raises SegmentDamaged."""
    with path.open("rb", buffering=0) as file:
        index, _, names, _, count = _footer(file.fileno(), path)
        data = os.pread(file.fileno(), names - index, index)
        wanted = hashed(target)
        at = bisect_left(range(count), wanted, key=lambda n: _ENTRY.unpack_from(data, n * _ENTRY.size)[0])
        if at == count:
            return None
        found, offset, length = _ENTRY.unpack_from(data, at * _ENTRY.size)
        return os.pread(file.fileno(), length, offset) if found == wanted else None


def names_of(path: Path) -> list[str]:
    """Return the targets of a segment. Raises SegmentDamaged."""
    with path.open("rb", buffering=0) as file:
        _, _, names, length, count = _footer(file.fileno(), path)
        listed = zstandard.ZstdDecompressor().decompress(os.pread(file.fileno(), length, names))
        return listed.decode().split("\n") if count else []


def samples_of(path: Path) -> int:
    """Return how many samples a segment was made from. Raises SegmentDamaged."""
    with path.open("rb", buffering=0) as file:
        return _footer(file.fileno(), path)[1]


def _footer(handle: int, path: Path) -> tuple[int, int, int, int, int]:
    size = os.fstat(handle).st_size
    tail = os.pread(handle, _FOOTER.size, max(size - _FOOTER.size, 0))
    if len(tail) != _FOOTER.size:
        raise SegmentDamaged(f"{path.name} is cut short")
    index, samples, names, length, count, magic = _FOOTER.unpack(tail)
    if magic != MAGIC or names != index + count * _ENTRY.size or names + length + _FOOTER.size != size:
        raise SegmentDamaged(f"{path.name} is no whole segment")
    return index, samples, names, length, count


def digests(path: Path) -> tuple[bytes, bytes]:
    """Return SM3 and SHA-256 of a file."""
    sm3, sha256 = new_sm3(), new_sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sm3.update(chunk)
            sha256.update(chunk)
    return sm3.digest(), sha256.digest()
