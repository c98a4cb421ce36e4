"""Handling: each listener has a durable place in the stream; what it did and that it did it commit together."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pghistory
import structlog
from django.db import DatabaseError, connection, transaction

from yunshu.lib import bus
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.observe import meters
from yunshu.lib.observe.correlation import working_for
from yunshu.lib.outbox.models import DeadLetter, OutboxEntry
from yunshu.lib.outbox.registry import Handler, handlers

log = structlog.get_logger()
MAX_FAILURES = 8
LONGEST_PAUSE = 600
THREADS = 4
_CLAIM = """INSERT INTO outbox_handledevent (handler, event_id, handled_at) VALUES (%s, %s, %s)
ON CONFLICT DO NOTHING RETURNING 1"""


async def run(nats_url: str, *, stopped: asyncio.Event, replicas: int = 1) -> None:
    """Run every declared listener until ``stopped``."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="handler")
    async with bus.connection(nats_url, "yunshu-handlers") as client:
        stream = await bus.provision(client, replicas=replicas)
        log.info("outbox.handlers_started", handlers=list(handlers()))
        await asyncio.gather(stopped.wait(), *(_listen(stream, h, pool, stopped) for h in handlers().values()))
    pool.shutdown()


async def _listen(stream: Any, handler: Handler, pool: ThreadPoolExecutor, stopped: asyncio.Event) -> None:
    subscription = await bus.subscribe(stream, handler.event.subject, handler.durable)

    async def handle(delivery: bus.Delivery) -> None:
        pause = await asyncio.get_running_loop().run_in_executor(pool, attempt, handler, delivery.data)
        await (delivery.done() if pause is None else delivery.later(pause))

    await bus.consume(subscription, handle, stopped=stopped)


def attempt(handler: Handler, data: bytes) -> float | None:
    """Handle one message; return None when it is settled (done, or set aside), else the seconds to wait."""
    message = json.loads(data)
    with working_for(message["request_id"], handler=handler.name, fact=message["id"]):
        try:
            with meters.statements_timed("handlers"):
                ran = handle_once(handler, message["id"], message["payload"], message["request_id"])
        except Exception as error:
            meters.HANDLED.labels(handler.name, "failed").inc()
            log.warning("outbox.handler_failed", error=repr(error))
            return _after_failure(handler, message, error)
        meters.HANDLED.labels(handler.name, "done" if ran else "known").inc()
        log.info("outbox.handled", ran=ran)
    return None


def handle_once(handler: Handler, event_id: int, payload: dict[str, Any], request: str = "") -> bool:
    """Run the listener unless it has handled this fact; both are committed together. Say whether it ran.

    What it changes stands in the audit trail as done by the listener, for the ``request`` that the fact comes from.
    """
    acting = {"who": f"handler:{handler.name}", "request": request, "fact": event_id}
    with pghistory.context(**acting), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [handler.name, event_id, clock.now()])
            if cursor.fetchone() is None:
                return False
        handler.function(handler.event.from_payload(payload))
        DeadLetter.objects.filter(handler=handler.name, event_id=event_id).delete()
    return True


def replay(letter_id: int) -> DeadLetter:
    """Run the listener of a dead letter again, now; what it raises is the caller's to see.

    Raises NotFound ``dead_letter_not_found`` and ``handler_not_found``.
    """
    letter = DeadLetter.objects.filter(pk=letter_id).first()
    if letter is None:
        raise NotFound("dead_letter_not_found", f"没有编号为 {letter_id} 的失败记录，或它已经处理。")
    handler = handlers().get(letter.handler)
    if handler is None:
        raise NotFound("handler_not_found", f"程序里已没有名为 {letter.handler} 的处理者。")
    fact = OutboxEntry.objects.filter(pk=letter.event_id).first()
    handle_once(handler, letter.event_id, letter.payload, fact.request_id if fact else "")
    DeadLetter.objects.filter(pk=letter_id).delete()
    return letter


def prune(days: int) -> tuple[int, int]:
    """Delete facts published, and marks of handling made, more than ``days`` ago; as the owner only.

    Never younger than what the stream keeps: a fact that can still be delivered must still be known as handled.
    """
    before = clock.now() - max(timedelta(days=days), timedelta(seconds=bus.client.KEPT_SECONDS) * 2)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox_outboxentry WHERE published_at < %s", [before])
        facts = cursor.rowcount
        cursor.execute("DELETE FROM outbox_handledevent WHERE handled_at < %s", [before])
        return facts, cursor.rowcount


def status() -> dict[str, Any]:
    """Return what the operator's page shows: facts waiting, since when, failures being retried, dead letters."""
    waiting = OutboxEntry.objects.filter(published_at__isnull=True)
    oldest = waiting.order_by("id").first()
    return {
        "unpublished": waiting.count(),
        "lag_seconds": max(0.0, (clock.now() - oldest.occurred_at).total_seconds()) if oldest else 0.0,
        "retrying": DeadLetter.objects.filter(given_up_at__isnull=True).count(),
        "dead_letters": DeadLetter.objects.filter(given_up_at__isnull=False).count(),
        "handlers": list(handlers()),
    }


def dead_letters() -> list[DeadLetter]:
    """Return the facts that wait for a person, the oldest first."""
    return list(DeadLetter.objects.filter(given_up_at__isnull=False).order_by("failed_at"))


def _after_failure(handler: Handler, message: dict[str, Any], error: Exception) -> float | None:
    """Count the failure; return the pause before the next try, or None when the fact is set aside."""
    try:
        failures = _count_failure(handler, message, error)
    except DatabaseError:
        connection.close()
        return 1.0
    if failures >= MAX_FAILURES:
        log.error("outbox.set_aside", handler=handler.name, fact=message["id"], failures=failures)
        return None
    return float(min(2**failures, LONGEST_PAUSE))


@transaction.atomic
def _count_failure(handler: Handler, message: dict[str, Any], error: Exception) -> int:
    now = clock.now()
    letter, _ = DeadLetter.objects.select_for_update().get_or_create(
        handler=handler.name,
        event_id=message["id"],
        defaults={"subject": message["subject"], "payload": message["payload"], "failed_at": now, "error": ""},
    )
    letter.failures += 1
    letter.failed_at, letter.error = now, repr(error)[:2000]
    letter.given_up_at = now if letter.failures >= MAX_FAILURES else None
    letter.save()
    return letter.failures
