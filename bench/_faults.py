"""What goes wrong on purpose, and how long it is felt: parts killed and frozen, lines cut, the disk full."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
from _load import Load

from yunshu.config.world.doors import Program

PARTS = (
    "postgres",
    "nats",
    "web",
    "worker",
    "relay",
    "handlers",
    "probe",
    "ledger",
    "hub",
    "hub-bus",
    "nodes",
    "smart",
)
SERVERS = {"postgres", "nats", "hub-bus"}
RECOVERY_SECONDS, SPARE = 120, 1 << 20


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong: its name, and what does it (and undoes it before it returns)."""

    name: str
    strike: Callable[[], None]


@dataclass
class Chaos:
    """Draws faults; every draw comes from ``chance``."""

    load: Load
    cuts: Path
    disk: Path | None
    """The data folder, where it is a file system of its own that may be filled; None: it is not."""
    chance: random.Random

    def kinds(self) -> dict[str, Callable[[], Fault]]:
        """Return the kinds of faults that are possible here."""
        known = {"kill": self._kill, "freeze": self._freeze, "cut": self._cut}
        return known | ({"disk": self._fill} if self.disk else {})

    def draw(self, number: int) -> Fault:
        """Return the next fault: the kinds in turn, so that a short run sees each."""
        kinds = list(self.kinds().values())
        return kinds[number % len(kinds)]()

    def _part(self) -> tuple[str, int]:
        members = [name for name in self.load.instance.parts() if name.startswith("ledger-")]
        while True:
            name = self.chance.choice([*PARTS, self.chance.choice(members)])
            if pid := self.load.instance.pid(name):
                return name, pid

    def _kill(self) -> Fault:
        name, pid = self._part()
        child = self.chance.random() < 0.3 and name in {"web", "postgres"}

        def strike() -> None:
            doomed = pid
            if child and (children := _family(pid)[1:]):
                doomed = self.chance.choice(children)
            with suppress(ProcessLookupError):
                os.kill(doomed, signal.SIGKILL)

        return Fault(f"kill -9 {name}{' (one of its processes)' if child else ''}", strike)

    def _freeze(self) -> Fault:
        name, pid = self._part()
        seconds = self.chance.uniform(1, 5)

        def strike() -> None:
            family = _family(pid)
            for each in family:
                _signal(each, signal.SIGSTOP)
            time.sleep(seconds)
            for each in reversed(family):
                _signal(each, signal.SIGCONT)

        return Fault(f"freeze {name} for {seconds:.1f} s", strike)

    def _cut(self) -> Fault:
        line, word = self.chance.choice(["db", "nats", "hub"]), self.chance.choice(["hold", "reset"])
        seconds = self.chance.uniform(1, 5)

        def strike() -> None:
            control = self.cuts / f"cut-{line}"
            control.write_text(word)
            time.sleep(seconds)
            control.unlink()

        return Fault(f"cut {line} ({word}) for {seconds:.1f} s", strike)

    def _fill(self) -> Fault:
        seconds = self.chance.uniform(1, 4)

        def strike() -> None:
            assert self.disk is not None
            ballast = self.disk / "ballast"
            with suppress(OSError), ballast.open("wb") as file:
                while True:
                    file.write(bytes(SPARE))
            time.sleep(seconds)
            ballast.unlink()

        return Fault(f"disk full for {seconds:.1f} s", strike)


def recovery(load: Load, mark: str) -> float | None:
    """Return after how many seconds a new demand is taken, its fact handled and its record final; None if not in time."""
    began, program = time.monotonic(), Program(load.instance.url, load.key, load.diary, seconds=3)
    number = ""
    try:
        while time.monotonic() - began < RECOVERY_SECONDS:
            with suppress(psycopg.Error, httpx.HTTPError, OSError):
                if not number and (note := program.file(mark)).outcome == "done":
                    number = str(note.words["number"])
                if number and _through(load, number):
                    return time.monotonic() - began
            time.sleep(0.1)
    finally:
        program.close()
    return None


def _through(load: Load, number: str) -> bool:
    with load.at("yunshu") as connection:
        row = connection.execute(
            "SELECT (SELECT bool_and(published_at IS NOT NULL) FROM outbox_outboxentry WHERE payload->>'number' = %(n)s"
            " AND subject LIKE 'hotline.%%'), (SELECT bool_and(final_at IS NOT NULL) FROM ledger_record WHERE subject = %(n)s),"
            " (SELECT bool_and(EXISTS (SELECT 1 FROM outbox_handledevent h WHERE h.event_id = e.id)) FROM outbox_outboxentry e"
            " WHERE payload->>'number' = %(n)s AND subject = 'hotline.ticket.registered.v1')",
            {"n": number},
        ).fetchone()
    return bool(row and row[0] and row[1] is not False and row[2])


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[bool]:
    """Make ``folder`` a file system of ``mib`` MiB in memory, if we may; say whether it is one."""
    command = f"mount -t tmpfs -o size={mib}m,mode=755 yunshu-chaos {folder}"
    mounted = os.geteuid() == 0 and os.system(command) == 0
    try:
        yield mounted
    finally:
        if mounted:
            os.system(f"umount -l {folder}")


def _family(pid: int) -> list[int]:
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return []


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
