"""Our own programs as forks of the supervisor, which has imported them once: a start takes a moment, and memory is shared.

``python -m module words`` is run in the fork just as the interpreter would run it, in a session of its own, with its own
environment, log and name. What an import keeps open (connections, threads) must not exist before the fork.
"""

import atexit
import gc
import importlib
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import django

from yunshu.config.bootstrap import machine

os.environ.setdefault("SPT_NOENV", "1")  # a new name must not overwrite the environment, by which leftovers are found
import setproctitle

setproctitle.getproctitle()  # finds the place of the name while the first environment still lies beside it

DASH_M = (sys.executable, "-m")
MODULES = (
    "yunshu.config.asgi",
    "yunshu.config.urls",
    "yunshu.config.cli",
    "yunshu.lib.outpost.__main__",
    "yunshu.config.web",
    "django.core.management",
)
COMMANDS = (
    ("jobs", "work"),
    ("outbox", "relay"),
    ("outbox", "handle"),
    ("operations", "probe"),
    ("exchange", "hub"),
    ("exchange", "cascade"),
    ("exchange", "province"),
    ("hotline", "province"),
    ("hotline", "upper"),
    ("ledger", "submit"),
    ("city", "load"),
)
_POLL_SECONDS = 0.02


class Process(Protocol):
    """What the supervisor needs to know of a child, exec'd or forked."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise ``subprocess.TimeoutExpired``."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""


class Fork:
    """A forked child, with the part of ``subprocess.Popen`` that the supervisor uses."""

    def __init__(self, pid: int, command: Sequence[str]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._command = command

    def poll(self) -> int | None:
        """Return the exit code (below zero: the signal), None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise ``subprocess.TimeoutExpired``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(list(self._command), timeout or 0)
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)


def warm(values: Mapping[str, str]) -> None:
    """Import what the programs need, with ``values`` in the environment that the settings are read from."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    os.environ.update(values)
    django.setup()
    from django.core.management import get_commands, load_command_class
    from django.urls import get_resolver

    for module in MODULES:
        importlib.import_module(module)
    known = get_commands()
    for words in COMMANDS:
        name = "_".join(words)
        load_command_class(known[name], name)
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that it looks at


def start(command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path, keep: Sequence[int] = ()) -> Process:
    """Run a command that appends its output to ``log`` and ends when we do: ``python -m`` as a fork, others as programs.

    A fork keeps the open files ``keep`` under their numbers.
    """
    if tuple(command[:2]) != DASH_M:
        with log.open("ab") as sink:
            return machine.spawn(command, log=sink, env=dict(env), cwd=cwd)
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return Fork(pid, command)
    code = 1
    try:
        _become(parent, log, env, cwd, keep)
        code = _run(command[2], list(command[3:]))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _become(parent: int, log: Path, env: Mapping[str, str], cwd: Path, keep: Sequence[int]) -> None:
    """Be nobody's copy: own session, signals, environment, folder and files; whoever forked us takes us along."""
    os.setsid()
    for signum in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    machine.die_with(parent, signal.SIGTERM)
    empty = os.open(os.devnull, os.O_RDONLY)
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, number in ((empty, 0), (sink, 1), (sink, 2)):
        os.dup2(source, number)
    last = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    for first, end in pairwise([2, *sorted(keep), last + 1]):
        os.closerange(first + 1, end)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)


def _run(module: str, words: list[str]) -> int:
    setproctitle.setproctitle(" ".join([module.removeprefix("yunshu.config.").replace("cli", "yunshu"), *words]))
    sys.argv = [module, *words]
    for imported in (module, f"{module}.__main__"):
        sys.modules.pop(imported, None)  # it runs as __main__, as in a new interpreter
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        atexit._run_exitfuncs()  # os._exit passes over them
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
