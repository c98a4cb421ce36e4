"""A line between two parts that can be cut: ``python bench/_proxy.py LISTEN TARGET CONTROL``.

While the file CONTROL says ``hold`` nothing passes in either direction and no end hears why; ``reset`` breaks what is open and lets
nobody through; anything else, or no file, is a whole line.
"""

import asyncio
import sys
from pathlib import Path

LOOK_SECONDS, BYTES = 0.05, 1 << 16


class Line:
    """The line and what is open on it."""

    def __init__(self, target: int, control: Path) -> None:
        self.target, self.control = target, control
        self.whole = asyncio.Event()
        self.open: set[asyncio.StreamWriter] = set()

    async def watch(self) -> None:
        """Do what the file says."""
        while True:
            word = self.control.read_text().strip() if self.control.exists() else ""
            if word in {"hold", "reset"}:
                self.whole.clear()
            else:
                self.whole.set()
            if word == "reset":
                for writer in list(self.open):
                    writer.transport.abort()
            await asyncio.sleep(LOOK_SECONDS)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        await self.whole.wait()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self.open |= {writer, back}
        try:
            await asyncio.gather(self.carry(reader, back), self.carry(there, writer))
        finally:
            self.open -= {writer, back}

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one direction until it ends."""
        try:
            while data := await reader.read(BYTES):
                await self.whole.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            writer.transport.abort()
        finally:
            writer.close()


async def main() -> None:
    """Listen."""
    listen, target, control = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    line = Line(target, control)
    server = await asyncio.start_server(line.serve, "127.0.0.1", listen)
    async with server:
        await asyncio.gather(server.serve_forever(), line.watch())


if __name__ == "__main__":
    asyncio.run(main())
