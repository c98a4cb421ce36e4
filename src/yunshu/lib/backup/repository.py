"""A repository on a disk, a share or another machine's mount: pieces, manifests, and what was begun and not finished.

    repository.json          the keys (``sealing``)
    pieces/ab/abcd…          1 MiB of content: zstd, then SM4-GCM bound to its name, HMAC-SM3 of the content
    base/ point/ wal/        manifests
    unfinished/NAME          somebody is writing NAME, or was killed while writing it
    verified/NAME.json       what restoring NAME on trial said

Equal content is stored once, so a second backup writes only what is new, and a killed one goes on with the pieces it wrote.
"""

import ctypes
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard

from yunshu.lib.backup import manifest as manifests
from yunshu.lib.backup import sealing
from yunshu.lib.backup.manifest import BASE, POINT, WAL, Head, Manifest
from yunshu.lib.backup.sealing import Keys
from yunshu.lib.crypto import digests, sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

PIECE_BYTES = 1 << 20
KINDS = (BASE, POINT, WAL)
PIECES, UNFINISHED, VERIFIED = "pieces", "unfinished", "verified"
_LIBC = ctypes.CDLL(None, use_errno=True)
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Repository:
    """An opened repository; used from one thread."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder, self.keys = folder, keys
        self.added_bytes = 0
        """Sealed bytes written by this process."""
        self._zip, self._unzip = zstandard.ZstdCompressor(level=1), zstandard.ZstdDecompressor()

    # pieces ----------------------------------------------------------------------------------------------------------

    def put(self, plain: bytes) -> str:
        """Keep a piece unless it is kept already; return its name. Raises Refused (``backup_disk_full``)."""
        name = digests.hmac_sm3(self.keys.naming, plain).hex()
        path = self._piece(name)
        if not path.exists():
            sealed = sm4.seal(self.keys.content, self._zip.compress(plain), name.encode())
            with self.told_when_full():
                _write_piece(path, sealed)
            self.added_bytes += len(sealed)
        return name

    def get(self, name: str) -> bytes:
        """Return a piece; raise Refused (``piece_missing``, ``piece_damaged``)."""
        try:
            sealed = self._piece(name).read_bytes()
        except FileNotFoundError as error:
            raise Refused("piece_missing", f"备份缺少一块数据 {self._piece(name)}，请改用另一份备份。") from error
        try:
            # the seal is bound to the name, which is the digest of what was sealed: no need to digest it again
            return self._unzip.decompress(sm4.unseal(self.keys.content, sealed, name.encode()), PIECE_BYTES * 2)
        except (CryptoError, zstandard.ZstdError) as error:
            raise self._damaged(name) from error

    def names(self) -> Iterator[str]:
        """Yield the names of all pieces."""
        for folder in sorted((self.folder / PIECES).glob("??")):
            yield from (path.name for path in folder.iterdir())

    # manifests -------------------------------------------------------------------------------------------------------

    def finish(self, made: Manifest) -> None:
        """Write a manifest, after everything it names is on disk; from now on the backup exists."""
        with self.told_when_full():
            self._sync()
            sealing.write_whole(self._manifest(made.head.kind, made.head.name), manifests.write(made, self.keys))
        (self.folder / UNFINISHED / made.head.name).unlink(missing_ok=True)

    def read(self, kind: str, name: str) -> Manifest:
        """Return a manifest; raise NotFound (``backup_not_found``) and Refused (``manifest_damaged``)."""
        try:
            return manifests.read(self._manifest(kind, name).read_bytes(), self.keys)
        except FileNotFoundError as error:
            raise NotFound("backup_not_found", f"{self.folder} 里没有备份 {name}。") from error

    def has(self, kind: str, name: str) -> bool:
        """Say whether there is such a manifest."""
        return self._manifest(kind, name).exists()

    def listed(self, kind: str) -> list[str]:
        """Return the names of the manifests of a kind, the oldest first."""
        return sorted(path.name for path in (self.folder / kind).glob("[!.]*"))

    def heads(self, kind: str) -> list[Head]:
        """Return the heads of a kind whose signatures stand, the oldest first; damaged ones are left out."""
        found = []
        for name in self.listed(kind):
            try:
                found.append(manifests.read_head(self._manifest(kind, name).read_bytes(), self.keys.signer.public))
            except (Refused, FileNotFoundError):
                continue
        return sorted(found, key=lambda head: head.moment)

    def remove(self, kind: str, name: str) -> None:
        """Forget a backup; its pieces go with the next ``sweep``."""
        self._manifest(kind, name).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete the pieces that no manifest names; return how many. The caller holds the lock alone (``alone``)."""
        named = {piece for kind in KINDS for name in self.listed(kind) for piece in self._pieces_of(kind, name)}
        gone = [name for name in self.names() if name not in named]
        for name in gone:
            self._piece(name).unlink(missing_ok=True)
        return len(gone)

    # runs ------------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Write backup ``name`` meanwhile: marked until ``finish``; pruning waits."""
        with self._locked(fcntl.LOCK_SH):
            mark = self.folder / UNFINISHED / name
            sealing.write_whole(mark, str(os.getpid()).encode())
            try:
                yield
            except Exception:  # refused or failed, not killed: nobody need be told again
                mark.unlink(missing_ok=True)
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nothing is pruned meanwhile; on a disk that cannot be written to nothing is anyway."""
        try:
            with self._locked(fcntl.LOCK_SH):
                yield
        except PermissionError:
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile; raise Conflict (``backup_busy``) if somebody does."""
        with self._locked(fcntl.LOCK_EX):
            yield

    def clear_unfinished(self) -> list[str]:
        """Look at what was begun and not finished: damaged pieces of it are deleted, sound ones are gone on with.

        Returns the names of the backups that were given up; none while somebody writes, for who can tell his from a dead one's.
        """
        marks = sorted((self.folder / UNFINISHED).glob("[!.]*"))
        if not marks:
            return []
        with suppress(Conflict), self.alone():
            since = min(mark.stat().st_mtime for mark in marks) - 1
            for name in list(self.names()):
                if self._piece(name).stat().st_mtime >= since:
                    self._drop_if_damaged(name)
            for draft in self.folder.glob("*/.*"):
                draft.unlink(missing_ok=True)
            for draft in self.folder.glob(f"{PIECES}/??/.*"):
                draft.unlink(missing_ok=True)
            for mark in marks:
                mark.unlink(missing_ok=True)
            return [mark.name for mark in marks]
        return []

    # trials ----------------------------------------------------------------------------------------------------------

    def keep_trial(self, name: str, words: dict[str, Any]) -> None:
        """Keep what restoring ``name`` on trial said."""
        text = json.dumps(words, ensure_ascii=False, indent=1)
        sealing.write_whole(self.folder / VERIFIED / f"{name}.json", text.encode())

    def last_trial(self) -> dict[str, Any]:
        """Return the newest trial; empty if there was none."""
        found = [json.loads(path.read_text()) for path in (self.folder / VERIFIED).glob("[!.]*.json")]
        return max(found, key=lambda words: str(words.get("at", "")), default={})

    def size_bytes(self) -> int:
        """Return how many bytes the repository takes."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @contextmanager
    def told_when_full(self) -> Iterator[None]:
        """Turn a full disk into Refused (``backup_disk_full``) that says what to do."""
        try:
            yield
        except OSError as error:
            if error.errno not in _FULL:
                raise
            free = shutil.disk_usage(self.folder).free >> 20
            message = (
                f"备份目录 {self.folder} 空间不足（剩 {free} MB），这次备份没有完成，以前的备份不受影响。"
                "请扩容，或调小保留份数后执行 yunshu backup prune，再重新备份：已写的数据块会接着用。"
            )
            raise Refused("backup_disk_full", message) from error

    def _sync(self) -> None:
        """Put everything written to the repository's file system on disk: one call for thousands of pieces."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            if _LIBC.syncfs(handle):
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(handle)

    def _piece(self, name: str) -> Path:
        return self.folder / PIECES / name[:2] / name

    def _manifest(self, kind: str, name: str) -> Path:
        return self.folder / kind / name

    def _pieces_of(self, kind: str, name: str) -> Iterator[str]:
        for entry in self.read(kind, name).entries:
            yield from entry.pieces

    def _drop_if_damaged(self, name: str) -> None:
        try:
            self.get(name)
        except Refused:
            self._piece(name).unlink(missing_ok=True)

    def _damaged(self, name: str) -> Refused:
        return Refused("piece_damaged", f"备份的数据块 {self._piece(name)} 已损坏或被改动，请改用另一份备份。")

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, how | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(
                    "backup_busy", f"备份目录 {self.folder} 正被另一个备份或清理使用，请稍候再试。"
                ) from error
            yield


def create(folder: Path, passphrase: str, now: datetime) -> Repository:
    """Make a repository in an empty folder. Raises Refused (``folder_not_empty``, ``passphrase_short``)."""
    if folder.exists() and any(folder.iterdir()):
        raise Refused("folder_not_empty", f"{folder} 不是空目录，也不是备份目录，请换一个目录。")
    return Repository(folder, sealing.create(folder, passphrase, now))


def opened(folder: Path, passphrase: str) -> Repository:
    """Open a repository; raises as ``sealing.open_keys``."""
    return Repository(folder, sealing.open_keys(folder, passphrase))


def _write_piece(path: Path, sealed: bytes) -> None:
    """Write a piece whole; ``finish`` puts it on disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(sealed)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
