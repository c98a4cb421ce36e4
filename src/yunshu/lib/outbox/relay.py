"""The relay: carries unpublished facts to JetStream, in order of their ids, as soon as they are committed.

It sleeps on LISTEN and looks by itself every few seconds. Several relays share the work (SKIP LOCKED). After a
crash between sending and marking, the fact is sent again under the same message id and JetStream drops it.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog
from nats.js.client import JetStreamContext
from psycopg.rows import dict_row

from yunshu.lib import bus
from yunshu.lib.kernel.tasks import run_until

log = structlog.get_logger()
BATCH = 500
POLL_SECONDS = 5
PATIENCE_SECONDS = 15
_TAKE = """SELECT id, subject, payload, occurred_at, request_id FROM outbox_outboxentry
WHERE published_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"""
_MARK = "UPDATE outbox_outboxentry SET published_at = now() WHERE id = ANY(%s)"


class StreamRefuses(Exception):
    """The message server is there, but stores nothing that it is sent."""


async def run(database: str, nats_url: str, *, stopped: asyncio.Event, replicas: int = 1) -> None:
    """Relay until ``stopped``.

    Ends when PostgreSQL or the message server stays away: the supervisor starts it again from the beginning. Raises StreamRefuses
    where the server is there and stores nothing, as NATS does once its disk was full, until it is started again.
    """
    async with bus.connection(nats_url, "yunshu-relay") as client:
        stream = await bus.provision(client, replicas=replicas)
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await connection.execute("LISTEN outbox")
            log.info("outbox.relay_started")
            refused_since: float | None = None
            while not stopped.is_set():
                taken, sent = await relay_batch(connection, stream)
                now = time.monotonic()
                refused_since = None if sent or not taken else refused_since or now
                if refused_since and now - refused_since > PATIENCE_SECONDS:
                    if client.is_connected:
                        raise StreamRefuses
                    return
                if taken == BATCH and sent:
                    continue
                await _rest(connection, 0.5 if sent < taken else POLL_SECONDS, stopped)


async def relay_batch(connection: psycopg.AsyncConnection[Any], stream: JetStreamContext) -> tuple[int, int]:
    """Send the oldest unpublished facts, all at once; return how many were taken and how many are now stored."""
    async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_TAKE, [BATCH])
        rows = await cursor.fetchall()
        stored = await _send_all(stream, rows)
        if stored:
            await cursor.execute(_MARK, [stored])
    if rows:
        log.info("outbox.relayed", taken=len(rows), stored=len(stored))
    return len(rows), len(stored)


async def _send_all(stream: JetStreamContext, rows: Sequence[dict[str, Any]]) -> list[int]:
    answers = await asyncio.gather(
        *(
            bus.send(stream, row["subject"], _message(row), f"outbox-{row['id']}", request=row["request_id"])
            for row in rows
        )
    )
    return [row["id"] for row, stored in zip(rows, answers, strict=True) if stored]


def _message(row: dict[str, Any]) -> bytes:
    return json.dumps(row | {"occurred_at": row["occurred_at"].isoformat()}, ensure_ascii=False).encode()


async def _rest(connection: psycopg.AsyncConnection[Any], seconds: float, stopped: asyncio.Event) -> None:
    """Sleep until a fact is announced, ``seconds`` pass, or we are stopped."""

    async def announced() -> None:
        async for _ in connection.notifies(timeout=seconds, stop_after=1):
            pass

    await run_until(stopped, [announced()])
