"""The loop of a node: it obeys the hub alone, reports what it did, and signs what was moved."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from tests.nodes.running import ALICE, BOB, MALLORY, NOW, Chunks, Hub, opened, running, transfer

from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.nodes import hub, names, orders, receipts
from yunshu.lib.nodes.agent import Agent, Settings
from yunshu.lib.nodes.asking import Found
from yunshu.lib.nodes.cards import CardBook
from yunshu.lib.nodes.envelope import Closing
from yunshu.lib.nodes.journal import RECEIVE
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import Order, Report, Verb
from yunshu.lib.nodes.work import Moved, Outcome

HUB_KEY = keys.generate(Algorithm.ED25519)
SPECS: dict[str, dict[str, Any]] = {
    "send": {"role": "send", "peer": {"org": BOB.card.org, "node": "n1"}, "resource": "307-01/0001"},
    "direct": {"role": "direct", "resource": "307-01/0001"},
    "receive": {"role": "receive", "peer": {"org": ALICE.card.org, "node": "n1"}, "resource": "307-01/0001"},
}


class Desk:
    """A work that sends ``Chunks`` and keeps what comes; ``slow_s`` between chunks."""

    def __init__(self, count: int = 5, slow_s: float = 0) -> None:
        self.got: dict[int, bytes] = {}
        self.closed, self.discarded = 0, list[str]()
        self.chunks, self.slow_s = Chunks(count, 50_000), slow_s

    async def source(self, order: Order) -> Chunks:
        return self.chunks

    async def target(self, order: Order) -> "Desk":
        return self

    async def commit(self, number: int, chunk: bytes) -> None:
        await asyncio.sleep(self.slow_s)
        self.got[number] = chunk

    async def finish(self, closing: Closing) -> Outcome:
        return Outcome(rows=len(self.got), verified_by="回读比对")

    async def close(self) -> None:
        self.closed += 1

    async def direct(self, order: Order) -> Moved:
        done = Outcome(rows=6, quarantined_rows=1, verified_by="回读比对")
        return Moved(rows=7, size_bytes=70, chunks=2, root="ab" * 32, digest="sha256", outcome=done)

    async def discard(self, order: Order) -> None:
        self.discarded.append(order.transfer)

    async def answer(self, order: Order) -> Found:
        if order.spec.get("hang"):
            await asyncio.sleep(60)
        return Found(rows=json.dumps([order.spec]), count=1, more=False)

    async def watch(self, stopped: asyncio.Event) -> None:
        await stopped.wait()

    async def let_go(self) -> None:
        self.let_gone = True


class HubDesk:
    """The hub's side: gives orders, hears reports."""

    def __init__(self, client: Client) -> None:
        self.client, self.reports, self.raw = client, list[Report](), list[bytes]()

    async def listen(self, *nodes: NodeKeys) -> None:
        for each in nodes:
            await hub.admit(self.client, each.card.org, each.card.node)

            async def hear(message: Any, card: Any = each.card) -> None:
                self.reports.append(orders.read_report(message.data, card))

            await self.client.subscribe(names.reports(each.card.org, each.card.node), cb=hear)

    async def order(self, data: bytes, to: NodeKeys) -> None:
        await self.client.jetstream().publish(names.orders(to.card.org, to.card.node), data)

    async def run(self, to: NodeKeys, role: str, verb: Verb = Verb.RUN, **spec: Any) -> Order:
        order = orders.new_order(verb, to.card, transfer="t1", agreement="JX-2026-1", spec=SPECS[role] | spec, now=NOW)
        await self.order(orders.write_order(order, [HUB_KEY]), to)
        return order

    async def news(self, news: str, count: int = 1) -> list[Report]:
        async with asyncio.timeout(20):
            while len(found := [each for each in self.reports if each.news == news]) < count:
                await asyncio.sleep(0.01)
        return found


@asynccontextmanager
async def at_work(found: Hub, folder: Path, who: NodeKeys, desk: Desk) -> AsyncGenerator[Agent, None]:
    settings = Settings(
        urls=found.urls, hub=(HUB_KEY.public,), folder=folder / str(who.card.org), version="1.0", health_s=0.3
    )
    book = CardBook(settings.folder / "cards")
    for other in (ALICE, BOB):
        book.pin(other.signed_card, other.card.fingerprint)
    agent, stopped = Agent(settings, who, desk, now=lambda: NOW), asyncio.Event()
    task = asyncio.create_task(agent.run(stopped))
    try:
        yield agent
    finally:
        stopped.set()
        await asyncio.wait_for(task, 10)


@asynccontextmanager
async def office(folder: Path, *nodes: NodeKeys) -> AsyncGenerator[tuple[Hub, HubDesk], None]:
    with running(folder, ALICE, BOB, MALLORY) as found:
        async with opened(found, transfer()) as platform:
            desk = HubDesk(platform)
            await desk.listen(ALICE, BOB)
            yield found, desk


def test_two_nodes_move_data_and_both_sign_the_receipt(tmp_path: Path) -> None:
    sender, receiver = Desk(), Desk()

    async def story() -> receipts.Signed:
        async with (
            office(tmp_path) as (found, desk),
            at_work(found, tmp_path, ALICE, sender),
            at_work(found, tmp_path, BOB, receiver),
        ):
            await desk.run(ALICE, "send")
            await desk.run(BOB, "receive")
            done = await desk.news("done", 2)
            half = next(each.details["receipt"] for each in done if "receipt" in each.details)
            await desk.run(ALICE, "send", Verb.SIGN, receipt=half)
            (signed,) = await desk.news("receipt")
            return receipts.read(canonical(signed.details["receipt"]))

    signed = asyncio.run(story())
    assert receiver.got == {number: sender.chunks.chunk(number) for number in range(5)}
    assert receipts.check(signed, {"source": ALICE.card, "target": BOB.card}) == []
    assert signed.receipt.source.rows == signed.receipt.target.rows == 5


def test_orders_that_are_not_the_hubs_or_not_for_us_or_late_are_refused(tmp_path: Path) -> None:
    good = orders.new_order(Verb.RUN, ALICE.card, transfer="t1", spec=SPECS["send"], now=NOW)
    stranger = keys.generate(Algorithm.ED25519)
    late = replace(good, id="late", expires_at=NOW.isoformat())
    foreign = orders.new_order(Verb.RUN, BOB.card, transfer="t1", now=NOW)
    early = replace(good, id="early", issued_at=(NOW + timedelta(hours=1)).isoformat())

    async def story() -> list[str]:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Desk()):
            await desk.order(orders.write_order(good, [stranger]), ALICE)
            await desk.order(b"not a letter", ALICE)
            for bad in (late, foreign, early):
                await desk.order(orders.write_order(bad, [HUB_KEY]), ALICE)
            return [each.details["code"] for each in await desk.news("refused", 5)]

    codes = asyncio.run(story())
    assert codes == ["signature_wrong", "letter_malformed", "order_expired", "order_foreign", "order_early"]


def test_an_order_that_is_replayed_does_nothing(tmp_path: Path) -> None:
    order = orders.new_order(Verb.QUERY, ALICE.card, transfer="t1", now=NOW)

    async def story() -> int:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Desk()):
            for _ in range(3):
                await desk.order(orders.write_order(order, [HUB_KEY]), ALICE)
            await desk.run(ALICE, "send", Verb.HEALTH)
            await desk.news("health", 2)
            return len(await desk.news("progress"))

    assert asyncio.run(story()) == 1


def test_a_running_transfer_stops_at_once_and_goes_on_when_ordered_again(tmp_path: Path) -> None:
    sender, receiver = Desk(40), Desk(slow_s=0.1)

    async def story() -> tuple[Report, float]:
        async with (
            office(tmp_path) as (found, desk),
            at_work(found, tmp_path, ALICE, sender),
            at_work(found, tmp_path, BOB, receiver),
        ):
            await desk.run(ALICE, "send")
            await desk.run(BOB, "receive")
            while not receiver.got:
                await asyncio.sleep(0.01)
            began = asyncio.get_running_loop().time()
            await desk.run(BOB, "receive", Verb.STOP)
            (stopped,) = await desk.news("stopped")
            took = asyncio.get_running_loop().time() - began
            receiver.slow_s = 0
            await desk.run(BOB, "receive")
            await desk.news("done", 2)
            return stopped, took

    stopped, took = asyncio.run(story())
    assert stopped.details["was_running"] is True
    assert took < 1
    assert len(receiver.got) == 40


def test_a_transfer_that_is_stopped_for_good_leaves_nothing_behind(tmp_path: Path) -> None:
    sender, receiver = Desk(40), Desk(40, slow_s=0.05)

    async def story() -> int:
        async with (
            office(tmp_path) as (found, desk),
            at_work(found, tmp_path, ALICE, sender),
            at_work(found, tmp_path, BOB, receiver) as agent,
        ):
            await desk.run(ALICE, "send")
            await desk.run(BOB, "receive")
            while not receiver.got:
                await asyncio.sleep(0.01)
            await desk.run(BOB, "receive", Verb.STOP, discard=True)
            await desk.news("stopped")
            return agent.journal.progress("t1", RECEIVE).next_chunk

    assert asyncio.run(story()) == 0
    assert (receiver.discarded, receiver.closed) == (["t1"], 1)


def test_one_node_that_reaches_both_databases_signs_for_both_sides(tmp_path: Path) -> None:
    async def story() -> receipts.Signed:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Desk()):
            await desk.run(ALICE, "direct")
            (done,) = await desk.news("done")
            return receipts.read(canonical(done.details["receipt"]))

    signed = asyncio.run(story())
    assert receipts.check(signed, {"source": ALICE.card, "target": ALICE.card}) == []
    assert (signed.receipt.source.rows, signed.receipt.target.rows, signed.receipt.quarantined_rows) == (7, 6, 1)


def test_a_stranger_is_no_peer(tmp_path: Path) -> None:
    peer = {"org": MALLORY.card.org, "node": "n1"}

    async def story() -> Report:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Desk()):
            await desk.run(ALICE, "send", peer=peer)
            return (await desk.news("refused"))[0]

    assert asyncio.run(story()).details["code"] == "card_unknown"


@pytest.mark.slow
def test_reports_wait_while_the_hub_is_away(tmp_path: Path) -> None:
    async def story() -> dict[str, Any]:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Desk()) as agent:
            await desk.news("health")
            found.kill()
            agent._report(orders.News.FAILED, None, {"code": "x", "message": ""})
            await asyncio.sleep(0.3)
            assert agent.journal.depth() == 1
            found.start()
            return (await desk.news("failed"))[0].details

    assert asyncio.run(story()) == {"code": "x", "message": ""}


@pytest.mark.parametrize("field", ["rows", "root"])
def test_a_receipt_is_not_signed_over_other_numbers(tmp_path: Path, field: str) -> None:
    sender, receiver = Desk(), Desk()

    async def story() -> str:
        async with (
            office(tmp_path) as (found, desk),
            at_work(found, tmp_path, ALICE, sender),
            at_work(found, tmp_path, BOB, receiver),
        ):
            await desk.run(ALICE, "send")
            await desk.run(BOB, "receive")
            done = await desk.news("done", 2)
            half = json.loads(json.dumps(next(d.details["receipt"] for d in done if "receipt" in d.details)))
            half["receipt"]["source"][field] = {"rows": 4, "root": "00"}[field]
            await desk.run(ALICE, "send", Verb.SIGN, receipt=half)
            return (await desk.news("refused"))[0].details["code"]

    assert asyncio.run(story()) == "receipt_differs"


@pytest.mark.slow
def test_a_node_that_starts_again_goes_on_with_its_order(tmp_path: Path) -> None:
    sender, receiver = Desk(30), Desk(slow_s=0.05)

    async def story() -> list[Report]:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, sender):
            async with at_work(found, tmp_path, BOB, receiver):
                await desk.run(ALICE, "send")
                await desk.run(BOB, "receive")
                while len(receiver.got) < 3:
                    await asyncio.sleep(0.01)
            receiver.slow_s = 0
            async with at_work(found, tmp_path, BOB, receiver):
                return await desk.news("done", 2)

    done = asyncio.run(story())
    assert {each.details["chunks"] for each in done} == {30}
    assert receiver.got == {number: sender.chunks.chunk(number) for number in range(30)}


@pytest.mark.slow
def test_a_barred_node_is_silent_and_comes_back_when_it_is_let_in(tmp_path: Path) -> None:
    async def story() -> None:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Desk()):
            await desk.news("health")
            found.nodes.remove(ALICE)
            await asyncio.to_thread(found.reload)
            desk.reports.clear()
            await asyncio.sleep(1)
            assert desk.reports == []
            found.nodes.append(ALICE)
            await asyncio.to_thread(found.reload)
            await desk.news("health")

    asyncio.run(story())


@pytest.mark.slow
def test_what_fails_in_the_work_is_reported_without_its_text(tmp_path: Path) -> None:
    class Leaky(Desk):
        async def source(self, order: Order) -> Chunks:
            raise ValueError("身份证号 445202199001011234 已存在")

    async def story() -> Report:
        async with office(tmp_path) as (found, desk), at_work(found, tmp_path, ALICE, Leaky()):
            await desk.run(ALICE, "send")
            return (await desk.news("failed"))[0]

    assert asyncio.run(story()).details == {"code": "work_failed", "message": "ValueError"}
