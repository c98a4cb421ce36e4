"""The parts the supervisor keeps alive, each with its own log; a dead one is started again, ever more slowly."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from yunshu.config import env
from yunshu.config.supervisor import forks
from yunshu.config.supervisor.forks import Process
from yunshu.lib import papers

log = structlog.get_logger()
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60
YUNSHU = (sys.executable, "-m", "yunshu.config.cli")


@dataclass
class Part:
    """One process: how it is launched and asked to end."""

    name: str
    launch: Callable[[], Process]
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 25
    process: Process | None = None
    restarts: int = 0
    pause: float = FIRST_PAUSE
    started_at: float = 0
    again_at: float = 0
    on_end: Callable[[int | None], None] | None = None
    """Told the exit code when it has ended by itself."""

    def start(self) -> None:
        """Launch it now."""
        self.process = self.launch()
        self.started_at = time.monotonic()

    def tend(self) -> bool:
        """Launch it again if it has ended and its pause is over; say whether it was launched."""
        now = time.monotonic()
        if self.process is None or self.process.poll() is None:
            return False
        if not self.again_at:
            self._note_death(now)
        if now < self.again_at:
            return False
        self.again_at = 0
        self.restarts += 1
        try:
            self.start()
        except OSError as error:  # no room for a log or a settings file: as if it had ended at once
            self._put_off(now, error)
            return False
        return True

    def ask_to_end(self) -> None:
        """Send the signal; ``finish`` waits."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def finish(self) -> None:
        """Wait for the end; whatever remains of its session is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            log.warning("supervisor.part_killed", part=self.name)
        self._kill_session()
        self.process.wait(10)
        self.process = None

    def _note_death(self, now: float) -> None:
        self._kill_session()
        self.pause = FIRST_PAUSE if now - self.started_at > STEADY_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        self.again_at = now + self.pause
        code = self.process.returncode if self.process else None
        log.warning("supervisor.part_ended", part=self.name, code=code, again_in=self.pause)
        if self.on_end:
            self.on_end(code)

    def _put_off(self, now: float, error: OSError) -> None:
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        self.again_at = now + self.pause
        log.error("supervisor.part_not_started", part=self.name, error=str(error), again_in=self.pause)

    def _kill_session(self) -> None:
        """Kill what a part left in its process group (workers whose parent was killed), so that ports are free."""
        if self.process is not None and self.stop_signal == signal.SIGTERM:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


def program(name: str, command: list[str], environment: dict[str, str], logs: Path) -> Part:
    """Return a part that runs ``command`` with its output in ``logs/name.log``."""

    return Part(name, lambda: forks.start(command, log=logs / f"{name}.log", env=environment, cwd=env.ROOT))


def own_parts(environment: dict[str, str], logs: Path) -> list[Part]:
    """Return Yunshu's own processes but the web server (``front``); one that reads pictures only where the extra ``ocr`` is, that of the backups only where they have
    a place, that of the telephones only where something carries calls.
    """
    commands = {
        "worker": [*YUNSHU, "jobs", "work"],
        "relay": [*YUNSHU, "outbox", "relay"],
        "handlers": [*YUNSHU, "outbox", "handle"],
        "probe": [*YUNSHU, "operations", "probe"],
        "smart": [*YUNSHU, "jobs", "work", "--queue", "smart"],
    }
    if papers.reader_installed():
        commands["reader"] = [*YUNSHU, "jobs", "work", "--queue", "pictures"]
    if env.text("YUNSHU_BACKUP_FOLDER"):
        commands["backup"] = [*YUNSHU, "backup", "keep"]
    if env.text("YUNSHU_PHONE") != "none":
        commands["phone"] = [*YUNSHU, "hotline", "phone"]
    return [program(name, command, environment, logs) for name, command in commands.items()]
