"""Harm that is not a kill: a link that can be cut, a disk that is full."""

import asyncio
import resource
import threading
from contextlib import suppress
from urllib.parse import urlsplit

ALL = resource.RLIM_INFINITY
LARGEST_FILE = 4096
"""What a file may hold on a "full" disk: nothing can grow beyond it, as on a disk without a free block."""


class Link(threading.Thread):
    """A TCP way to ``target`` that can be cut: what is open breaks, what is new is refused, until it is mended."""

    def __init__(self, target: str) -> None:
        super().__init__(daemon=True)
        found = urlsplit(target)
        assert found.hostname
        assert found.port
        self._target, self._url = (found.hostname, found.port), found
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._ready = threading.Event()
        self._port = 0
        self.start()
        self._ready.wait()

    @property
    def url(self) -> str:
        who, at, _where = self._url.netloc.rpartition("@")
        return self._url._replace(netloc=f"{who}{at}127.0.0.1:{self._port}").geturl()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._break)

    def mend(self) -> None:
        self._whole = True

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", 0))
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    def _break(self) -> None:
        self._whole = False
        for writer in self._open:
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


def fill_disk(pid: int) -> None:
    """Let no file of the process grow: every write fails as on a full disk."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, ALL))


def free_disk(pid: int) -> None:
    """Undo :func:`fill_disk`."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (ALL, ALL))
