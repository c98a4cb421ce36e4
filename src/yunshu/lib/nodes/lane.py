"""A lane: one writer's way into one stream, in exact order, with so many bytes on the way.

Every message says which message of the stream it expects before it (``Nats-Expected-Last-Sequence``). So the server
itself refuses what comes out of order or twice, and a lost or refused message stops all that follow it: the lane then
says again what has no answer. A full stream (``discard: new``) refuses likewise: the lane waits. Its message ids let the
server answer what it has already (two minutes long); after that the lane cannot tell its own copy from a stranger's
word, and is ``Displaced``: the caller begins again from what it knows to be stored.
"""

import asyncio
import json
import math
import re
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from yunshu.lib.kernel.errors import Refused

log = structlog.get_logger()
EXPECTED, MESSAGE_ID = "Nats-Expected-Last-Sequence", "Nats-Msg-Id"
MOST_ON_THE_WAY, MOST_WAITING = 8 << 20, 1000
ANSWER_S, FULL_S, MOST_FULL_S = 2.0, 0.02, 0.25
UNHEARD_S = 20.0
"""How long a server may take to bring its streams back after a start."""
_WRONG_SEQUENCE = 10071
_LAST = re.compile(r"wrong last sequence: (\d+)")


class Displaced(Exception):
    """The stream ends at ``last``, elsewhere than this lane's words reach: it lost messages, or another one writes."""

    def __init__(self, last: int) -> None:
        super().__init__(f"the stream ends at message {last}")
        self.last = last


@dataclass(frozen=True)
class _Sent:
    sequence: int
    headers: dict[str, str]
    data: bytes


class Lane:
    """Writes ``subject``, whose stream has ``place`` messages before. For one task; ``open`` first, ``close`` at last."""

    def __init__(
        self,
        client: Client,
        subject: str,
        place: int,
        *,
        most_bytes: int = MOST_ON_THE_WAY,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._client, self._subject = client, subject
        self._most_bytes, self._most_waiting = most_bytes, most_waiting
        self._place = place
        self._waiting: deque[_Sent] = deque()
        self._bytes = 0
        self._moved = asyncio.Event()
        self._round, self._moved_at, self._unheard_since = 0, time.monotonic(), 0.0
        self._is_proven = False
        self._full_s, self._refused, self._displaced = FULL_S, False, -1
        self._id = secrets.token_hex(8)
        self._inbox = client.new_inbox()
        self._subscription: Any = None
        self.resent = 0

    async def open(self) -> None:
        """Begin to hear answers."""
        self._subscription = await self._client.subscribe(f"{self._inbox}.*.*", cb=self._hear)

    async def close(self) -> None:
        """Hear no more answers."""
        try:
            await self._subscription.unsubscribe()
        except (NatsError, OSError):
            log.info("nodes.subscription_lost")

    async def put(
        self,
        headers: dict[str, str],
        data: bytes,
        *,
        give_up_s: float = math.inf,
    ) -> None:
        """Send a message when there is room.

        Raises Displaced, TimeoutError when nothing was stored for ``give_up_s``, and Refused (``stream_missing``) when
        no stream has listened for a while.
        """
        while self._refused or not self._has_room(len(data)):
            await self._progress(give_up_s)
        self._place += 1
        marks = {EXPECTED: str(self._place - 1), MESSAGE_ID: f"{self._id}.{self._place}"}
        sent = _Sent(self._place, headers | marks, data)
        if not self._waiting:
            self._moved_at = time.monotonic()
        self._waiting.append(sent)
        self._bytes += len(data)
        await self._say(sent)

    @property
    def place(self) -> int:
        """The place of the last message that was put, stored or not."""
        return self._place

    async def drain(self, give_up_s: float = math.inf) -> None:
        """Wait until everything is stored. Raises as ``put`` does."""
        while self._waiting:
            await self._progress(give_up_s)

    def _has_room(self, size: int) -> bool:
        if not self._waiting:
            return True
        # The first word goes alone: were the place wrong, a later one could fit by accident.
        has_room = self._bytes + size <= self._most_bytes and len(self._waiting) < self._most_waiting
        return self._is_proven and has_room

    async def _say(self, sent: _Sent) -> None:
        reply = f"{self._inbox}.{self._round}.{sent.sequence}"
        try:
            await self._client.publish(self._subject, sent.data, reply=reply, headers=sent.headers)
        except (NatsError, OSError) as error:  # the line is down: said again when no answer comes
            log.debug("nodes.not_said", error=str(error) or type(error).__name__)

    async def _hear(self, message: Msg) -> None:
        at = message.subject.rsplit(".", 2)[-2]
        try:
            answer: dict[str, Any] = json.loads(message.data) if message.data else {"error": {"code": 503}}
        except ValueError:
            answer = {"error": {"description": "not JSON"}}
        error = answer.get("error")
        if error is None:
            self._stored(int(answer["seq"]))
        elif int(at) == self._round and not self._refused:
            self._refuse(error)
        self._moved.set()

    def _stored(self, last: int) -> None:
        """Everything up to ``last`` is in the stream: one message expects the one before it."""
        while self._waiting and self._waiting[0].sequence <= last:
            sent = self._waiting.popleft()
            self._is_proven = True
            self._bytes -= len(sent.data)
            self._full_s, self._moved_at, self._unheard_since = FULL_S, time.monotonic(), 0.0

    def _refuse(self, error: dict[str, Any]) -> None:
        found = _LAST.search(str(error.get("description")))
        if error.get("err_code") == _WRONG_SEQUENCE and found and self._waiting:
            last = int(found[1])
            if last != self._waiting[0].sequence - 1:
                self._displaced = last
        self._unheard_since = (self._unheard_since or time.monotonic()) if error.get("code") == 503 else 0.0
        self._refused = bool(self._waiting)

    async def _progress(self, give_up_s: float) -> None:
        """Wait for an answer; say again what none came for."""
        if time.monotonic() - self._moved_at > give_up_s:
            raise TimeoutError(f"nothing was stored for {give_up_s} s")
        if self._unheard_since and time.monotonic() - self._unheard_since > UNHEARD_S:
            raise Refused("stream_missing", "枢纽没有为这次传输建立通道，或已将其关闭。")
        if not self._refused:
            self._moved.clear()
            try:
                async with asyncio.timeout(min(ANSWER_S, give_up_s)):
                    await self._moved.wait()
            except TimeoutError:
                self._refused = True
        if self._displaced >= 0:
            raise Displaced(self._displaced)
        if self._refused:
            await self._again()

    async def _again(self) -> None:
        """Try the oldest message alone, until it is stored; then the others."""
        await asyncio.sleep(self._full_s)
        self._full_s = min(self._full_s * 2, MOST_FULL_S)
        self._round, self._refused = self._round + 1, False
        if not self._waiting:
            return
        first = self._waiting[0]
        await self._say(first)
        self.resent += 1
        self._moved.clear()
        try:
            async with asyncio.timeout(ANSWER_S):
                while not self._refused and self._waiting and self._waiting[0] is first:
                    await self._moved.wait()
                    self._moved.clear()
        except TimeoutError:
            self._refused = True
        if self._refused:
            return
        for sent in list(self._waiting):
            self.resent += 1
            await self._say(sent)
