"""A process that hangs is found: its own loop turns a wheel, a thread carries the news out.

Every few seconds the thread looks whether the wheel has turned. If so it writes a file that the supervisor compares (``folder``), pets
systemd's watchdog (``sd_notify``), and less often tells the database. A loop that stands still, a process that is stopped or starved
lets all three fall silent; the supervisor, or systemd, then kills it and starts it again.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

import structlog

log = structlog.get_logger()
PAUSE_SECONDS = 3.0
PATIENCE_SECONDS = 60
TELL_EVERY = 5
"""Every fifth news goes to the database too."""
FOLDER = "YUNSHU_PULSES"


class Notebook(Protocol):
    """Who else is told (the database)."""

    def alive(self) -> None:
        """The process lives."""

    def over(self) -> None:
        """It ends as it was told to."""


class Pulse:
    """One process' pulse. ``turn`` is called by its loop; everything else by the thread.

    ``patience_s``: so long one round may take. ``ends``: where nobody outside looks at this very process (a worker
    of the web server), the thread itself ends it when the patience is over, and the server starts another.
    """

    def __init__(
        self, process: str, notes: Notebook | None = None, *, patience_s: int = PATIENCE_SECONDS, ends: bool = False
    ) -> None:
        folder = os.environ.get(FOLDER, "")
        self._file = Path(folder) / f"{process}.{os.getpid()}" if folder else None
        self._notes, self._patience_s, self._ends = notes, patience_s, ends
        self._wheel = itertools.count(1)
        self._turned = self._seen = 0
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def turn(self) -> None:
        """Say: the loop goes round."""
        self._turned = next(self._wheel)

    def asked(self, stopped: Callable[[], bool]) -> Callable[[], bool]:
        """Return ``stopped`` that turns the wheel each time a loop asks it."""

        def turned() -> bool:
            self.turn()
            return stopped()

        return turned

    def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Begin; a ``loop`` of asyncio is asked to turn the wheel by itself."""
        self._loop = loop
        self.turn()
        self._thread.start()

    def stop(self) -> None:
        """End as told to: nobody need worry."""
        self._stopped.set()
        self._thread.join(PAUSE_SECONDS)
        if self._file is not None:
            self._file.unlink(missing_ok=True)
        self._tell(is_over=True)

    def _run(self) -> None:
        changed_at = time.monotonic()
        for count in itertools.count():
            if self._turned != self._seen:
                self._seen = self._turned
                self._publish()
                changed_at = time.monotonic()
                if count % TELL_EVERY == 0:
                    self._tell()
            elif self._ends and time.monotonic() - changed_at > self._patience_s:
                log.error("observe.stands_still", seconds=self._patience_s)
                os.kill(os.getpid(), signal.SIGKILL)
            if self._loop is not None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending
                    self._loop.call_soon_threadsafe(self.turn)
            if self._stopped.wait(PAUSE_SECONDS):
                return

    def _publish(self) -> None:
        notify("WATCHDOG=1")
        if self._file is not None:
            try:
                self._file.write_text(f"{self._seen} {self._patience_s}")
            except OSError as error:
                log.warning("observe.pulse_unwritten", error=str(error))

    def _tell(self, *, is_over: bool = False) -> None:
        if self._notes is None:
            return
        try:
            self._notes.over() if is_over else self._notes.alive()
        except Exception as error:  # the database may be away; the pulse is no reason to end
            log.warning("observe.beat_unwritten", error=type(error).__name__)


def notify(words: str) -> None:
    """Tell systemd, if it listens (sd_notify(3): one datagram to ``$NOTIFY_SOCKET``)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect("\0" + address[1:] if address.startswith("@") else address)
        sender.send(words.encode())


@asynccontextmanager
async def beating(
    process: str, notes: Notebook | None = None, *, patience_s: int = PATIENCE_SECONDS
) -> AsyncIterator[Pulse]:
    """Keep a pulse while the block runs in this event loop."""
    pulse = Pulse(process, notes, patience_s=patience_s)
    pulse.start(asyncio.get_running_loop())
    notify("READY=1")
    try:
        yield pulse
    finally:
        await asyncio.to_thread(pulse.stop)


@contextmanager
def turning(process: str, notes: Notebook | None = None, *, patience_s: int = PATIENCE_SECONDS) -> Iterator[Pulse]:
    """Keep a pulse while the block runs; its loop calls ``turn`` each time round."""
    pulse = Pulse(process, notes, patience_s=patience_s)
    pulse.start()
    notify("READY=1")
    try:
        yield pulse
    finally:
        pulse.stop()
