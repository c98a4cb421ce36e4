"""The loop of a node: dial out, take signed orders, run them, report; for ever, whatever breaks. It never updates itself.

What it was doing when it was killed it does again from its journal. Failures are reported by code and kind of error
only: an error's text may hold a citizen's data.
"""

import asyncio
import shutil
import ssl
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from yunshu.lib.consortium.leaves import canonical, parse
from yunshu.lib.crypto.signing import PublicKey
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError
from yunshu.lib.kernel.tasks import end, run_until
from yunshu.lib.nodes import asking, connecting, envelope, letters, names, orders, receipts, streaming, work
from yunshu.lib.nodes.cards import CardBook
from yunshu.lib.nodes.connecting import BROKEN
from yunshu.lib.nodes.journal import RECEIVE, SEND, Journal
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import News, Order, Verb
from yunshu.lib.nodes.pulling import Reader
from yunshu.lib.nodes.work import Plan, Work, pause

log = structlog.get_logger()
SEND_S = 2.0
MOST_ASKED = 16
"""How many questions are answered at a time; four times as many may wait."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the node stands and whom it obeys. ``hub`` are the pinned public keys that sign its orders."""

    urls: list[str]
    hub: tuple[PublicKey, ...]
    folder: Path
    version: str
    tls: ssl.SSLContext | None = None
    health_s: float = 5.0
    most_running: int = 4


@dataclass
class _Running:
    order: Order
    plan: Plan
    task: asyncio.Task[None]
    next_chunk: int = -1
    moved_at: float = field(default_factory=time.monotonic)


class Agent:
    """One node at work. Everything it owns is touched from one event loop only."""

    def __init__(
        self, settings: Settings, keys: NodeKeys, works: Work, now: Callable[[], datetime] = clock.now
    ) -> None:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings, self._keys, self._work, self._now = settings, keys, works, now
        self.book = CardBook(settings.folder / "cards")
        self.journal = Journal(settings.folder / "journal.sqlite")
        self._running: dict[str, _Running] = {}
        self._room = asyncio.Semaphore(settings.most_running)
        self._desk = asyncio.Semaphore(MOST_ASKED)
        self._asked: set[asyncio.Task[None]] = set()
        self._posted = asyncio.Event()

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until ``stopped``; a hub that is away or has barred this node is tried again and again."""
        watching = asyncio.create_task(self._work.watch(stopped))
        try:
            while not stopped.is_set():
                await run_until(stopped, [self._connected(stopped)])
                await pause(stopped, connecting.TRY_S)
        finally:
            await end([watching])
            self.journal.close()
            await self._work.let_go()

    async def _connected(self, stopped: asyncio.Event) -> None:
        async with connecting.connected(self._keys, self._settings.urls, self._settings.tls) as client:
            log.info("nodes.connected", node=str(self._keys.card))
            for data in self.journal.unfinished():
                self._obey(client, orders.known_order(data))
            card = self._keys.card
            await client.subscribe(names.questions(card.org, card.node), cb=self._hear_question)
            loops = [self._hear(client, stopped), self._post(client), self._tell(client), _barred(client)]
            try:
                await run_until(stopped, loops)
            finally:
                await end([*(each.task for each in self._running.values()), *self._asked])
                self._running.clear()

    # orders ---------------------------------------------------------------------------------------------------------

    async def _hear(self, client: Client, stopped: asyncio.Event) -> None:
        card = self._keys.card
        reader = Reader(client, names.ORDERS, names.reader(card.org, card.node), batch=32)
        async with aclosing(reader.messages(stopped)) as messages:
            async for message in messages:
                await self._take(client, message.data)
                await reader.acknowledge(message)

    async def _take(self, client: Client, data: bytes) -> None:
        try:
            order = orders.read_order(data, self._settings.hub, self._keys.card, self._now())
        except Refused as refused:
            log.warning("nodes.order_refused", code=refused.code)
            self._report(News.REFUSED, None, {"code": refused.code, "message": refused.message})
            return
        expires_s = int(datetime.fromisoformat(order.expires_at).timestamp())
        if not self.journal.hear(order.id, data, expires_s):
            log.info("nodes.order_heard_before", order=order.id)
            return
        self.journal.forget_orders(int(self._now().timestamp()))
        if order.verb == Verb.STOP:
            await self._stop(order)
        self._obey(client, order)

    def _obey(self, client: Client, order: Order) -> None:
        """Do what an order says; a refusal is reported."""
        try:
            if order.verb == Verb.RUN:
                self._start(client, order)
                return
            if order.verb == Verb.QUERY:
                self._report(News.PROGRESS, order, self._progress(order.transfer))
            elif order.verb == Verb.HEALTH:
                self._report(News.HEALTH, order, self.health())
            elif order.verb == Verb.SIGN:
                self._countersign(order)
        except YunshuError as refused:
            self._report(News.REFUSED, order, {"code": refused.code, "message": refused.message})
        self.journal.finish(order.id)

    def _start(self, client: Client, order: Order) -> None:
        if order.transfer in self._running:
            raise Refused("already_running", f"传输 {order.transfer} 正在执行。")
        planned = work.plan(order, self._keys.card, self.book)
        task = asyncio.create_task(self._run(client, order, planned))
        self._running[order.transfer] = _Running(order, planned, task)

    async def _stop(self, order: Order) -> None:
        found = self._running.pop(order.transfer, None)
        if found is not None:
            await end([found.task])
            self.journal.finish(found.order.id)
        if order.spec.get("discard"):
            await self._discard(order)
        self._report(News.STOPPED, order, self._progress(order.transfer) | {"was_running": found is not None})

    async def _discard(self, order: Order) -> None:
        """Leave nothing of a stopped transfer behind, neither here nor at the work's."""
        try:
            await self._work.discard(order)
        except YunshuError as refused:
            self._report(News.FAILED, order, {"code": refused.code, "message": refused.message})
        self.journal.forget(order.transfer)

    def _countersign(self, order: Order) -> None:
        """Sign, as the source, a receipt that the target signed, if it says of us what we said."""
        signed = receipts.read(canonical(order.spec["receipt"]))
        closing = self.journal.progress(signed.receipt.transfer, SEND).closing
        if not closing:
            raise Refused("transfer_unknown", f"本节点没有完成过传输 {signed.receipt.transfer}。")
        found, header = envelope.known_closing(closing)
        if signed.receipt.source != work.source_side(self._keys.card, found):
            raise Refused("receipt_differs", "回执中来源方的数字与本节点发出的不一致，拒绝签署。")
        if signed.receipt.agreement != header["agreement"]:
            raise Refused("receipt_differs", "回执中的协议编号与本次传输不符，拒绝签署。")
        both = receipts.sign(signed.receipt, receipts.SOURCE, self._keys.signers, signed)
        self._report(News.RECEIPT, order, {"receipt": parse(both.format())})

    # transfers ------------------------------------------------------------------------------------------------------

    async def _run(self, client: Client, order: Order, planned: Plan) -> None:
        """Run one order to its end and report it; a cancelled one is left in the journal."""
        try:
            async with self._room:
                news, details = News.DONE, await self._transfer(client, order, planned)
        except YunshuError as refused:
            news, details = News.FAILED, {"code": refused.code, "message": refused.message}
        except Exception as error:  # the runner's edge: whatever the caller's work may raise
            if client.is_closed:
                return  # the line was taken away; the journal knows the order
            log.warning("nodes.work_failed", transfer=order.transfer, error=type(error).__name__)
            news, details = News.FAILED, {"code": "work_failed", "message": type(error).__name__}
        self._report(news, order, details)
        self.journal.finish(order.id)
        self._running.pop(order.transfer, None)

    async def _transfer(self, client: Client, order: Order, planned: Plan) -> dict[str, Any]:
        transfer = planned.transfer
        if planned.role == work.SEND:
            source = await self._work.source(order)
            sent = await streaming.send(client, transfer, source, keys=self._keys, journal=self.journal)
            return asdict(sent)
        if planned.role == work.DIRECT:
            return await self._directly(order, planned)
        target = await self._work.target(order)
        try:
            closing = await streaming.receive(
                client, transfer, target.commit, keys=self._keys, journal=self.journal, stopped=asyncio.Event()
            )
            if closing is None:
                raise Refused("stopped", "传输被停止。")
            outcome = await target.finish(closing)
        finally:
            await target.close()
        receipt = work.receipt_of(order, planned, closing, outcome, self._now().isoformat())
        signed = receipts.sign(receipt, receipts.TARGET, self._keys.signers)
        return asdict(closing) | {"receipt": parse(signed.format())}

    async def _directly(self, order: Order, planned: Plan) -> dict[str, Any]:
        moved = await self._work.direct(order)
        receipt = work.receipt_of_own(order, planned, moved, self._now().isoformat())
        signed = receipts.sign(receipt, receipts.TARGET, self._keys.signers)
        both = receipts.sign(receipt, receipts.SOURCE, self._keys.signers, signed)
        return {"chunks": moved.chunks, "size_bytes": moved.size_bytes, "receipt": parse(both.format())}

    # questions ------------------------------------------------------------------------------------------------------

    async def _hear_question(self, message: Msg) -> None:
        try:
            order = orders.read_order(
                message.data, self._settings.hub, self._keys.card, self._now(), kind=orders.QUESTION
            )
        except Refused as refused:
            log.warning("nodes.question_refused", code=refused.code)
            return
        task = asyncio.create_task(self._answer(message, order))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _answer(self, message: Msg, order: Order) -> None:
        began, card = time.monotonic(), self._keys.card
        refusal = ("", "")
        try:
            if len(self._asked) > 4 * MOST_ASKED:
                raise Refused("node_busy", "前置节点正忙，请稍后再试。")
            async with self._desk:
                found = await self._work.answer(order)
        except YunshuError as refused:
            refusal = (refused.code, refused.message)
        except Exception as error:  # the same edge as a transfer's
            log.warning("nodes.answer_failed", question=order.id, error=type(error).__name__)
            refusal = ("answer_failed", type(error).__name__)
        about: dict[str, Any] = {
            "said_at": self._now().isoformat(),
            "took_ms": int((time.monotonic() - began) * 1000),
        }
        if refusal[0]:
            answer = asking.refused(order, card, refusal, **about)
        else:
            answer = asking.found(order, card, found, **about)
        with suppress(*BROKEN):  # who asked is not there any more
            await message.respond(letters.write(asking.ANSWER, asdict(answer), self._keys.signers))

    # reports --------------------------------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        """Return what the hub may know of this node."""
        running = {}
        for transfer, each in self._running.items():
            progress = self._progress(transfer)
            if progress["next_chunk"] != each.next_chunk:
                each.next_chunk, each.moved_at = progress["next_chunk"], time.monotonic()
            running[transfer] = progress | {"lag_s": int(time.monotonic() - each.moved_at)}
        return {
            "version": self._settings.version,
            "free_bytes": shutil.disk_usage(self._settings.folder).free,
            "journal_depth": self.journal.depth(),
            "running": running,
        }

    def _progress(self, transfer: str) -> dict[str, Any]:
        sent, received = (self.journal.progress(transfer, role) for role in (SEND, RECEIVE))
        found = sent if sent.session else received
        return {"next_chunk": found.next_chunk, "size_bytes": found.size_bytes, "is_closed": bool(found.closing)}

    def _report(self, news: News, order: Order | None, details: dict[str, Any]) -> None:
        """Keep a report until the hub has it."""
        report = orders.new_report(news, self._keys.card, order=order, details=details, now=self._now())
        self.journal.post(report.id, orders.write_report(report, self._keys.signers))
        self._posted.set()

    async def _post(self, client: Client) -> None:
        """Bring the outbox to the hub, the oldest report first."""
        while True:
            self._posted.clear()
            for waiting in self.journal.outbox():
                if not await self._say(client, waiting.id, waiting.data):
                    break
                self.journal.heard_by_hub(waiting.number)
            await pause(self._posted, connecting.TRY_S)

    async def _tell(self, client: Client) -> None:
        """Say now and then how the node is; what the hub does not hear is not kept."""
        while True:
            report = orders.new_report(News.HEALTH, self._keys.card, details=self.health(), now=self._now())
            await self._say(client, report.id, orders.write_report(report, self._keys.signers))
            await asyncio.sleep(self._settings.health_s)

    async def _say(self, client: Client, report: str, data: bytes) -> bool:
        subject = names.reports(self._keys.card.org, self._keys.card.node)
        try:
            answer = await client.request(subject, data, timeout=SEND_S, headers={"Nats-Msg-Id": report})
        except BROKEN as error:
            log.info("nodes.report_not_sent", error=str(error) or type(error).__name__)
            return False
        return b'"error"' not in answer.data


async def _barred(client: Client) -> None:
    """End when the connection is closed for good."""
    while not client.is_closed:
        await asyncio.sleep(connecting.TRY_S)
