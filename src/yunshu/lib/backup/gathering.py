"""A folder, as the entries of a manifest: files as they are, SQLite databases by SQLite's own backup, unchanged ones not again.

Databases come last: what a program publishes from its database is then never newer than the database (a ledger member's
public files). A file that grows while it is read is taken as long as it was; one that vanishes was not there.
"""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from yunshu.lib.backup.manifest import FOLDER, LINK, Entry
from yunshu.lib.backup.repository import PIECE_BYTES, Repository
from yunshu.lib.crypto.digests import new_sha256

SQLITE = b"SQLite format 3\0"
_COMPANIONS = ("-wal", "-shm", "-journal")
Told = Callable[[int], None]
"""Called with the bytes just read."""


def silent(_size: int) -> None:
    """Tell nobody."""


def gather(
    root: Path,
    leave_out: Callable[[str], bool],
    to: Repository,
    known: Mapping[str, Entry] | None = None,
    told: Told = silent,
) -> Iterator[Entry]:
    """Yield an entry for every folder and file below ``root`` that ``leave_out`` (of the relative path) does not name.

    ``known`` are entries of an earlier backup: a file with the same stamp (size, time, inode) is not read again.
    """
    databases = []
    for path, name, found in _walk(root, leave_out):
        if stat.S_ISLNK(found.st_mode):
            yield Entry(name, LINK, stamp=str(path.readlink()))
        elif stat.S_ISDIR(found.st_mode):
            yield Entry(name, FOLDER, stat.S_IMODE(found.st_mode))
        elif is_sqlite(path):
            databases.append((path, name, found))
        elif not (entry := _unchanged(name, _stamp(found), known)):
            if made := _taken(path, name, found, to, told):
                yield made
        else:
            yield entry
    for path, name, found in databases:
        stamp = " ".join([_stamp(found), *(_stamp_of(Path(f"{path}{end}")) for end in _COMPANIONS[:1])])
        if entry := _unchanged(name, stamp, known):
            yield entry
        elif made := _database(path, name, stat.S_IMODE(found.st_mode), stamp, to, told):
            yield made


def store(name: str, mode: int, source: BinaryIO, to: Repository, *, stamp: str = "", told: Told = silent) -> Entry:
    """Keep what ``source`` holds; return its entry."""
    digest, size, pieces = new_sha256(), 0, []
    while data := _whole_piece(source):
        digest.update(data)
        size += len(data)
        pieces.append(to.put(data))
        told(len(data))
    return Entry(name, mode=mode, size=size, stamp=stamp, sha256=digest.hexdigest(), pieces=tuple(pieces))


def is_sqlite(path: Path) -> bool:
    """Say whether a file is an SQLite database."""
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:
        return False


def total(entries: Iterable[Entry]) -> int:
    """Return how many bytes the entries hold."""
    return sum(entry.size for entry in entries)


def _walk(root: Path, leave_out: Callable[[str], bool]) -> Iterator[tuple[Path, str, os.stat_result]]:
    for entry in sorted(_scan(root), key=lambda each: each.name):
        name = entry.name
        if leave_out(name):
            continue
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield Path(entry.path), name, found
        if entry.is_dir(follow_symlinks=False):
            for path, below, known in _walk(Path(entry.path), lambda rest, name=name: leave_out(f"{name}/{rest}")):  # type: ignore[misc]
                yield path, f"{name}/{below}", known


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            kinds = [
                each for each in found if each.is_symlink() or each.is_dir() or each.is_file()
            ]  # no sockets, no pipes
    except FileNotFoundError:
        return []
    names = {each.name for each in kinds}
    return [
        each
        for each in kinds
        if not any(each.name.endswith(end) and each.name.removesuffix(end) in names for end in _COMPANIONS)
    ]


def _taken(path: Path, name: str, found: os.stat_result, to: Repository, told: Told) -> Entry | None:
    try:
        with path.open("rb") as file:
            return store(name, stat.S_IMODE(found.st_mode), file, to, stamp=_stamp(found), told=told)
    except FileNotFoundError:
        return None


def _database(path: Path, name: str, mode: int, stamp: str, to: Repository, told: Told) -> Entry | None:
    """Keep a database as it is at one moment, while its owner goes on writing."""
    with tempfile.TemporaryDirectory(prefix="yunshu-backup-") as folder:
        copy = Path(folder) / "copy.sqlite"
        try:
            source = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=60)
        except sqlite3.OperationalError:
            return None
        target = sqlite3.connect(copy)
        try:
            source.backup(target)
        finally:
            source.close()
            target.close()
        with copy.open("rb") as file:
            return store(name, mode, file, to, stamp=stamp, told=told)


def _unchanged(name: str, stamp: str, known: Mapping[str, Entry] | None) -> Entry | None:
    entry = known.get(name) if known else None
    return entry if entry is not None and entry.stamp == stamp else None


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _stamp_of(path: Path) -> str:
    try:
        return _stamp(path.stat())
    except FileNotFoundError:
        return "-"


def _whole_piece(source: BinaryIO) -> bytes:
    """Read a full piece where there is one: a pipe gives less at a time."""
    parts, left = [], PIECE_BYTES
    while left and (data := source.read(left)):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)
