"""A hub's desk and two outposts, over a real nats-server and two real databases."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.nodes.running import ALICE, BOB, NOW, Hub, opened, running
from tests.nodes.running import transfer as agreed
from tests.nodes.test_agent import HUB_KEY, HubDesk

from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.nodes import orders, receipts
from yunshu.lib.nodes.agent import Agent, Settings
from yunshu.lib.nodes.cards import CardBook
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import Order, Report, Verb
from yunshu.lib.outpost.settings import Database, NodeSettings
from yunshu.lib.outpost.work import TableWork

FIELDS = [
    {"name": "id", "type": "I", "required": True, "mask": {"mask": "keep"}},
    {"name": "name", "type": "C", "length": 50, "required": True, "mask": {"mask": "partial", "head": 1, "tail": 0, "fill": "*"}},
    {"name": "id_no", "type": "C", "length": 18, "mask": {"mask": "hash"}},
    {"name": "born", "type": "D", "mask": {"mask": "generalise_date", "unit": "year", "zone": "Asia/Shanghai"}},
    {"name": "area", "type": "N", "mask": {"mask": "keep"}},
]  # fmt: skip


def database(url: str, **more: Any) -> Database:
    return Database(alias="main", kind="url", at=url, **more)


def spec(role: str, **more: Any) -> dict[str, Any]:
    peer = BOB if role == "send" else ALICE
    table = "public.resident" if role == "send" else "residents"
    words = {"role": role, "peer": {"org": peer.card.org, "node": "n1"}, "resource": "307-01/0001", "database": "main"}
    return words | {"table": table, "mode": "swap", "fields": FIELDS, "rows": None} | more


class Desk(HubDesk):
    """The hub's side of one transfer after another."""

    async def say(self, to: NodeKeys, verb: Verb, words: dict[str, Any], name: str = "t1") -> Order:
        order = orders.new_order(verb, to.card, transfer=name, agreement="JX-2026-1", spec=words, now=NOW)
        await self.order(orders.write_order(order, [HUB_KEY]), to)
        return order

    async def until(self, order: Order, *news: str, seconds: float = 30) -> Report:
        async with asyncio.timeout(seconds):
            while True:
                for each in self.reports:
                    if each.order == order.id and each.news in news:
                        return each
                await asyncio.sleep(0.01)

    async def deliver(self, name: str = "t1", **more: Any) -> receipts.Signed:
        """Run a transfer to its receipt; the test fails on whatever a node reports instead."""
        sent = await self.say(ALICE, Verb.RUN, spec("send", **more), name)
        taken = await self.say(BOB, Verb.RUN, spec("receive", **more), name)
        reports = [await self.until(each, "done", "failed", "refused") for each in (sent, taken)]
        assert [each.news for each in reports] == ["done", "done"], [each.details for each in reports]
        asked = await self.say(ALICE, Verb.SIGN, {"receipt": reports[1].details["receipt"]}, name)
        signed = await self.until(asked, "receipt", "refused")
        return receipts.read(canonical(signed.details["receipt"]))


@asynccontextmanager
async def outpost(found: Hub, folder: Path, who: NodeKeys, place: Database) -> AsyncGenerator[Agent, None]:
    folder = folder / who.card.org
    settings = Settings(urls=found.urls, hub=(HUB_KEY.public,), folder=folder, version="1.0", health_s=0.5)
    book = CardBook(folder / "cards")
    for other in (ALICE, BOB):
        book.pin(other.signed_card, other.card.fingerprint)
    work = TableWork(NodeSettings(hub=tuple(found.urls), databases={place.alias: place}, patience_s=20), folder)
    agent, stopped = Agent(settings, who, work, now=lambda: NOW), asyncio.Event()
    task = asyncio.create_task(agent.run(stopped))
    try:
        yield agent
    finally:
        stopped.set()
        await asyncio.wait_for(task, 15)


@asynccontextmanager
async def two(folder: Path, source: Database, target: Database, *names: str) -> AsyncGenerator[Desk, None]:
    """Give the hub's desk, with an outpost at each database and the streams of these transfers."""
    with running(folder, ALICE, BOB) as found:
        async with opened(found, *(agreed(name) for name in names or ("t1",))) as platform:
            desk = Desk(platform)
            await desk.listen(ALICE, BOB)
            async with outpost(found, folder, ALICE, source), outpost(found, folder, BOB, target):
                yield desk
