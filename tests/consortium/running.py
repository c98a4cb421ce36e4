"""Members at work in one process, over a real JetStream, each with its pages: for tests that meddle with them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nats.aio.client import Client
from tests.consortium.world import NAMES, ORG, charter, message, seals

from yunshu.config.bootstrap import EmbeddedNats, machine
from yunshu.lib import bus
from yunshu.lib.consortium import renewal
from yunshu.lib.consortium.charter import Charter, Limits
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.ordering import Order
from yunshu.lib.consortium.peer import Peer
from yunshu.lib.consortium.serve import opened, pages
from yunshu.lib.consortium.voice import Settings

SLUG = "test"
STOP_SECONDS = 30.0
GENESIS = charter(limits=Limits(entries=50, size_bytes=100_000))


@dataclass
class Town:
    """Four members, started and stopped one by one."""

    folder: Path
    nats: EmbeddedNats
    client: Client
    genesis: Charter = GENESIS
    ports: dict[str, int] = field(default_factory=lambda: {name: machine.free_port() for name in NAMES})
    peers: dict[str, Peer] = field(default_factory=dict)
    _stops: dict[str, asyncio.Event] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            settings = Settings(
                member=name,
                slug=SLUG,
                folder=self.folder / name,
                nats_url=self.nats.url,
                peers={other: self.url(other) for other in NAMES if other != name},
                cut_after_s=0.05,
                late_after_s=3.0,
            )
            self.peers[name] = opened(settings, self.genesis, seals(name))
            self._stops[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._run(name))

    async def _run(self, name: str) -> None:
        async with pages(self.peers[name], ("127.0.0.1", self.ports[name])):
            await self.peers[name].run(self._stops[name])

    async def stop(self, *names: str) -> None:
        """Stop them all, whatever became of each; then raise what one of them raised."""
        for name in names:
            self._stops[name].set()
        async with asyncio.timeout(STOP_SECONDS):
            ended = await asyncio.gather(*(self._tasks.pop(name) for name in names), return_exceptions=True)
        for name in names:
            del self.peers[name]
        for each in ended:
            if isinstance(each, Exception):
                raise each

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def order(self, epoch: int = 1) -> Order:
        return Order(self.client, SLUG, epoch)

    async def submit(self, first: int, last: int, *, epoch: int = 1, entries: int = 7) -> None:
        order = self.order(epoch)
        if epoch == 1:
            await order.create()
        for number in range(first, last + 1):
            await order.post(message(number, [b"%d-%d" % (number, at) for at in range(entries)]), f"{epoch}-{number}")

    async def lose_stream(self, epoch: int = 1) -> None:
        await self.client.jetstream().delete_stream(self.order(epoch).name)

    async def vote(self, *names: str) -> None:
        for name in names:
            log = self.peers[name].log
            await renewal.cast_vote(self.order(log.state.epoch + 1), log, seals(name))

    async def final_with(self, number: int, *names: str, seconds: float = 30) -> None:
        """Wait until batch ``number`` is final at every member named (all that run by default)."""
        await until(lambda: all(is_final(self.peers[name], number) for name in names or self.peers), seconds)

    def alarms(self) -> dict[str, set[str]]:
        return {name: {row[1] for row in peer.disk.alarms()} for name, peer in self.peers.items()}


def is_final(peer: Peer, number: int) -> bool:
    placed, final = peer.disk.batch(ORG, number), peer.disk.last_final()
    return bool(placed and final and placed.first + placed.count <= final[1].size)


def rewrite(disk: Disk, old: bytes, new: bytes) -> None:
    """Change an entry where it lies, as somebody with the machine's administrator rights would."""
    for first, data in list(disk._db.execute("SELECT first, data FROM chunk")):
        disk._db.execute("UPDATE chunk SET data = ? WHERE first = ?", (data.replace(old, new), first))


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    """Run NATS, give a town without members, end everything."""
    with tempfile.TemporaryDirectory(prefix="yunshu-nats-") as store:
        nats = EmbeddedNats(Path(store))
        await asyncio.to_thread(nats.start)
        try:
            async with bus.connection(nats.url, "test") as client:
                found = Town(folder, nats, client)
                try:
                    yield found
                finally:
                    await found.stop(*list(found.peers))
        finally:
            await asyncio.to_thread(nats.stop)
