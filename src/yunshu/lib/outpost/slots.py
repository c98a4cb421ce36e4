"""Logs that nobody reads any longer: a replication slot fills its server's disk, so the node that made it lets it go by itself.

An order ends a slot with its agreement. A node that was cut off gets no order; one whose deliveries have stopped reads
nothing: after ``keep_log_days`` of the settings the node drops the slot, and the next delivery, if one comes, is whole.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.outpost.book import Book, Slot
from yunshu.lib.outpost.errors import told
from yunshu.lib.outpost.settings import NodeSettings
from yunshu.lib.tables import following

EVERY_S = 3_600
log = structlog.get_logger()


def end(settings: NodeSettings, book: Book, name: str, database: str) -> None:
    """Drop a slot with its publication and forget it. Raises Refused if the database cannot be reached or is unknown."""
    with told():
        following.end(settings.database(database).at, name)
    book.drop_slot(name)


def stale(settings: NodeSettings, book: Book, now: datetime) -> Sequence[Slot]:
    """Return the slots that nobody has read for longer than the settings allow."""
    oldest = now - timedelta(days=settings.keep_log_days)
    return [slot for slot in book.slots() if slot.read_at < oldest]


def end_all(settings: NodeSettings, book: Book, slots: Sequence[Slot]) -> list[Slot]:
    """Drop these slots; return those that could not be dropped now, each with a line in the node's own log."""
    left = []
    for slot in slots:
        try:
            end(settings, book, slot.name, slot.database)
        except YunshuError as error:
            log.warning("slot_not_dropped", slot=slot.name, database=slot.database, why=error.message or error.code)
            left.append(slot)
        else:
            log.info("slot_dropped", slot=slot.name, database=slot.database, read_at=slot.read_at.isoformat())
    return left


async def watch(settings: NodeSettings, book: Book, stopped: asyncio.Event) -> None:
    """Drop stale slots, every hour, until ``stopped``; whether or not the hub can be reached."""
    while not stopped.is_set():
        await asyncio.to_thread(lambda: end_all(settings, book, stale(settings, book, clock.now())))
        try:
            await asyncio.wait_for(stopped.wait(), EVERY_S)
        except TimeoutError:
            continue
