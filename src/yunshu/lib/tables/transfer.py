"""A table's whole way: plan, chunks, checks, switch. Start at ``Transfer.run``.

Everything that a later attempt must know is in the target's database (``journal``): a process killed at any moment is
followed by another that calls ``run`` with the same ``Transfer``; at most the chunk under way is sent again. A transfer
that was switched answers with its tally and moves nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import psycopg

from yunshu.lib.tables import relay
from yunshu.lib.tables import rules as checks
from yunshu.lib.tables.chunks import CHUNK_ROWS, Chunk
from yunshu.lib.tables.errors import Drifted, ServerFailed, TargetFailed, Unverified
from yunshu.lib.tables.journal import Journal, digest_of
from yunshu.lib.tables.postgres import Into, Source
from yunshu.lib.tables.relay import Connection, Moved
from yunshu.lib.tables.rules import Rule
from yunshu.lib.tables.schema import Drift, TableSchema, describe, drift
from yunshu.lib.tables.sockets import Stop
from yunshu.lib.tables.staging import Staging
from yunshu.lib.tables.stopping import stoppable


@dataclass(frozen=True)
class Progress:
    """Where a transfer is: ``sending`` or ``loaded`` a chunk, or ``checking``, ``switching``, ``switched``."""

    step: Literal["sending", "loaded", "checking", "switching", "switched"]
    chunk: int = 0
    chunks: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Tally:
    """What was moved. ``root`` is the digest of the chunks' digests one after the other, in hex.

    ``verified`` says how the target's side is known: ``received`` - its server took as many rows as were sent, in chunks
    committed with their digests; ``readback`` - and each chunk, read from the staging table again, had the same digest.
    """

    rows: int
    size_bytes: int
    chunks: int
    algorithm: str
    root: str
    quarantined: int
    verified: Literal["received", "readback"]


@dataclass(frozen=True)
class Options:
    """How a transfer goes about it.

    ``readback`` sends each chunk in the order of its key, and reads it again before it commits: a fifth to two fifths more
    time (bench/transfer.py), for a fault that the target's server would have to hide from itself. So it is off by default.
    """

    algorithm: Literal["sha256", "sm3"] = "sha256"
    chunk_rows: int = CHUNK_ROWS
    readback: bool = False


Mode = Literal["swap", "upsert", "refresh", "prune"]


@dataclass(frozen=True)
class Transfer:
    """One agreed delivery of a table. ``id`` names it for ever: the same id with other terms is refused.

    ``mode``: ``swap`` puts the new table in the old one's place; ``upsert`` inserts and updates by key; ``refresh`` also
    deletes what did not come; ``prune`` only deletes.
    """

    id: str
    source: Source
    target_url: str
    target: tuple[str, str]
    mode: Mode = "swap"
    rules: tuple[Rule, ...] = ()
    options: Options = field(default_factory=Options)

    def run(self, stop: Stop = lambda: False, progress: Callable[[Progress], None] = lambda _: None) -> Tally:
        """Move what is not moved yet, and switch; return the tally.

        Raises Drifted, Unfit, SourceFailed, TargetFailed, Unverified and Stopped; the target is then as it was. ``stop`` is
        asked several times a second.
        """
        with self._target() as connection:
            run = _Run(self, connection, stop, progress)
            return run.done() or run.go()

    def discard(self) -> None:
        """Remove staging table, journal and quarantine of this transfer (a revoked agreement leaves nothing behind)."""
        with self._target() as connection:
            run = _Run(self, connection, lambda: False, lambda _: None)
            run.staging.drop()
            run.journal.forget()

    @contextmanager
    def _target(self) -> Iterator[Connection]:
        try:
            connection = relay.connect(self.target_url)
        except ServerFailed as error:
            raise TargetFailed(error.code, str(error)) from error
        try:
            yield connection
        except psycopg.Error as error:
            raise TargetFailed(error.sqlstate or "connection_lost", str(error)) from error
        finally:
            self.source.close()
            connection.close()

    @property
    def output(self) -> TableSchema:
        """Return the table that comes out; raise Unfit."""
        return self.source.extract.output(*self.target)

    def asked(self) -> str:
        """Return the digest of all that was agreed."""
        rules = [checks.to_json(rule) for rule in self.rules]
        terms = {"target": list(self.target), "mode": self.mode, "rules": rules, "options": asdict(self.options)}
        return digest_of({"extract": self.source.extract.to_json(), **terms})


class _Run:
    """One attempt of a transfer, on one connection to the target."""

    def __init__(
        self, transfer: Transfer, connection: Connection, stop: Stop, progress: Callable[[Progress], None]
    ) -> None:
        self.transfer = transfer
        self.connection = connection
        self.stop = stop
        self.progress = progress
        self.journal = Journal(connection, transfer.target[0], transfer.id)
        self.staging = Staging(self.journal, transfer.output)
        with stoppable(connection, stop):
            self.journal.open()

    def done(self) -> Tally | None:
        """Return the tally if an earlier attempt came to the end."""
        self.journal.plan(self.transfer.asked())
        result = self.journal.result()
        return None if result is None else Tally(**result)

    def go(self) -> Tally:
        """Do what is left to do."""
        self.transfer.source.open()
        found = self.transfer.source.found()
        drifts = drift(self.transfer.source.extract.table, found)
        wrong = [
            d for d in drifts if d.kind in ("missing", "type") or (d.kind == "key" and found.key)
        ]  # a view has no key
        if wrong:
            raise Drifted("source_drifted", f"the source is not the table agreed: {describe(wrong)}")
        rules = self.staging.all_rules(self.transfer.rules, trusted=self._trusted(drifts))
        plan = self._plan()
        self.staging.check(rules)
        moved = self._load(plan)
        self.transfer.source.close()
        return self._switch(moved, rules)

    def _trusted(self, drifts: list[Drift]) -> list[str]:
        """Return the columns whose source guarantees that they are not NULL; a NULL subject of a date shift counts in ``fit``."""
        loose = {d.column for d in drifts if d.kind == "nullable"}
        extract = self.transfer.source.extract
        strict = {c.name for c in extract.table.columns if not c.nullable and c.name not in loose}
        return [f.target for f in extract.fields if f.column in strict and self.transfer.source.guarantees]

    def _plan(self) -> list[Chunk]:
        plan = self.journal.plan(self.transfer.asked())
        if plan is None:
            plan = self.transfer.source.plan(self.transfer.options.chunk_rows, self.stop)
            with self.connection.transaction():
                self.staging.drop()
                self.staging.create()
                self.journal.begin(self.transfer.asked(), plan)
        return plan

    def _load(self, plan: list[Chunk]) -> dict[int, Moved]:
        loaded = self.journal.loaded()
        for chunk in plan:
            if chunk.number not in loaded:
                sent = Progress("sending", chunk.number, len(plan), sum(moved.rows for moved in loaded.values()))
                self.progress(sent)
                with self.connection.transaction():
                    loaded[chunk.number] = self._send(chunk)
                    self.journal.record(chunk.number, loaded[chunk.number])
                self.progress(replace(sent, step="loaded", rows=sent.rows + loaded[chunk.number].rows))
        return loaded

    def _send(self, chunk: Chunk) -> Moved:
        options = self.transfer.options
        into = Into(
            self.connection, self.staging.table, self.staging.target, options.algorithm, ordered=options.readback
        )
        pages = self.staging.pages()
        moved = self.transfer.source.send(chunk, into, self.stop)
        if options.readback:
            select = self.staging.rows_of_this_transaction(pages)
            kept = relay.read_back(self.connection, select, algorithm=options.algorithm, stop=self.stop)
            if kept != moved:
                raise Unverified(
                    "digest_differs", f"chunk {chunk.number}: sent {moved.rows} rows, found {kept.rows} others"
                )
        return moved

    def _switch(self, moved: dict[int, Moved], rules: list[Rule]) -> Tally:
        transfer = self.transfer
        with stoppable(self.connection, self.stop):
            self.progress(Progress("checking"))
            tally = self._tally(moved, self.staging.quarantine(rules))
            self.progress(Progress("switching", rows=tally.rows))
            if transfer.mode == "swap":
                self.staging.harden()
                self.staging.swap(asdict(tally))
            else:
                self.staging.merge(
                    asdict(tally), put=transfer.mode != "prune", delete_missing=transfer.mode != "upsert"
                )
        self.progress(Progress("switched", rows=tally.rows))
        return tally

    def _tally(self, moved: dict[int, Moved], quarantined: int) -> Tally:
        options = self.transfer.options
        state = relay.new_digest(options.algorithm)
        for number in sorted(moved):
            state.update(moved[number].digest)
        rows, size = sum(m.rows for m in moved.values()), sum(m.size_bytes for m in moved.values())
        verified: Literal["received", "readback"] = "readback" if options.readback else "received"
        return Tally(rows, size, len(moved), options.algorithm, state.digest().hex(), quarantined, verified)
