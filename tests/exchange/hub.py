"""A bureau, two departments with a node each, and the hub's process with its bus: the real parts of the exchange."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connections
from tests.exchange.world import NOW, OWNER_RIGHTS, World
from tests.factories.directory import staff
from tests.nodes.running import serve
from tests.outpost.conftest import Pair
from tests.outpost.office import database

from yunshu.config.bootstrap import EmbeddedNats, machine
from yunshu.domains.exchange import contracts, services, switching
from yunshu.domains.exchange.models import Agreement
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import accounts
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.agent import Agent, Settings
from yunshu.lib.nodes.cards import CardBook
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.switchboard import configuration, place_of
from yunshu.lib.outpost.settings import Database, NodeSettings
from yunshu.lib.outpost.work import TableWork

OPERATOR = (contracts.NODE_OPERATE, contracts.DELIVERY_VIEW)
RIGHTS = (*OWNER_RIGHTS, contracts.DELIVERY_VIEW)
PEOPLE = """
CREATE TABLE person (id_number text PRIMARY KEY, name text NOT NULL, born_on date, division text, secret_note text);
INSERT INTO person SELECT lpad(i::text, 18, '0'), '张三' || i, date '1980-01-01' + i, (445202 + i % 2)::text, '内部'
FROM generate_series(1, 400) AS i
"""


@dataclass
class Office:
    """A world whose police and county have a node each."""

    world: World
    operator: Any
    police: NodeKeys
    county: NodeKeys

    def enrol(self, keys: NodeKeys) -> None:
        services.enrol_node(
            actor=self.operator, card=keys.signed_card, fingerprint=keys.card.fingerprint, now=clock.now()
        )

    def agree(self, **more: Any) -> Agreement:
        today = clock.city_date(clock.now())
        return self.world.agreed(starts_on=today, ends_on=today + timedelta(days=200), **more)


def made(world: World) -> Office:
    operator = staff(OPERATOR, org=world.city)
    world.owner = staff(RIGHTS, org=world.police)
    world.clerk = staff(RIGHTS, org=world.county)
    keys = [node_keys.generate(org.code, "n1", now=NOW) for org in (world.police, world.county)]
    office = Office(world, operator, *keys)
    for each in keys:
        office.enrol(each)
    return office


class Hub:
    """The hub's process in a thread, a real nats-server, and nodes in the test's loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = node_keys.generate("PLATFORM", "hub", now=NOW)
        self.url = f"nats://127.0.0.1:{machine.free_port()}"
        self.place = place_of(self.url, folder, self.keys.card.bus)
        accounts.write(self.place.config, configuration(self.place, []))
        self.server = serve(self.place.config, self.place.server.port)
        self.bus = EmbeddedNats(folder / "bus")
        self.bus.start()
        self._stopped: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self) -> None:
        self._stopped, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await switching.work(self.place, self.keys, self.bus.url, self._stopped)

    def __enter__(self) -> "Hub":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stopped is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(20)
        self.server.terminate()
        self.server.wait()
        self.bus.stop()

    @asynccontextmanager
    async def node(self, keys: NodeKeys, place: Database, *peers: NodeKeys) -> AsyncGenerator[Agent, None]:
        folder = self.folder / keys.card.org
        book = CardBook(folder / "cards")
        for peer in peers:
            book.pin(peer.signed_card, peer.card.fingerprint)
        work = TableWork(NodeSettings(hub=(self.url,), databases={"main": place}, patience_s=5), folder)
        settings = Settings(
            urls=[self.url], hub=self.keys.card.public_keys, folder=folder, version="test", health_s=0.3
        )
        stopped = asyncio.Event()
        task = asyncio.create_task(Agent(settings, keys, work).run(stopped))
        try:
            yield work  # type: ignore[misc]
        finally:
            stopped.set()
            await asyncio.wait_for(task, 15)


@contextmanager
def running(folder: Path, office: Office, pair: Pair) -> Iterator[Hub]:
    """Run hub and nodes while the test goes on in its own thread."""
    ready, over = threading.Event(), threading.Event()
    with Hub(folder) as hub:

        async def nodes() -> None:
            source = database(pair.source_url, send=("public.*",))
            target = database(pair.target_url, receive="incoming")
            async with hub.node(office.police, source, office.county), hub.node(office.county, target, office.police):
                ready.set()
                while not over.is_set():
                    await asyncio.sleep(0.05)

        thread = threading.Thread(target=lambda: asyncio.run(nodes()), daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield hub
        finally:
            over.set()
            thread.join(30)
    connections.close_all()


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    pause = threading.Event()
    for _turn in range(int(seconds / 0.1)):
        if condition():
            return
        pause.wait(0.1)
    raise AssertionError("it did not come to pass")
