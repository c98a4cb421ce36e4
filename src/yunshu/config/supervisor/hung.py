"""Processes that no longer turn: each writes a figure that must change (``lib.observe.pulse``); one that does not is killed, and started again.

Time is counted in looks of the supervisor itself, not by the clock: a machine that slept, or was short of time as a whole, kills nobody.
"""

import os
import shutil
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import structlog

from yunshu.config.supervisor.state import MARK
from yunshu.lib.observe.pulse import PATIENCE_SECONDS

log = structlog.get_logger()
FOLDER = ".pulses"


class Hung:
    """Looks at the pulses of one instance."""

    def __init__(self, data: Path, look_seconds: float, patience_s: int) -> None:
        self.folder = data / FOLDER
        self._data, self._look_seconds, self._patience_s = data, look_seconds, patience_s
        self._seen: dict[Path, tuple[str, int]] = {}

    def clear(self) -> None:
        """Forget what earlier processes left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def look(self) -> list[str]:
        """Compare every pulse with the last look; kill what has stood still too long, and return its names."""
        killed = []
        for file in self.folder.iterdir():
            text = _read(file)
            before, looks = self._seen.get(file, ("", 0))
            looks = looks + 1 if text == before else 0
            self._seen[file] = (text, looks)
            if looks * self._look_seconds <= self._patience(text):
                continue
            self._seen.pop(file)
            file.unlink(missing_ok=True)
            name, _dot, pid = file.name.rpartition(".")
            if _kill(int(pid), self._data):
                log.error("supervisor.part_hung", part=name, pid=int(pid))
                killed.append(name)
        self._seen = {file: seen for file, seen in self._seen.items() if file.exists()}
        return killed

    def _patience(self, text: str) -> float:
        """Return how long this process may stand still: what it says of itself, if that is longer than ours."""
        _figure, _space, own = text.partition(" ")
        return max(self._patience_s, int(own) if own.isdigit() and int(own) > PATIENCE_SECONDS else 0)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _kill(pid: int, data: Path) -> bool:
    """Kill a process if it is one of ours; False for one that is gone (its number may be another's)."""
    try:
        if psutil.Process(pid).environ().get(MARK) != str(data):
            return False
        os.kill(pid, signal.SIGKILL)
    except (psutil.Error, ProcessLookupError):
        return False
    return True
