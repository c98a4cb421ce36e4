"""What the supervisor keeps in the data folder: a lock that lives as long as it does, and ``instance.json``."""

import fcntl
import gzip
import json
import os
import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from yunshu.config import limits
from yunshu.config.bootstrap import machine

MARK = "YUNSHU_SUPERVISED"
ROTATE_BYTES = 10 * 1024 * 1024


@dataclass
class Folder:
    """The data folder of one instance."""

    path: Path
    _lock: int | None = field(default=None, repr=False)

    @property
    def instance(self) -> Path:
        """The file ``config.env`` reads addresses from."""
        return self.path / "instance.json"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.path / "logs"

    @property
    def progress(self) -> Path:
        """What the start has to say, line by line."""
        return self.logs / "start.log"

    def lock(self) -> bool:
        """Become the only supervisor of this folder; False if there is one. Held until this process ends."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        descriptor = os.open(self.path / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock = descriptor
        return True

    @property
    def lock_file(self) -> int:
        """The open lock, to be handed over. Raises RuntimeError where we do not hold it."""
        if self._lock is None:
            raise RuntimeError("the lock is not ours")
        return self._lock

    def take_lock(self, descriptor: int) -> None:
        """Hold the lock that was handed over open."""
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - its only form
        self._lock = descriptor

    def unlock(self) -> None:
        """Let another supervisor start."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_supervised(self) -> bool:
        """Say whether a supervisor holds the lock now."""
        if not (self.path / "supervisor.lock").exists():
            return False
        with (self.path / "supervisor.lock").open() as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def read(self) -> dict[str, Any]:
        """Return what ``instance.json`` says; empty if there is none."""
        try:
            known: dict[str, Any] = json.loads(self.instance.read_text())
        except (OSError, ValueError):
            return {}
        return known

    def write(self, values: dict[str, Any]) -> None:
        """Write ``instance.json`` for us only."""
        machine.write_private(self.instance, json.dumps(values, ensure_ascii=False, indent=1))

    def rotate_logs(self, now: datetime) -> None:
        """Pack each log that has grown too long away under its time; writers append and do not notice.

        What was packed is kept for ``YUNSHU_LOG_DAYS`` (at least half a year: 网络安全法 第二十一条), never pushed out by size.
        """
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > ROTATE_BYTES:
                self._pack(log, now)
        over = now.timestamp() - limits.LIMITS["log_days"].value * 86400
        for old in self.packed.glob("*.log.gz"):
            if old.stat().st_mtime < over:
                old.unlink()

    @property
    def packed(self) -> Path:
        """Where logs are kept that were written before."""
        return self.logs / "kept"

    def _pack(self, log: Path, now: datetime) -> None:
        self.packed.mkdir(mode=0o700, exist_ok=True)
        target = self.packed / f"{log.stem}-{now:%Y%m%dT%H%M%S}.log.gz"
        descriptor = os.open(target.with_suffix(".part"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with log.open("rb") as source, os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb") as out:
            shutil.copyfileobj(source, out)
        target.with_suffix(".part").rename(target)
        os.truncate(log, 0)


def leftovers(folder: Path) -> list[psutil.Process]:
    """Return the processes that an earlier supervisor of ``folder`` left, known by a mark in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def clear_leftovers(folder: Path) -> int:
    """End what an earlier supervisor left; return how many there were."""
    left = leftovers(folder)
    for process in left:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(left, timeout=10)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=5)
    return len(left)


def wait_until_free(folder: Folder, seconds: float) -> bool:
    """Wait until no supervisor holds the lock."""
    deadline = time.monotonic() + seconds
    while folder.is_supervised():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
