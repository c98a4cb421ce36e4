"""Counting afterwards, apart from the program: what was acknowledged against what lies in database, streams, ledger and departments."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from _load import CONSUMER, OWNER, TABLE, Load

from yunshu.config.world import restored
from yunshu.lib import bus
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.leaves import read as read_leaf

QUIET_SECONDS = 180
_WAITING = (
    "SELECT (SELECT count(*) FROM outbox_outboxentry WHERE published_at IS NULL),"
    " (SELECT count(*) FROM ledger_record WHERE final_at IS NULL),"
    " (SELECT count(*) FROM exchange_delivery WHERE ended_at IS NULL),"
    " (SELECT count(*) FROM outbox_deadletter WHERE given_up_at IS NULL),"
    " (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('doing'))"
)


@dataclass
class Sum:
    """What was found: lost, doubled, and what was only counted."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    def take(self, what: str, must: Counter[Any], there: Counter[Any]) -> None:
        """Hold what must be there once against what is there."""
        self.counted[what] = len(must)
        self.lost += [f"{what} {each}" for each in must if each not in there]
        self.doubled += [f"{what} {each}" for each in must if there[each] > 1]


def quiet(load: Load) -> dict[str, int]:
    """Wait until nothing waits any more; return what still does."""
    names, deadline, row = (
        ("facts", "records", "deliveries", "failures", "jobs"),
        time.monotonic() + QUIET_SECONDS,
        None,
    )
    while time.monotonic() < deadline:
        try:
            with load.at("yunshu") as connection:
                row = connection.execute(_WAITING).fetchone()
        except psycopg.Error:
            row = None
        if row is not None and not any(row):
            return {}
        time.sleep(1)
    return dict(zip(names, row or (-1,) * 5, strict=True))


def count(load: Load) -> Sum:
    """Count everything; the instance still runs."""
    found = Sum()
    with load.at("yunshu") as connection:
        _demands(load, connection, found)
        _payments(load, connection, found)
        _facts(load, connection, found)
        _records(load, connection, found)
        _deliveries(load, connection, found)
        row = connection.execute(
            "SELECT count(*) FROM operations_incident i JOIN operations_target t ON t.id = i.target_id WHERE t.number = %s",
            [load.target],
        ).fetchone()
        found.counted["false outages of the watched system"] = int(row[0]) if row else -1
    _rows(load, found)
    return found


def _demands(load: Load, connection: psycopg.Connection[Any], found: Sum) -> None:
    seen = restored.tickets(connection, load.diary.done("ticket"))
    found.counted["demands"] = seen.wanted
    found.lost += [f"demand {mark}" for mark in (*seen.lost, *seen.changed)]
    tried = [note.mark for note in load.diary.notes if note.kind == "ticket"]
    there = Counter(
        row[0]
        for row in connection.execute("SELECT source_number FROM hotline_ticket WHERE source_number = ANY(%s)", [tried])
    )
    found.doubled += [f"demand {mark}" for mark, times in there.items() if times > 1]


def _payments(load: Load, connection: psycopg.Connection[Any], found: Sum) -> None:
    must = Counter(note.mark for note in load.diary.done("payment"))
    tried = [note.mark for note in load.diary.notes if note.kind == "payment"]
    there = Counter(
        row[0] for row in connection.execute("SELECT voucher FROM evaluation_payment WHERE voucher = ANY(%s)", [tried])
    )
    found.take("payment", must, there)
    found.doubled += [f"payment {mark}" for mark, times in there.items() if times > 1 and mark not in must]


def _facts(load: Load, connection: psycopg.Connection[Any], found: Sum) -> None:
    """Each fact is in the stream once; each listener of a subject has handled each fact, or says that it gave up."""
    must = Counter(f"outbox-{row[0]}" for row in connection.execute("SELECT id FROM outbox_outboxentry"))
    found.take("fact", must, asyncio.run(messages(load.nats)))
    listening = connection.execute(
        "SELECT DISTINCT h.handler, e.subject FROM outbox_handledevent h JOIN outbox_outboxentry e ON e.id = h.event_id"
    ).fetchall()
    for handler, subject in listening:
        missed = connection.execute(
            "SELECT e.id FROM outbox_outboxentry e WHERE e.subject = %s AND NOT EXISTS (SELECT 1 FROM outbox_handledevent h"
            " WHERE h.handler = %s AND h.event_id = e.id)",
            [subject, handler],
        ).fetchall()
        found.lost += [f"fact {row[0]} at {handler}" for row in missed]
    found.counted["facts handled"] = _number(connection, "SELECT count(*) FROM outbox_handledevent")


async def messages(url: str) -> Counter[str]:
    """Return how often each fact stands in the stream, by the number it was sent under."""
    seen: Counter[str] = Counter()
    async with bus.connection(url, "bench-audit") as client:
        stream = client.jetstream()
        subscription = await stream.subscribe("facts.>", ordered_consumer=True)
        last = (await stream.stream_info(bus.STREAM)).state
        while last.messages and sum(seen.values()) < last.messages:
            message = await subscription.next_msg(timeout=10)
            seen[str((message.headers or {}).get("Nats-Msg-Id"))] += 1
    return seen


def _records(load: Load, connection: psycopg.Connection[Any], found: Sum) -> None:
    """Each record is a leaf of each member's log, once; each demand and payment has its record once."""
    rows = connection.execute("SELECT number, body, leaf_index FROM ledger_record").fetchall()
    bodies = {bytes(body): str(number) for number, body, _index in rows}
    logs = sorted(Path(load.instance.data).glob("ledger/*/data/log.sqlite"))
    for log in logs:
        disk = Disk(log)
        block = disk.last_block()
        seen: Counter[str] = Counter()
        for data in disk.leaves(0, block.head.size if block else 0):
            if number := bodies.get(read_leaf(data).body):
                seen[number] += 1
        disk.close()
        found.take(f"record at {log.parent.parent.name}", Counter(bodies.values()), seen)
    for kind, table, key, marks in (
        ("payment", "evaluation_payment", "voucher", "payment"),
        ("demand", "hotline_ticket", "source_number", "ticket"),
    ):
        tried = [note.mark for note in load.diary.done(marks)]
        bare = connection.execute(
            f"SELECT t.{key} FROM {table} t WHERE t.{key} = ANY(%s) AND NOT EXISTS (SELECT 1 FROM outbox_outboxentry e"  # type: ignore[arg-type]
            " WHERE e.payload->>'number' = t.number) AND %s = 'demand'",
            [tried, kind],
        ).fetchall()
        found.lost += [f"fact of {kind} {row[0]}" for row in bare]
    found.counted["members of the ledger"] = len(logs)


def _deliveries(load: Load, connection: psycopg.Connection[Any], found: Sum) -> None:
    """An acknowledged delivery ended, once; what is done has one receipt in the ledger."""
    ordered = [
        str(note.words["number"]) for note in load.diary.notes if note.kind == "transfer" and "number" in note.words
    ]
    rows = connection.execute(
        "SELECT d.number, d.ended_at, d.state, (SELECT count(*) FROM ledger_record r WHERE r.number = d.record) FROM"
        " exchange_delivery d WHERE d.number = ANY(%s)",
        [ordered],
    ).fetchall()
    found.take("delivery", Counter(set(ordered)), Counter(str(row[0]) for row in rows))
    found.lost += [f"delivery {row[0]} has not ended" for row in rows if row[1] is None]
    found.lost += [f"receipt of {row[0]}" for row in rows if row[2] == "done" and row[3] == 0]
    found.counted["deliveries that failed and said so"] = sum(row[2] == "failed" for row in rows)


def _rows(load: Load, found: Sum) -> None:
    """Every row whose delivery was acknowledged as done is at the consumer, and no row is there twice."""
    with load.at(CONSUMER) as there:
        came = Counter(row[0] for row in there.execute(f"SELECT rybh FROM incoming.{TABLE}"))  # type: ignore[arg-type]
    with load.at(OWNER) as here:
        held = {row[0] for row in here.execute(f"SELECT rybh FROM {TABLE}")}  # type: ignore[arg-type]
    must = Counter(key for note in load.diary.done("transfer") for key in note.words["keys"] if key in held)
    found.take("row", must, came)
    found.doubled += [f"row {key}" for key, times in came.items() if times > 1]


def _number(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return int(row[0]) if row else 0
