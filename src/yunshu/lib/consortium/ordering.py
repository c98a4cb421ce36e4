"""The ordered stream of one epoch: a JetStream stream, followed strictly message by message.

An ordinary durable consumer was seen to skip or repeat when servers were killed, and members forked. So a member keeps
its own place, asks for message ``place + 1`` with a consumer made for the purpose, and throws the consumer away at the
first irregularity. What the stream may never do is go back or become another stream: then the member stops.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

log = structlog.get_logger()
FETCH = 64
FETCH_SECONDS = 1.0
SEND_SECONDS = 5.0
PAUSE_SECONDS = 0.2
DUPLICATE_SECONDS = 120
ATTEMPTS, ATTEMPT_SECONDS = 3, 0.25
"""A server that has just come back may not have read its streams yet: ask again before believing that one is gone."""
IRREGULAR = (NatsError, OSError, TimeoutError)


class Rolledback(Exception):
    """The stream is not the one that was followed, or ends before the place that was reached."""


@dataclass(frozen=True)
class Stream:
    """What identifies a stream: its name and the moment a server made it."""

    name: str
    created: str

    def __str__(self) -> str:
        return f"{self.name}@{self.created}"


class Order:
    """The stream of ``epoch`` of the log ``slug`` (letters, digits, ``_``)."""

    def __init__(self, client: Client, slug: str, epoch: int, *, replicas: int = 1) -> None:
        self._js: JetStreamContext = client.jetstream(timeout=SEND_SECONDS)
        self.name = f"LEDGER_{slug}_{epoch}"
        self._subject = f"ledger.{slug}.{epoch}"
        self._replicas = replicas

    async def create(self) -> Stream:
        """Make the stream if it is absent; return what it is."""
        try:
            return (await self.look())[0]
        except NotFoundError:
            await self._js.add_stream(
                StreamConfig(
                    name=self.name,
                    subjects=[self._subject],
                    storage=StorageType.FILE,
                    num_replicas=self._replicas,
                    duplicate_window=DUPLICATE_SECONDS,
                    deny_delete=True,
                    deny_purge=True,
                )
            )
        return (await self.look())[0]

    async def look(self) -> tuple[Stream, int, int]:
        """Return what the stream is, its first and its last message; raise NotFoundError if there is none."""
        found = await self._js.stream_info(self.name)
        created = found.created
        return Stream(self.name, created.isoformat() if created else ""), found.state.first_seq, found.state.last_seq

    async def found(self) -> Stream:
        """Return what the stream is; raise NotFoundError only if it is missing time after time."""
        for _ in range(ATTEMPTS - 1):
            try:
                return (await self.look())[0]
            except NotFoundError:
                await asyncio.sleep(ATTEMPT_SECONDS)
        return (await self.look())[0]

    async def message(self, sequence: int) -> bytes:
        """Return one message, empty where it is not kept."""
        try:
            return (await self._js.get_msg(self.name, sequence)).data or b""
        except NotFoundError:
            return b""

    async def post(self, message: bytes, message_id: str) -> int:
        """Append a message; return its place. A second one with the same id within two minutes is dropped."""
        answer = await self._js.publish(
            self._subject, message, timeout=SEND_SECONDS, headers={"Nats-Msg-Id": message_id}
        )
        return answer.seq

    async def follow(self, place: int, *, stopped: asyncio.Event) -> AsyncIterator[list[tuple[int, bytes]]]:
        """Yield what comes after ``place``, in order and without gap, in portions as they come."""
        while not stopped.is_set():
            try:
                async for portion in self._read(place, stopped):
                    place = portion[-1][0]
                    yield portion
            except IRREGULAR as error:
                log.info(
                    "ledger.stream_irregular", stream=self.name, place=place, error=str(error) or type(error).__name__
                )
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self, place: int, stopped: asyncio.Event) -> AsyncIterator[list[tuple[int, bytes]]]:
        consumer = await self._js.add_consumer(
            self.name,
            ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=place + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=30,
                mem_storage=True,
                num_replicas=1,
            ),
        )
        pull = await self._js.pull_subscribe_bind(consumer=consumer.name, stream=self.name)
        try:
            while not stopped.is_set():
                try:
                    messages = await pull.fetch(FETCH, timeout=FETCH_SECONDS)
                except TimeoutError:
                    # an ephemeral consumer dies silently with its server: ask whether it still is
                    await self._js.consumer_info(self.name, consumer.name)
                    continue
                portion: list[tuple[int, bytes]] = []
                for message in messages:
                    sequence = message.metadata.sequence.stream
                    if sequence != place + 1:
                        break
                    portion.append((sequence, message.data))
                    place = sequence
                if portion:
                    yield portion
                if len(portion) < len(messages):
                    return
        finally:
            await _quietly(pull)

    async def check(self, known: Stream, place: int) -> None:
        """Raise Rolledback if the stream is another one than ``known``, ends before ``place`` or begins after it."""
        for attempt in range(ATTEMPTS):
            fault = await self._fault(known, place)
            if not fault:
                return
            if attempt < ATTEMPTS - 1:
                await asyncio.sleep(ATTEMPT_SECONDS)
        raise Rolledback(fault)

    async def _fault(self, known: Stream, place: int) -> str:
        try:
            found, first, last = await self.look()
        except NotFoundError:
            return f"the stream {known} is gone"
        if found != known:
            return f"the stream {known} was replaced by {found}"
        if last < place:
            return f"the stream {known} ends at message {last}, message {place} was read from it"
        if first > place + 1:
            return f"the stream {known} begins at message {first}, message {place + 1} was dropped from it"
        return ""


async def _quietly(pull: JetStreamContext.PullSubscription) -> None:
    try:
        await pull.unsubscribe()
    except IRREGULAR:
        log.info("ledger.subscription_lost")
