"""Store and forward between tiers: a lower tier's stream, message by message, into its stream at the upper tier.

The upper stream itself knows how far it is: each message there carries the place it had below (``Yunshu-Source``), and the
forwarder asks for the last one whenever it begins or is in doubt. Every message expects the one before it
(``Nats-Expected-Last-Sequence``), so the upper server drops what comes twice and refuses what comes too early. No state
is kept here: a forwarder that is killed, or a second one by mistake, changes nothing.

NATS's own mirrors and sources took 50 s to go on after the line was back; this goes on as soon as the leaf is up, which
tries each second.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from yunshu.lib.nodes import hub, tiers
from yunshu.lib.nodes.hub import ApiError
from yunshu.lib.nodes.lane import Displaced, Lane
from yunshu.lib.nodes.pulling import BROKEN

log = structlog.get_logger()
SOURCE = "Yunshu-Source"
MOST_BYTES, BATCH = 4 << 20, 500
ASK_S, TRY_S, STALL_S, IDLE_S, READ_S = 1.0, 0.5, 1.5, 0.25, 5.0
_NANO = 1_000_000_000


@dataclass(frozen=True)
class Place:
    """How far the upper stream is: its own last message, and the place below of what stands there."""

    upper: int
    lower: int


class Rewritten(Exception):
    """The lower stream no longer has the messages that come next: it was lost, purged or made anew."""


async def provision(upper: Client, code: str) -> None:
    """Make the stream for a lower tier; called with the platform's connection at the upper server.

    It is not fsynced message by message: what a power cut takes from its end is brought up again, the same to the same
    places, for as long as the lower stream keeps it (let that be days).
    """
    await hub.make_stream(
        upper,
        {
            "name": tiers.tier_stream(code),
            "subjects": [tiers.put_subject(code)],
            "allow_direct": True,
            "persist_mode": "async",
        },
    )


async def place_of(upper: Client, code: str) -> Place:
    """Ask the upper tier how far it is; raises an error of ``BROKEN`` while the line is down."""
    answer = await upper.request(tiers.last_subject(code), b"", timeout=ASK_S)
    headers = answer.headers or {}
    if headers.get("Status") == "404":
        return Place(0, 0)
    if "Nats-Sequence" not in headers:
        raise NoRespondersError
    return Place(int(headers["Nats-Sequence"]), int(headers.get(SOURCE, "0")))


async def forward(lower: Client, upper: Client, stream: str, code: str, *, stopped: asyncio.Event) -> None:
    """Bring every message of ``stream`` up, in order, once, until ``stopped``.

    ``lower`` is the platform's connection at the lower server, ``upper`` one in its account ``UPPER``.
    Raises Rewritten.
    """
    trouble = ""
    while not stopped.is_set():
        try:
            place = await place_of(upper, code)
            trouble = ""
            await _from(place, lower, upper, (stream, code), stopped)
        except (Displaced, ApiError, *BROKEN) as error:
            if trouble != (trouble := str(error) or type(error).__name__):  # said once, not twice a second
                log.info("nodes.forward_broken", stream=stream, why=trouble)
            await asyncio.sleep(TRY_S)


async def _from(place: Place, lower: Client, upper: Client, route: tuple[str, str], stopped: asyncio.Event) -> None:
    stream, code = route
    log.info("nodes.forward_begun", stream=stream, upper=place.upper, lower=place.lower)
    lane = Lane(upper, tiers.put_subject(code), place.upper, most_bytes=MOST_BYTES, most_waiting=2 * BATCH)
    await lane.open()
    try:
        async with aclosing(_read(lower, stream, place.lower, stopped)) as messages:
            async for message in messages:
                if message is None:
                    await lane.drain(STALL_S)
                    continue
                headers = dict(message.headers or {})
                sequence = headers.pop("Nats-Sequence")
                kept = {name: value for name, value in headers.items() if not name.startswith("Nats-")}
                await lane.put(kept | {SOURCE: sequence}, message.data, give_up_s=STALL_S)
    finally:
        await lane.close()


async def _read(lower: Client, stream: str, place: int, stopped: asyncio.Event) -> AsyncGenerator[Msg | None, None]:
    """Yield the messages after ``place`` in portions of direct gets; None after each portion and while there is none."""
    queue: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = lower.new_inbox()
    subscription = await lower.subscribe(inbox, cb=queue.put)
    question = {"batch": BATCH, "max_bytes": MOST_BYTES}
    try:
        while not stopped.is_set():
            await lower.publish(
                f"$JS.API.DIRECT.GET.{stream}", json.dumps(question | {"seq": place + 1}).encode(), reply=inbox
            )
            before = place
            while (message := await _next(queue)).headers is not None and "Nats-Sequence" in message.headers:
                sequence = int(message.headers["Nats-Sequence"])
                if sequence != place + 1:
                    raise Rewritten(f"{stream}: message {sequence} comes after {place}")
                place = sequence
                yield message
            yield None
            if place == before:
                await asyncio.sleep(IDLE_S)
    finally:
        await subscription.unsubscribe()


async def _next(queue: "asyncio.Queue[Msg]") -> Msg:
    if not queue.empty():
        return queue.get_nowait()
    async with asyncio.timeout(READ_S):
        return await queue.get()
