"""County to city to province: three servers, a line that is cut while 20,000 changes queue, and nothing lost or doubled."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nats.errors
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from tests.consortium.harm import Link
from tests.nodes.running import serve

from yunshu.config.bootstrap import machine
from yunshu.lib.kernel.tasks import end
from yunshu.lib.nodes import accounts, connecting, forward, hub, tiers
from yunshu.lib.nodes.keys import seed_of, user_of

COUNTY, CITY = "445222", "445200"
QUEUED = 20_000


@dataclass
class Tier:
    """One server: its keys, its ports and its process."""

    folder: Path
    name: str
    platform: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    forwarder: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    leaf: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    port: int = field(default_factory=machine.free_port)
    leaf_port: int = field(default_factory=machine.free_port)

    def start(self, below: "Tier | None" = None, above: str = "") -> Callable[[], object]:
        self.folder.mkdir(exist_ok=True)
        server = accounts.Server(
            name=self.name,
            port=self.port,
            store=self.folder / "store",
            hub_user=user_of(self.platform),
            domain=self.name,
            leaf_port=self.leaf_port,
        )
        config = tiers.tier_config(
            server,
            [],
            lower={below.code: user_of(below.leaf)} if below else None,
            upper=(above, seed_of(self.leaf), user_of(self.forwarder)) if above else None,
        )
        file = self.folder / "server.json"
        accounts.write(file, config)
        process = serve(file, self.port)
        return lambda: machine.end(process, signal.SIGKILL, 10)

    @property
    def code(self) -> str:
        return {"county": COUNTY, "city": CITY}[self.name]

    @property
    def leaf_url(self) -> str:
        return f"nats-leaf://127.0.0.1:{self.leaf_port}"

    @asynccontextmanager
    async def connected(self, key: Ed25519PrivateKey) -> AsyncGenerator[Client, None]:
        async with connecting.connection([f"nats://127.0.0.1:{self.port}"], seed_of(key), self.name) as client:
            yield client


@asynccontextmanager
async def forwarding(lower: Tier, stream: str) -> AsyncGenerator[None, None]:
    async with lower.connected(lower.platform) as below, lower.connected(lower.forwarder) as above:
        stopped = asyncio.Event()
        task = asyncio.create_task(forward.forward(below, above, stream, lower.code, stopped=stopped))
        try:
            yield
        finally:
            stopped.set()
            await end([task])


async def publish(client: Client, first: int, last: int) -> None:
    stream = client.jetstream()
    waiting = [await stream.publish_async("changes.population", b"%d" % number) for number in range(first, last + 1)]
    await asyncio.gather(*waiting)


async def last_of(client: Client, stream: str) -> int:
    return int((await hub.ask(client, f"STREAM.INFO.{stream}"))["state"]["last_seq"])


async def reached(client: Client, stream: str, last: int, seconds: float) -> float:
    """Wait until the stream has message ``last``; return how long that took."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while await last_of(client, stream) < last:
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def everything(client: Client, stream: str) -> list[int]:
    """Return the bodies of all messages."""
    found: list[int] = []
    queue: asyncio.Queue = asyncio.Queue()
    inbox = client.new_inbox()
    await client.subscribe(inbox, cb=queue.put)
    last = await last_of(client, stream)
    while len(found) < last:
        question = json.dumps({"seq": len(found) + 1, "batch": 1000}).encode()
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", question, reply=inbox)
        while "Nats-Sequence" in ((message := await queue.get()).headers or {}):
            found.append(int(message.data))
    return found


@pytest.mark.slow
def test_a_lower_tier_can_ask_its_upper_one_for_nothing_else(tmp_path: Path) -> None:
    city, county = Tier(tmp_path / "city", "city"), Tier(tmp_path / "county", "county")

    async def story() -> None:
        async with city.connected(city.platform) as middle, county.connected(county.forwarder) as up:
            await forward.provision(middle, COUNTY)
            async with asyncio.timeout(10):
                while not await reachable(up):
                    await asyncio.sleep(0.1)
            stream = tiers.tier_stream(COUNTY)
            for subject in (
                "$JS.API.STREAM.LIST",
                f"$JS.API.STREAM.DELETE.{stream}",
                "tiers.445281.put",
                "nodes.orders.a.b",
            ):
                with pytest.raises((nats.errors.NoRespondersError, nats.errors.TimeoutError)):
                    await up.request(subject, b"", timeout=0.5)
            assert await last_of(middle, stream) == 0

    with ExitStack() as stack:
        stack.callback(city.start(below=county))
        stack.callback(county.start(above=city.leaf_url))
        asyncio.run(story())


async def reachable(up: Client) -> bool:
    try:
        return await forward.place_of(up, COUNTY) == forward.Place(0, 0)
    except forward.BROKEN:
        return False


@pytest.mark.chaos
@pytest.mark.parametrize("how", ["line cut", "city killed"])
def test_a_county_that_was_cut_off_brings_everything_up(tmp_path: Path, how: str) -> None:
    province, city, county = (Tier(tmp_path / name, name) for name in ("province", "city", "county"))

    async def story(stack: ExitStack) -> tuple[float, float, list[int]]:
        stack.callback(province.start(below=city))
        end_city = city.start(below=county, above=province.leaf_url)
        stack.callback(lambda: end_city())
        link = Link(city.leaf_url)
        stack.callback(county.start(above=link.url))
        async with (
            province.connected(province.platform) as top,
            city.connected(city.platform) as middle,
            county.connected(county.platform) as bottom,
        ):
            await forward.provision(top, CITY)
            await forward.provision(middle, COUNTY)
            await hub.make_stream(bottom, {"name": "CHANGES", "subjects": ["changes.>"], "allow_direct": True})
            async with forwarding(county, "CHANGES"), forwarding(city, tiers.tier_stream(COUNTY)):
                await publish(bottom, 1, 500)
                await reached(top, tiers.tier_stream(CITY), 500, 20)

                asyncio.get_running_loop().call_later(0.02, link.cut)  # in the midst of the work
                await publish(bottom, 501, QUEUED // 2)
                if how == "city killed":
                    end_city()
                await publish(bottom, QUEUED // 2 + 1, QUEUED)
                await asyncio.sleep(3)
                if how == "city killed":
                    end_city = city.start(below=county, above=province.leaf_url)
                    async with asyncio.timeout(10):
                        while not middle.is_connected:
                            await asyncio.sleep(0.02)
                before = await last_of(middle, tiers.tier_stream(COUNTY))
                assert before < QUEUED
                link.mend()
                first = await reached(middle, tiers.tier_stream(COUNTY), before + 1, 20)
                drained = await reached(top, tiers.tier_stream(CITY), QUEUED, 60)
            return first, drained, await everything(top, tiers.tier_stream(CITY))

    with ExitStack() as stack:
        first, drained, found = asyncio.run(story(stack))
    print(f"first after {first:.1f} s, all {QUEUED} at the province {drained:.1f} s later")
    assert found == list(range(1, QUEUED + 1))
    assert first < 5
