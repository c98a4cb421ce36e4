"""The web part: its listening socket is the supervisor's, so its generations share one address and refuse nobody."""

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from yunshu.config import env
from yunshu.config.supervisor import forks
from yunshu.config.supervisor.forks import Process
from yunshu.config.supervisor.parts import Part
from yunshu.config.web import BACKLOG

READY_SECONDS, DRAIN_SECONDS = 60, 10
TRIED = ("/healthz", "/accounts/login/")


def listen(host: str, port: int) -> socket.socket:
    """Open the address that every generation of the web server accepts from."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


@dataclass
class Front(Part):
    """The web server's process."""

    workers: int = 1
    ready: int = -1
    """Where a byte comes from for each worker that accepts."""

    def is_ready(self, seconds: float = READY_SECONDS) -> bool:
        """Wait until every worker accepts connections; say whether they did."""
        deadline, missing = time.monotonic() + seconds, self.workers
        while missing > 0 and self.process is not None and self.process.poll() is None:
            readable, _, _ = select.select([self.ready], [], [], max(0.0, min(0.2, deadline - time.monotonic())))
            missing -= len(os.read(self.ready, missing)) if readable else 0
            if time.monotonic() > deadline:
                break
        return missing <= 0

    def drain(self, port: int, seconds: float = DRAIN_SECONDS) -> None:
        """Have it accept no more and answer what it has; return when its connections are gone, at the latest after ``seconds``."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + seconds
        time.sleep(0.5)  # the workers notice
        while time.monotonic() < deadline and _connections(self.process.pid, port):
            time.sleep(0.2)


def front(environment: Mapping[str, str], logs: Path, listener: socket.socket, *, workers: int = 0) -> Front:
    """Return the web part; ``workers`` 0: as many as the setting says."""
    count = workers or env.number("YUNSHU_WORKERS")
    part = Front("web", lambda: _launch(part, environment, logs, listener), workers=count)
    return part


def _launch(part: Front, environment: Mapping[str, str], logs: Path, listener: socket.socket) -> Process:
    if part.ready >= 0:
        os.close(part.ready)
    part.ready, write = os.pipe()
    words = ["--fd", str(listener.fileno()), "--ready", str(write), "--workers", str(part.workers)]
    command = [sys.executable, "-m", "yunshu.config.web", *words]
    keep = (listener.fileno(), write)
    try:
        return forks.start(command, log=logs / "web.log", env=environment, cwd=env.ROOT, keep=keep)
    finally:
        os.close(write)


def serves(environment: Mapping[str, str], logs: Path) -> bool:
    """Try this code at an address of its own: say whether it answers with pages."""
    with listen("127.0.0.1", 0) as listener:
        part = front(environment, logs, listener, workers=1)
        part.start()
        try:
            return part.is_ready() and all(answers("127.0.0.1", listener.getsockname()[1], path) for path in TRIED)
        finally:
            part.ask_to_end()
            part.finish()


def answers(host: str, port: int, path: str = "/healthz", seconds: float = 30) -> bool:
    """Say whether ``path`` answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connections(pid: int, port: int) -> int:
    """Return how many connections to ``port`` the server's workers hold."""
    count = 0
    try:
        for child in psutil.Process(pid).children(recursive=True):
            count += sum(
                c.laddr.port == port and c.status == psutil.CONN_ESTABLISHED for c in child.net_connections("tcp")
            )
    except (psutil.Error, subprocess.SubprocessError):
        return 0
    return count
