"""Handing a running instance over to other code: the supervisor executes the new program in its own place.

It stays the same process: its children stay its children, PostgreSQL and NATS do not notice, the lock and the web's
listening socket stay open. What the new program must know is in ``handover.json`` (ours alone, deleted when read).
Whoever wants it asks by ``takeover.json``; the supervisor looks for it between its rounds.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yunshu.config import env
from yunshu.config.bootstrap import machine
from yunshu.config.supervisor.state import Folder

REQUEST, FILE, WORD = "takeover.json", "handover.json", "--take-over"


@dataclass(frozen=True)
class Program:
    """Code to run: an interpreter with its packages, and the folder of the source."""

    python: str
    root: str

    @classmethod
    def ours(cls) -> "Program":
        """Return the code that is running here."""
        return cls(sys.executable, str(env.ROOT))


@dataclass(frozen=True)
class Handover:
    """What the next program takes over: open files, the environment of the first start, ports and processes by name.

    ``failure``: it is the former program again, because the other could not serve.
    """

    lock: int
    listener: int
    turn: int
    before: Program
    environment: dict[str, str]
    ports: dict[str, int]
    parts: dict[str, int]
    failure: str = ""


def ask(folder: Folder) -> None:
    """Ask the supervisor to hand its instance over to this code."""
    machine.write_private(folder.path / REQUEST, json.dumps(asdict(Program.ours())))


def is_asked(folder: Folder) -> bool:
    """Say whether somebody waits for the supervisor to hand over."""
    return (folder.path / REQUEST).exists()


def asked(folder: Folder) -> Program | None:
    """Return the program that somebody wants to take over, once."""
    path = folder.path / REQUEST
    if not path.exists():
        return None
    words = json.loads(path.read_text())
    path.unlink()
    return Program(**words)


def execute(folder: Folder, program: Program, given: Handover) -> None:
    """Become ``program``; returns only by an OSError, with nothing changed."""
    machine.write_private(folder.path / FILE, json.dumps(asdict(given)))
    for descriptor in (given.lock, given.listener):
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - its only form
    sys.stdout.flush()
    sys.stderr.flush()
    here = Path.cwd()
    os.chdir(program.root)
    words = [program.python, "-m", "yunshu.config.supervisor.run", WORD]
    try:
        os.execve(program.python, words, given.environment | {"YUNSHU_DATA": str(folder.path)})  # noqa: S606 - our own program
    finally:
        os.chdir(here)


def read(folder: Folder) -> Handover:
    """Return what was handed over to us, and delete it."""
    path = folder.path / FILE
    words: dict[str, Any] = json.loads(path.read_text())
    path.unlink()
    return Handover(**words | {"before": Program(**words["before"])})
