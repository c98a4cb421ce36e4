"""A reader of one's own place in a stream: in order, without gap, however often the line breaks.

The hub makes the consumer (durable, acknowledges all up to a message); the node may only ask it for the next messages,
acknowledge, and set it back to what was acknowledged. It does so at the beginning and at every irregularity: a consumer
that has outlived a broken line or a killed server was seen to skip and to repeat. Of the old place nothing is believed.
"""

import asyncio
import json
import math
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import names

log = structlog.get_logger()
EXPIRES_S, HEARTBEAT_S, SILENCE_S = 10.0, 0.5, 2.0
PAUSE_S, ASK_S = 0.2, 2.0
BROKEN = (NatsError, OSError, TimeoutError)
_NANO = 1_000_000_000


class Irregular(Exception):
    """The consumer does not continue where it was; its place is asked for anew."""


@dataclass(frozen=True)
class Delivered:
    """One message of the stream."""

    data: bytes
    headers: Mapping[str, str]
    sequence: int
    order: int
    reply: str


class Reader:
    """Reads ``stream`` through the consumer of this node. One reader at a time for a consumer."""

    def __init__(
        self, client: Client, stream: str, consumer: str, *, batch: int = 8, patience_s: float = math.inf
    ) -> None:
        self._client, self._batch, self._patience_s = client, batch, patience_s
        self._missing_since = 0.0
        self._next = names.next_message(consumer, stream)
        self._reset = names.reset(consumer, stream)
        self._queue: asyncio.Queue[Msg] = asyncio.Queue()
        self._irregular = False
        self._left = 0

    async def acknowledge(self, message: Delivered) -> None:
        """Say that everything up to ``message`` is done. If the word is lost, it comes again, and is known."""
        await self._client.publish(message.reply, b"+ACK")

    def again(self) -> None:
        """Begin anew after what was acknowledged: the caller missed something."""
        self._irregular = True

    async def messages(self, stopped: asyncio.Event) -> AsyncGenerator[Delivered, None]:
        """Yield what is not acknowledged, in order, until ``stopped``; waits for a server that is away.

        Raises Refused (``stream_missing``) when a server that is there has had no such consumer for ``patience_s``.
        """
        while not stopped.is_set():
            try:
                async with aclosing(self._session(stopped)) as session:
                    async for message in session:
                        yield message
            except (Irregular, *BROKEN) as error:
                log.info("nodes.reader_set_back", consumer=self._next, why=str(error) or type(error).__name__)
            await asyncio.sleep(PAUSE_S)

    async def _session(self, stopped: asyncio.Event) -> AsyncGenerator[Delivered, None]:
        self._queue, self._irregular, self._left, at = asyncio.Queue(), False, 0, 0
        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox, cb=self._queue.put)
        try:
            await self._set_back()
            while not stopped.is_set():
                if self._left <= self._batch // 2:
                    await self._ask(inbox)
                message = await self._next_message()
                if message.reply.startswith("$JS.ACK."):
                    found = _delivered(message)
                    if found.order != at + 1:
                        raise Irregular(f"message {found.order} of the consumer after {at}")
                    at = found.order
                    self._left -= 1
                    yield found
                else:
                    self._status(message, at)
                if self._irregular:
                    raise Irregular("the caller missed something")
        finally:
            await _quietly(subscription)

    async def _next_message(self) -> Msg:
        if not self._queue.empty():
            return self._queue.get_nowait()
        async with asyncio.timeout(SILENCE_S):
            return await self._queue.get()

    async def _set_back(self) -> None:
        try:
            answer = json.loads((await self._client.request(self._reset, b"", timeout=ASK_S)).data)
        except TimeoutError:
            # nats-server 2.15.1 says nothing of a consumer that is not there
            if self._client.is_connected:
                self._miss()
            raise
        if error := answer.get("error"):
            self._miss()
            raise Irregular(str(error.get("description")))
        self._missing_since = 0.0

    def _miss(self) -> None:
        self._missing_since = self._missing_since or time.monotonic()
        if time.monotonic() - self._missing_since > self._patience_s:
            raise Refused("stream_missing", "枢纽没有为这次传输建立通道，或已将其关闭。")

    async def _ask(self, inbox: str) -> None:
        question = {
            "batch": self._batch,
            "expires": int(EXPIRES_S * _NANO),
            "idle_heartbeat": int(HEARTBEAT_S * _NANO),
        }
        await self._client.publish(self._next, json.dumps(question).encode(), reply=inbox)
        self._left += self._batch

    def _status(self, message: Msg, at: int) -> None:
        headers = message.headers or {}
        status = headers.get("Status", "")
        if status == "100":
            if int(headers.get("Nats-Last-Consumer", at)) != at:
                raise Irregular("a message was lost on the way")
        elif status == "408":
            self._left -= int(headers.get("Nats-Pending-Messages", self._left))
        else:
            raise Irregular(f"{status} {headers.get('Description', '')}")


def _delivered(message: Msg) -> Delivered:
    # $JS.ACK.<stream>.<consumer>.<times>.<sequence in the stream>.<in the consumer>.<time>.<pending>
    words = message.reply.split(".")
    return Delivered(message.data, message.headers or {}, int(words[-4]), int(words[-3]), message.reply)


async def _quietly(subscription: Subscription) -> None:
    try:
        await subscription.unsubscribe()
    except BROKEN:
        log.info("nodes.subscription_lost")
