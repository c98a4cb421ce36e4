"""One transfer from end to end by a process that reaches both databases: plan, chunks, checks, switch.

Killed at any moment and started again with the same number, it goes on after the last chunk that stands at the target.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from yunshu.lib.tables import chunks, digests
from yunshu.lib.tables.digests import Algorithm
from yunshu.lib.tables.errors import Drifted, Stopped, Unlike
from yunshu.lib.tables.query import Extract, Query, Range, compile_extract, ranged
from yunshu.lib.tables.relay import CopyOut
from yunshu.lib.tables.schema import TableSchema, read_schema
from yunshu.lib.tables.staging import ChunkDone, Staging, Target
from yunshu.lib.tables.staging import order as order_by

ROWS_PER_CHUNK = 250_000


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to move: ``number`` names the transfer, ``key`` (of the agreement) hashes what is masked by hash.

    ``checks``: rows that break the agreed lengths, obligations and key are set aside at the target. The binary form and
    the types are always held to.
    """

    number: str
    extract: Extract
    target: str
    key: bytes
    algorithm: Algorithm = Algorithm.SHA256
    rows_per_chunk: int = ROWS_PER_CHUNK
    reads_back: bool = False
    checks: bool = True


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What moved. ``root`` is over the chunks' digests in order; ``verified`` says how the target was compared:
    ``received`` (the server took and counted every row of the hashed stream) or ``readback`` (read again and hashed).
    """

    rows: int
    size_bytes: int
    chunks: int
    algorithm: Algorithm
    root: str
    quarantined: int
    rows_at_target: int
    verified: str


class Source:
    """The source's half: the compiled query and its ranges."""

    def __init__(self, connection: psycopg.Connection[Any], order: Order) -> None:
        schema = read_schema(connection, order.extract.table)
        if schema is None:
            raise Drifted(f"there is no table {order.extract.table} in the source")
        self.connection = connection
        self.schema: TableSchema = schema
        self.query: Query = compile_extract(order.extract, schema, order.key)
        self._rows_per_chunk, self._is_ordered = order.rows_per_chunk, order.reads_back
        self._fields = order.extract.fields

    def plan(self) -> tuple[Range, ...]:
        """Return the ranges to read."""
        return chunks.plan(self.connection, self.schema, self._rows_per_chunk)

    def read(self, wanted: Range) -> CopyOut:
        """Return a range's messages; in a fixed order where they will be read back."""
        query = ranged(self.query, self.schema.key, self.schema, wanted)
        if self._is_ordered:
            key = [f.name for f in self._fields if f.is_key] or list(self.query.types)
            wrapped = sql.SQL("SELECT * FROM ({}) AS given ORDER BY {}")
            query = wrapped.format(query, order_by(key, self.query.types))
        return CopyOut(self.connection, query)


Progress = Callable[[int, int], None]
"""Told after each chunk: how many stand, of how many."""


def run(
    source: psycopg.Connection[Any],
    target: psycopg.Connection[Any],
    order: Order,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    on_progress: Progress = lambda _done, _all: None,
) -> Tally:
    """Move what the order says. Raises Drifted, SourceFailed, TargetFailed, Stopped and Unlike (nothing is switched)."""
    reading = Source(source, order)
    staging = Staging(
        target,
        order.number,
        Target(table=order.target, types=reading.query.types, fields=order.extract.fields),
        order.algorithm,
    )
    standing = staging.open()
    ranges = _kept_plan(staging, reading)
    for number, wanted in enumerate(ranges):
        if number in standing:
            continue
        out = reading.read(wanted)
        done = staging.load(number, _until_stopped(iter(out), is_stopped), lambda _portion: None)
        if out.rows != done.rows:
            raise Unlike(f"chunk {number}: the source sent {out.rows} rows, the target took {done.rows}")
        standing[number] = done
        on_progress(len(standing), len(ranges))
    return finish(staging, standing, order)


def finish(staging: Staging, standing: dict[int, ChunkDone], order: Order) -> Tally:
    """Compare, set broken rows aside, switch."""
    if order.reads_back:
        for number, done in standing.items():
            if staging.read_back(done) != done.digest:
                raise Unlike(f"chunk {number} reads back otherwise than it was sent")
    quarantined = staging.quarantine() if order.checks else 0
    in_order = [standing[n] for n in sorted(standing)]
    rows = sum(c.rows for c in in_order)
    rows_at_target = staging.switch()
    return Tally(
        rows=rows,
        size_bytes=sum(c.size_bytes for c in in_order),
        chunks=len(in_order),
        algorithm=order.algorithm,
        root=digests.root(order.algorithm, (c.digest for c in in_order)),
        quarantined=quarantined,
        rows_at_target=rows_at_target,
        verified="readback" if order.reads_back else "received",
    )


def _until_stopped(portions: Iterator[bytes], is_stopped: Callable[[], bool]) -> Iterator[bytes]:
    for portion in portions:
        if is_stopped():
            raise Stopped("the transfer was stopped; the target is as it was")
        yield portion
    if is_stopped():
        raise Stopped("the transfer was stopped; the target is as it was")


def _kept_plan(staging: Staging, reading: Source) -> tuple[Range, ...]:
    """Return the plan of this transfer: the one it began with, however the source has grown since."""
    kept = staging.kept_plan()
    if kept is None:
        kept = reading.plan()
        staging.keep_plan(kept)
    return kept
