"""Where the bytes lie: the data folder's ``files/ab/abcd…``, named by their SHA-256.

Bytes are written to a temporary name, synced and renamed before the row that names them commits: a killed process
leaves at most bytes nobody names, which ``services.sweep`` finds.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import default_storage

from yunshu.lib.crypto.digests import new_sha256, new_sm3

PIECE_BYTES = 256 * 1024
INCOMING = "incoming"


@dataclass(frozen=True)
class Digests:
    """What a file is known by."""

    sha256: str
    sm3: str
    size_bytes: int


class TooLarge(ValueError):
    """More bytes than allowed came."""


def root() -> Path:
    """Return the folder of all files."""
    return Path(default_storage.path(""))


def path_of(sha256: str) -> Path:
    """Return where the bytes with this digest lie."""
    return root() / sha256[:2] / sha256


def receive(pieces: Iterable[bytes], most_bytes: int) -> tuple[Path, Digests]:
    """Write what comes to a temporary file, hashing on the way; raise TooLarge at the first byte too many."""
    folder = root() / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    sha256, sm3, size = new_sha256(), new_sm3(), 0
    descriptor, name = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > most_bytes:
                    raise TooLarge(size)
                sha256.update(piece)
                sm3.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name), Digests(sha256.digest().hex(), sm3.digest().hex(), size)


def settle(incoming: Path, sha256: str) -> None:
    """Give received bytes their name; the same bytes already there are left as they are."""
    place = path_of(sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    incoming.chmod(0o640)
    incoming.rename(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def digests_of(file: BinaryIO) -> Digests:
    """Hash a file anew."""
    sha256, sm3, size = new_sha256(), new_sm3(), 0
    while piece := file.read(PIECE_BYTES):
        size += len(piece)
        sha256.update(piece)
        sm3.update(piece)
    return Digests(sha256.digest().hex(), sm3.digest().hex(), size)


def stored() -> Iterator[Path]:
    """Yield everything that lies in the folder, received or settled."""
    for folder in sorted(root().glob("*")):
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if path.is_file())


def is_older(path: Path, than: float) -> bool:
    """Say whether ``path`` was last written before ``than`` (seconds of the epoch); False if it is gone by now."""
    try:
        return path.stat().st_mtime < than
    except FileNotFoundError:
        return False
