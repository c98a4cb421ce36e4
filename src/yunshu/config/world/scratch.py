"""An instance in a folder of its own, apart from whatever runs beside it: no mailbox, no gateway, no neighbour of the real one."""

import csv
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from yunshu.config import env
from yunshu.config.supervisor.state import MARK, leftovers
from yunshu.lib.kernel.errors import Refused

FIRST_PORT = 18400
UP_SECONDS = 900
_KEPT = {"YUNSHU_CITY", "YUNSHU_SHARED", "YUNSHU_LOG"}


@dataclass
class Scratch:
    """A data folder and ``yunshu`` over it; ``settings`` on top of the defaults, nothing of this process's own."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes: what is declared stands at its default, whatever this process was given."""
        declared = {variable.name for variable in env.VARIABLES} - _KEPT | {MARK}
        plain = {"YUNSHU_DATA": str(self.data), "YUNSHU_SAMPLES": "0", "YUNSHU_PORT": str(FIRST_PORT)}
        return {key: value for key, value in os.environ.items() if key not in declared} | plain | self.settings

    def yunshu(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command over it; return what came of it."""
        command = [sys.executable, "-m", "yunshu.config.cli", *words]
        return subprocess.run(  # noqa: S603 - our own program
            command,
            env=self.environment(),
            cwd=env.ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=UP_SECONDS,
        )

    def up(self) -> None:
        """Start it. Raises Refused (``scratch_not_started``)."""
        done = self.yunshu("up")
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise Refused("scratch_not_started", f"{self.data} 没有启动成功：{''.join(last)}")

    def down(self) -> None:
        """Stop it, whatever state it is in."""
        self.yunshu("down")

    def kill(self) -> int:
        """Kill all of it at one blow, servers and supervisor included, as when the power goes; return how many processes."""
        doomed = {process.pid: process for process in [*leftovers(self.data), *self._servers()]}
        for pid in doomed:
            with suppress(ProcessLookupError):  # a child may go with its parent
                os.kill(pid, signal.SIGKILL)
        psutil.wait_procs(list(doomed.values()), timeout=20)
        return len(doomed)

    def parts(self) -> dict[str, int]:
        """Return the process of each part."""
        known = json.loads((self.data / "instance.json").read_text())["parts"]
        return {name: int(part["pid"]) for name, part in known.items()}

    def pid(self, part: str) -> int:
        """Return the process of a part, 0 where there is none."""
        return self.parts().get(part, 0)

    def value(self, name: str) -> str:
        """Return a setting of the running instance."""
        return str(json.loads((self.data / "instance.json").read_text())["env"].get(name, ""))

    @property
    def url(self) -> str:
        """Its address."""
        return self.value("YUNSHU_URL")

    def passwords(self) -> dict[str, str]:
        """Return the sample accounts' passwords."""
        with (self.data / "accounts.txt").open() as sheet:
            return {row["username"]: row["password"] for row in csv.DictReader(sheet)}

    def _servers(self) -> list[psutil.Process]:
        """Return PostgreSQL and everything it forked: they do not bear the mark."""
        try:
            first = psutil.Process(int((self.data / "postgres" / "postmaster.pid").read_text().split()[0]))
            if str(self.data) not in " ".join(first.cmdline()):
                return []
            return [first, *first.children(recursive=True)]
        except (OSError, ValueError, IndexError, psutil.Error):
            return []
