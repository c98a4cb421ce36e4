"""A thin hand on nats-py: connect for good, provision, send with a message id, pull with explicit acknowledgement."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

log = structlog.get_logger()
T = TypeVar("T")

STREAM = "FACTS"
PREFIX = "facts."
KEPT_SECONDS = 30 * 86400
# The relay sends a fact again after a crash within seconds; an hour is wide, and the listeners are idempotent anyway.
DUPLICATE_SECONDS = 3600
ACK_SECONDS = 15
PATIENCE = 60
SEND_SECONDS = 5
REFUSED = 75
"""Exit code (EX_TEMPFAIL) of who found that the server is there and stores nothing: it must be started again."""


@dataclass(frozen=True)
class Delivery:
    """One message as a listener sees it."""

    message_id: str
    data: bytes
    raw: Msg

    async def done(self) -> None:
        """Say that it is handled and committed; if the word is lost the message comes again, and is known."""
        await self.raw.ack()

    async def later(self, seconds: float) -> None:
        """Ask for it again after ``seconds``."""
        await self.raw.nak(delay=seconds)


@asynccontextmanager
async def connection(url: str, name: str) -> AsyncIterator[Client]:
    """Connect, and reconnect for as long as the program runs."""

    async def note(error: Exception) -> None:
        log.warning("bus.error", client=name, error=str(error) or type(error).__name__)

    client = await nats.connect(
        servers(url),
        name=name,
        error_cb=note,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        connect_timeout=5,
        ping_interval=10,
        max_outstanding_pings=3,
    )
    try:
        yield client
    finally:
        await client.close()


async def provision(client: Client, *, replicas: int = 1) -> JetStreamContext:
    """Make the stream of facts, or bring it up to date; return the way to it."""
    stream = client.jetstream(timeout=SEND_SECONDS)
    wanted = StreamConfig(
        name=STREAM,
        subjects=[f"{PREFIX}>"],
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=KEPT_SECONDS,
        duplicate_window=DUPLICATE_SECONDS,
        deny_delete=True,
    )
    try:
        await stream.stream_info(STREAM)
    except NotFoundError:
        await stream.add_stream(wanted)
    else:
        await stream.update_stream(wanted)
    return stream


async def send(stream: JetStreamContext, subject: str, data: bytes, message_id: str, *, request: str = "") -> bool:
    """Send one fact and wait until it is stored; False if that is not known (send it again: the id drops doubles).

    ``request`` is the number of the request that the fact comes from, for whoever reads headers only.
    """
    headers = {"Nats-Msg-Id": message_id} | ({"X-Request-Id": request} if request else {})
    try:
        await stream.publish(f"{PREFIX}{subject}", data, timeout=SEND_SECONDS, headers=headers)
    except (TimeoutError, NatsError, OSError) as error:
        log.warning("bus.not_sent", message_id=message_id, error=str(error) or type(error).__name__)
        return False
    return True


async def subscribe(stream: JetStreamContext, subject: str, durable: str) -> JetStreamContext.PullSubscription:
    """Return the durable listener ``durable`` of one subject, made if absent. It starts with what is still kept."""
    wanted = ConsumerConfig(
        durable_name=durable,
        filter_subject=f"{PREFIX}{subject}",
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_SECONDS,
        max_ack_pending=1000,
    )
    await stream.add_consumer(STREAM, wanted)
    return await stream.pull_subscribe_bind(durable=durable, stream=STREAM)


async def consume(
    subscription: JetStreamContext.PullSubscription,
    handle: Callable[[Delivery], Awaitable[None]],
    *,
    stopped: asyncio.Event,
    batch: int = 20,
) -> None:
    """Pull and handle until ``stopped``. A server that is away is waited for; one that lost the stream is not."""
    faults = 0
    while not stopped.is_set():
        try:
            messages = await subscription.fetch(batch, timeout=2)
            faults = 0
        except TimeoutError:
            continue
        except (NatsError, OSError):
            faults += 1
            if faults > PATIENCE:
                raise
            await asyncio.sleep(0.5)
            continue
        for message in messages:
            if stopped.is_set():
                return
            await _handle_one(message, handle)


async def _handle_one(message: Msg, handle: Callable[[Delivery], Awaitable[None]]) -> None:
    headers = message.headers or {}
    try:
        await handle(Delivery(headers.get("Nats-Msg-Id", ""), message.data, message))
    except (NatsError, OSError) as error:
        # not acknowledged, so it comes again; what is committed is not done twice
        log.warning("bus.not_acknowledged", error=str(error) or type(error).__name__)


def once(url: str, ask: Callable[[JetStreamContext], Awaitable[T]]) -> T:
    """Ask one question of the stream from synchronous code."""

    async def run() -> T:
        async with asyncio.timeout(SEND_SECONDS):
            client = await at_once(url, "yunshu-once")
            try:
                return await ask(client.jetstream(timeout=SEND_SECONDS))
            finally:
                await client.close()

    return asyncio.run(run())


def servers(url: str) -> list[str]:
    """Return the addresses in a setting: one server, or several of a cluster parted by commas."""
    return [each.strip() for each in url.split(",") if each.strip()]


async def at_once(url: str, name: str) -> Client:
    """Connect for one question: to the one server there is, or to the first of several that answers."""
    known = servers(url)
    several = len(known) > 1
    return await nats.connect(
        known,
        name=name,
        connect_timeout=2,
        allow_reconnect=several,
        max_reconnect_attempts=1 if several else -1,
        reconnect_time_wait=0.1,
    )


def reachable(url: str, seconds: float = 1) -> bool:
    """Say whether a NATS server greets us now: any of those at ``url``."""
    return any(_greets(each, seconds) for each in servers(url))


def _greets(url: str, seconds: float) -> bool:
    parts: Any = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port or 4222), timeout=seconds) as probe:
            probe.settimeout(seconds)
            return probe.recv(4) == b"INFO"
    except OSError:
        return False
