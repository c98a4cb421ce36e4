"""Frames: how something is appended to a file so that a kill at any byte is seen and cut away.

A frame is ``length (u32) | CRC-32 (u32) | zstd of the payload``, little-endian. A file ends at its last whole frame; what comes after
is a batch that was never said to be durable. The CRC finds torn writes, not forgers: digests for those are in ``segment``.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

HEAD = struct.Struct("<II")
LEVEL = 3
MOST = 1 << 30


def packed(payload: bytes) -> bytes:
    """Return a payload as a frame."""
    body = zstandard.ZstdCompressor(level=LEVEL).compress(payload)
    return HEAD.pack(len(body), zlib.crc32(body)) + body


def unpacked(frame: bytes) -> bytes:
    """Return the payload of a frame. Raises ValueError if it is not whole."""
    length, check = HEAD.unpack_from(frame)
    body = frame[HEAD.size :]
    if len(body) != length or zlib.crc32(body) != check:
        raise ValueError("a frame is damaged")
    return zstandard.ZstdDecompressor().decompress(body)


def read(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield, from the frame at ``start`` on, each whole frame's end and payload; stop at the first that is not whole."""
    unpack = zstandard.ZstdDecompressor()
    with path.open("rb") as file:
        file.seek(start)
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, check = HEAD.unpack(head)
            body = file.read(length) if length <= MOST else b""
            if len(body) != length or zlib.crc32(body) != check:
                return
            yield file.tell(), unpack.decompress(body)


def whole(path: Path) -> int:
    """Return where the last whole frame of a file ends."""
    end = 0
    for end, _ in read(path):  # noqa: B007 - the last one counts
        pass
    return end


class FrameFile:
    """An append-only file of frames. Opening it cuts away what a kill left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        fresh = not path.exists()
        self._file = path.open("ab")
        self.size_bytes = whole(path)
        self._file.truncate(self.size_bytes)
        if fresh:
            sync_folder(path.parent)

    def append(self, payload: bytes, *, sync: bool = True) -> None:
        """Write a frame; with ``sync`` it is on the disk on return. A disk that is full leaves the file as it was."""
        frame = packed(payload)
        try:
            self._file.write(frame)
            self._file.flush()
        except OSError:
            os.ftruncate(self._file.fileno(), self.size_bytes)
            raise
        if sync:
            os.fdatasync(self._file.fileno())
        self.size_bytes += len(frame)

    def sync(self) -> None:
        """Make what was appended durable."""
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
