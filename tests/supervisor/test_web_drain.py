"""Two generations of the web server on one socket: the old one leaves, and nobody who asks meets a closed door."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from yunshu.config.supervisor.front import listen

pytestmark = pytest.mark.chaos
ROOT = Path(__file__).parents[2]
SERVER = """
import sys, types
async def application(scope, receive, send):
    body = sys.argv[4].encode()
    import asyncio
    await asyncio.sleep(0.02)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
asgi = types.ModuleType("yunshu.config.asgi")
asgi.application = application
sys.modules["yunshu.config.asgi"] = asgi
from yunshu.config.web import Server
Server(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])).serve_shared()
"""
"""Our server with a small application in the place of ours."""


@contextmanager
def generation(listener: int, word: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a server with two workers on the socket; yield it when both accept."""
    ready, write = os.pipe()
    command = [sys.executable, "-c", SERVER, str(listener), str(write), "2", word]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=(listener, write), start_new_session=True)
    os.close(write)
    got = b""
    while len(got) < 2:
        got += os.read(ready, 2) or pytest.fail("the server ended")
    os.close(ready)
    yield process
    process.terminate()
    process.wait(30)


@dataclass
class Callers:
    """Some keep their connection, some make a new one each time; all ask without a pause."""

    port: int
    answers: list[bytes] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, *, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.over.is_set():
            try:
                connection.request("GET", "/")
                self.answers.append(connection.getresponse().read())
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
                connection.close()
            if not keeps:
                connection.close()

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.ask, kwargs={"keeps": n % 2 == 0}) for n in range(6)]
        for thread in threads:
            thread.start()
        yield
        self.over.set()
        for thread in threads:
            thread.join()


def test_the_old_server_leaves_without_a_failed_request() -> None:
    with listen("127.0.0.1", 0) as listener, generation(listener.fileno(), "old") as old:
        callers = Callers(listener.getsockname()[1])
        with generation(listener.fileno(), "new"):
            with callers.asking():
                wait_for(callers, b"old", 50)
                old.send_signal(signal.SIGUSR1)
                time.sleep(1)
                drained = len(callers.answers)
                wait_for(callers, b"new", 50)
                old.terminate()
                old.wait(30)
                wait_for(callers, b"new", 50)
            assert callers.failures == []
            assert set(callers.answers[drained:]) == {b"new"}, "a drained server answers nothing new"


def wait_for(callers: Callers, word: bytes, more: int) -> None:
    """Wait until so many more answers have come from a generation."""
    goal, deadline = callers.answers.count(word) + more, time.monotonic() + 60
    while callers.answers.count(word) < goal:
        assert time.monotonic() < deadline, callers.failures
        time.sleep(0.01)
