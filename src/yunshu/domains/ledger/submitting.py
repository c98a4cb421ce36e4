"""The submitter: gathers waiting records into signed batches, sends them to the stream, and follows them until final.

A batch is signed and kept before it is sent, and sent again until it stands in the log: under the same number and
byte for byte the same, so it counts once however often it arrives. After an epoch change what was not final is simply
not in the log any more, and is sent again. Killed at any moment it goes on where it was. What stands in the log under a batch's
number is compared with it: after a restore it may be another one, that the database has forgotten.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import structlog
from django.db import OperationalError
from psycopg import AsyncConnection
from psycopg import Error as DatabaseError

from yunshu.domains.ledger import selectors, services
from yunshu.lib import bus
from yunshu.lib.consortium import batches, machine
from yunshu.lib.consortium.ordering import IRREGULAR, Order
from yunshu.lib.consortium.trees import root_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.tasks import run_until
from yunshu.lib.outbox.process import in_thread
from yunshu.lib.tlog.cosignature import NoteSigner

log = structlog.get_logger()
REST_SECONDS = 1.0
AGAIN_SECONDS = 5.0
ANSWER_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where batches go and whose they are."""

    ledger: str
    slug: str
    org: str
    nats_url: str
    peer_url: str
    replicas: int
    signer: NoteSigner


class Submitter:
    """One submitting organisation. Two at once are harmless: the advisory lock lets one seal at a time."""

    def __init__(self, way: Way, database: str) -> None:
        self._way = way
        self._database = database
        self._sent_at: dict[int, float] = {}
        self._epoch = 0
        self._after: int | None = None
        """The last batch in the log when this process began; None until a member has answered."""

    async def run(self, stopped: asyncio.Event) -> None:
        """Submit and follow until ``stopped``."""
        async with (
            bus.connection(self._way.nats_url, f"ledger-submit-{self._way.org}") as client,
            httpx.AsyncClient(base_url=self._way.peer_url, timeout=ANSWER_SECONDS) as peer,
            await AsyncConnection.connect(self._database, autocommit=True) as listening,
        ):
            await listening.execute(f"LISTEN {services.CHANNEL}")
            log.info("ledger.submitter_started", org=self._way.org)
            while not stopped.is_set():
                busy = await self._round(client, peer)
                if not busy:
                    await _rest(listening, stopped)

    async def _round(self, client: Any, peer: httpx.AsyncClient) -> bool:
        """Seal, send, look; say whether there may be more to do at once."""
        try:
            if self._after is None:
                status = (await peer.get("/status")).raise_for_status().json()
                self._after = int(status.get("batches", {}).get(self._way.org, 0))
            after = self._after
            sealed = await in_thread(lambda: services.seal_batch(self._seal, clock.now(), after))
            waiting = await in_thread(selectors.unfinished_batches)
            if waiting:
                status = (await peer.get("/status")).raise_for_status().json()
                await self._send(client, status["epoch"], waiting)
                await self._look(peer, waiting, int((status.get("final") or {}).get("size", 0)))
        except (httpx.HTTPError, *IRREGULAR, OperationalError) as error:
            log.info("ledger.submitter_waits", error=str(error) or type(error).__name__)
            return False
        return sealed > 0

    def _seal(self, number: int, entries: Any) -> bytes:
        batch = batches.make(
            ledger=self._way.ledger,
            org=self._way.org,
            number=number,
            entries=list(entries),
            root=root_of,
            sign=self._way.signer.sign,
        )
        return machine.BATCH_MESSAGE + batch.message()

    async def _send(self, client: Any, epoch: int, waiting: Any) -> None:
        if epoch != self._epoch:
            self._epoch, self._sent_at = epoch, {}
        order = Order(client, self._way.slug, self._epoch, replicas=self._way.replicas)
        for batch in waiting:
            if (
                batch.first_index is not None
                or time.monotonic() - self._sent_at.get(batch.number, -AGAIN_SECONDS) < AGAIN_SECONDS
            ):
                continue
            await order.post(bytes(batch.message), f"{self._way.org}-{self._epoch}-{batch.number}")
            self._sent_at[batch.number] = time.monotonic()
            await in_thread(partial(services.note_posted, batch.number, clock.now()))

    async def _look(self, peer: httpx.AsyncClient, waiting: Any, final: int) -> None:
        """Ask where each batch stands. What is final was so before we asked: a place below it cannot move any more."""
        done = []
        for batch in waiting:
            answer = await peer.get(f"/batches/{self._way.org}/{batch.number}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                if batch.first_index is not None:
                    await in_thread(partial(services.note_lost, batch.number))
                    self._sent_at.pop(batch.number, None)
                continue
            place = answer.raise_for_status().json()
            if batch.first_index != place["first"] and not await self._is_ours(peer, batch.number, place):
                await in_thread(partial(services.note_taken, batch.number, clock.now()))
                continue
            ordered = partial(
                services.note_ordered, batch.number, first_index=place["first"], block=place["block"], now=clock.now()
            )
            await in_thread(ordered)
            if place["first"] + place["count"] <= final:
                done.append(batch.number)
        if done:
            became = await in_thread(lambda: services.note_final(done, clock.now()))
            log.info("ledger.records_final", records=became, size=final)

    async def _is_ours(self, peer: httpx.AsyncClient, number: int, place: Mapping[str, int]) -> bool:
        answer = (await peer.get(f"/leaves/{place['first']}")).raise_for_status()
        return await in_thread(partial(services.is_ours, number, answer.content, place["count"]))


async def _rest(listening: AsyncConnection[Any], stopped: asyncio.Event) -> None:
    """Sleep until a record is announced, a second passes, or we are stopped."""

    async def announced() -> None:
        try:
            async for _ in listening.notifies(timeout=REST_SECONDS, stop_after=1):
                pass
        except DatabaseError:
            stopped.set()
            raise

    await run_until(stopped, [announced()])
