"""The web server: granian on a listening socket that it is given, so that two generations of it can share one address.

``python -m yunshu.config.web --fd N``. A connection waits in the socket's queue while nobody accepts, so none is refused
while the server is replaced or starts again. SIGUSR1 drains: the workers leave new connections to whoever else has the
socket, answer what comes on theirs and close each after its answer. SIGTERM then finds nothing that could be cut off.
"""

import argparse
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import FrameType
from typing import Any

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

Message = MutableMapping[str, Any]
Application = Callable[[Any, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
TARGET = "yunshu.config.asgi:application"
KILL_SECONDS, BACKLOG = 15, 4096


class Server(MPServer):
    """Granian, but on a socket that is open already, with a way to drain its workers."""

    def __init__(self, listener: int, ready: int, workers: int) -> None:
        super().__init__(
            TARGET,
            interface=Interfaces.ASGINL,
            workers=workers,
            workers_kill_timeout=KILL_SECONDS,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
            websockets=False,
            process_name="granian yunshu",
        )
        self.listener, self.ready = listener, ready
        self.drained, self.drain = os.pipe()
        """Workers read from the one; the other is closed to drain them."""

    def serve_shared(self) -> None:
        """Serve until SIGTERM."""
        signal.signal(signal.SIGUSR1, self._drain)
        self.serve(target_loader=self._load, wrap_loader=False)

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # its stub knows no arguments
        self._ssp: Any = None
        self._shd: Any = holder(self.listener, False, BACKLOG)  # noqa: FBT003 - no UNIX socket
        self._sfd: Any = self.listener
        self._sso: Any = None

    def _drain(self, _signum: int, _frame: FrameType | None) -> None:
        if self.drain >= 0:
            os.close(self.drain)
            self.drain = -1

    def _load(self) -> Application:
        """Return the application, in a worker that watches for the drain and says that it is ready."""
        from yunshu.config import asgi

        application: Any = asgi.application
        if self.drain >= 0:
            os.close(self.drain)
        draining = threading.Event()
        threading.Thread(target=_watch, args=(self.drained, self.listener, draining), daemon=True).start()
        if self.ready >= 0:
            with contextlib.suppress(OSError):  # whoever asked at the start has gone
                os.write(self.ready, b".")
        return closing(application, draining)


def closing(application: Application, draining: threading.Event) -> Application:
    """Return ``application``, which closes each connection after its answer once it is ``draining``."""

    async def wrapped(scope: Any, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        async def say(message: Message) -> None:
            if draining.is_set() and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await application(scope, receive, say)

    return wrapped


def _watch(drained: int, listener: int, draining: threading.Event) -> None:
    """Wait for the drain; then close connections after their answer, and accept no more."""
    os.read(drained, 1)
    draining.set()
    leave(listener)


def leave(listener: int) -> None:
    """Put a socket that nobody calls in the place of ``listener`` in this process, which then accepts nothing.

    Closing it would not do: the server's poll knows the open socket, which other processes keep open.
    """
    decoy = socket.create_server(("127.0.0.1", 0))
    decoy.setblocking(False)  # noqa: FBT003 - its only form
    name = f"socket:[{os.fstat(listener).st_ino}]"
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(entry.readlink()) == name:
                os.dup2(decoy.fileno(), int(entry.name), inheritable=False)
    decoy.detach()


def main() -> None:
    """Serve on the socket that ``--fd`` names; tell ``--ready`` of each worker that accepts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, default=-1, help="the listening socket; else --host and --port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--ready", type=int, default=-1, help="where to write a byte for each worker that is ready")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    fd = options.fd if options.fd >= 0 else socket.create_server((options.host, options.port), backlog=BACKLOG).detach()
    Server(fd, options.ready, options.workers).serve_shared()


if __name__ == "__main__":
    main()
