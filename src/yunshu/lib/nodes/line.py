"""The line from a web process to the hub's process: a question goes there over the internal bus, is signed, asked, answered.

Only the hub's process has the hub's keys and speaks with nodes. A web process keeps one connection, in a thread of its own.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from yunshu.lib import bus
from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.kernel.errors import Refused, Unavailable, YunshuError
from yunshu.lib.kernel.tasks import end, run_until
from yunshu.lib.nodes import asking, connecting, letters, orders
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import Order, Verb
from yunshu.lib.nodes.switchboard import Place

log = structlog.get_logger()
SUBJECT = "exchange.ask"
SEAL = "seal"
"""The kind of letter by which the platform vouches for an answer that it passed on."""
CONNECT_S, WAIT_S = 5.0, asking.WAIT_S + 2
MOST_WAITING = 256


@dataclass(frozen=True)
class Reply:
    """What came back: the node's letter, and the platform's seal on it."""

    letter: bytes
    seal: bytes


# the web's end --------------------------------------------------------------------------------------------------------


class Line:
    """One process's line over the internal bus at ``url``; started with the first question."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._open = AsyncExitStack()

    def ask(self, order: Order) -> Reply:
        """Ask, wait, return. Raises Refused and Unavailable as the hub says (``node_away`` …), or ``hub_away``."""
        loop = self._started()
        future = asyncio.run_coroutine_threadsafe(self._ask(order), loop)
        try:
            return future.result(CONNECT_S + WAIT_S)
        except TimeoutError as error:
            future.cancel()
            raise _hub_away() from error

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="exchange.line", daemon=True).start()
            return self._loop

    async def _ask(self, order: Order) -> Reply:
        try:
            client = await self._connected()
            message = await client.request(SUBJECT, canonical(asdict(order)), timeout=WAIT_S)
        except NoRespondersError as error:
            raise _hub_away() from error
        except (NatsError, OSError, TimeoutError) as error:
            raise Unavailable("hub_silent", "数据交换枢纽没有按时答复，请稍后再试。") from error
        headers = message.headers or {}
        if code := headers.get("Refused"):
            kind: Callable[[str, str], YunshuError] = Unavailable if headers.get("Again") else Refused
            raise kind(code, message.data.decode())
        return Reply(message.data, headers.get("Seal", "").encode())

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                opening = bus.connection(self._url, "exchange.line")  # open for as long as the process runs
                async with asyncio.timeout(CONNECT_S):
                    self._client = await self._open.enter_async_context(opening)
            return self._client


def _hub_away() -> Unavailable:
    return Unavailable("hub_away", "数据交换枢纽没有运行，请稍后再试或联系系统管理员。")


# the hub's end --------------------------------------------------------------------------------------------------------


async def answer_web(place: Place, keys: NodeKeys, url: str, stopped: asyncio.Event) -> None:
    """Sign and pass on the questions of web processes until ``stopped``; a server that is away is tried again."""
    while not stopped.is_set():
        try:
            await run_until(stopped, [_passing(place, keys, url, stopped)])
        except connecting.BROKEN as error:
            log.warning("exchange.line_trouble", error=str(error) or type(error).__name__)
            await asyncio.sleep(connecting.TRY_S)


async def _passing(place: Place, keys: NodeKeys, url: str, stopped: asyncio.Event) -> None:
    waiting: set[asyncio.Task[None]] = set()
    hub = connecting.connection(place.urls, keys.bus_seed, "hub questions", tls=place.trust)
    async with hub as nodes, bus.connection(url, "exchange.hub") as web:

        async def hear(message: Msg) -> None:
            task = asyncio.create_task(_pass_on(web, message, nodes, keys, len(waiting)))
            waiting.add(task)
            task.add_done_callback(waiting.discard)

        await web.subscribe(SUBJECT, queue=SUBJECT, cb=hear)
        try:
            await stopped.wait()
        finally:
            await end(waiting)


async def _pass_on(web: Client, message: Msg, nodes: Client, keys: NodeKeys, waiting: int) -> None:
    try:
        if waiting > MOST_WAITING:
            raise Unavailable("hub_busy", "数据交换枢纽正忙，请稍后再试。")
        order = _order_of(message.data)
        letter = await asking.ask(nodes, orders.write_order(order, keys.signers), order.org, order.node)
        words = {"question": order.id, "agreement": order.agreement, "answer": sha256(letter).hexdigest()}
        await _reply(web, message, letter, {"Seal": letters.write(SEAL, words, keys.signers).decode()})
    except YunshuError as refused:
        headers = {"Refused": refused.code} | ({"Again": "1"} if isinstance(refused, Unavailable) else {})
        await _reply(web, message, refused.message.encode(), headers)


async def _reply(web: Client, message: Msg, data: bytes, headers: dict[str, Any]) -> None:
    try:
        await web.publish(message.reply, data, headers=headers)
    except connecting.BROKEN as error:  # who asked will ask again
        log.info("exchange.answer_lost", error=type(error).__name__)


def _order_of(data: bytes) -> Order:
    try:
        order = Order(**parse(data))
        if order.verb != Verb.ASK:
            raise Malformed("no question")
    except (Malformed, TypeError) as error:
        raise Refused("order_malformed", "查询内容格式不符。") from error
    return order
