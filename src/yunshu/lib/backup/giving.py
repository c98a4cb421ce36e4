"""Entries of a manifest, as files again: every piece opened, every file's digest compared before it counts."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from yunshu.lib.backup.gathering import Told, silent
from yunshu.lib.backup.manifest import FOLDER, LINK, Entry
from yunshu.lib.backup.repository import Repository
from yunshu.lib.crypto.digests import new_sha256
from yunshu.lib.kernel.errors import Refused

Own = Callable[[Path], None]
"""Called with each path made, to give it to its user."""


def nobody(_path: Path) -> None:
    """Leave it ours."""


def give(entries: Iterable[Entry], source: Repository, root: Path, own: Own = nobody, told: Told = silent) -> int:
    """Write the entries below ``root``; return how many bytes.

    Raises Refused: what ``Repository.get`` raises, ``entry_damaged``, and ``entry_outside`` for a path that leaves ``root``.
    """
    written = 0
    folders = []
    for entry in entries:
        path = root / _inside(entry.path)
        if entry.kind == FOLDER:
            path.mkdir(parents=True, exist_ok=True)
            folders.append((path, entry.mode))
        elif entry.kind == LINK:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(_leading_inside(entry, root))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            written += _write(entry, path, source, told)
        if entry.kind != LINK:
            own(path)
    for path, mode in folders:
        path.chmod(mode)
    return written


def _write(entry: Entry, path: Path, source: Repository, told: Told) -> int:
    digest, size = new_sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for name in entry.pieces:
            data = source.get(name)
            digest.update(data)
            size += len(data)
            file.write(data)
            told(len(data))
    path.chmod(entry.mode)
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise Refused("entry_damaged", f"{entry.path} 恢复出来的内容与清单的摘要不符，请改用另一份备份。")
    return size


def _leading_inside(entry: Entry, root: Path) -> str:
    """Return where a link leads; raise Refused (``entry_outside``) unless that is below ``root``."""
    leads = PurePosixPath(os.path.normpath(PurePosixPath(entry.path).parent / entry.stamp))
    if leads.is_absolute() or ".." in leads.parts:
        raise Refused("entry_outside", f"清单里的链接 {entry.path} 指向恢复目录之外（{entry.stamp}），拒绝写入。")
    return entry.stamp


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise Refused("entry_outside", f"清单里的路径 {name} 越出了恢复目录，拒绝写入。")
    return path
