"""What a node does on an order: send a table, take one, move one directly, leave nothing of one that was stopped."""

import asyncio
import json
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.nodes.asking import Found
from yunshu.lib.nodes.envelope import Suite
from yunshu.lib.nodes.orders import Order
from yunshu.lib.nodes.work import Moved, Outcome
from yunshu.lib.outpost import opening, sending, slots
from yunshu.lib.outpost.answering import Answering
from yunshu.lib.outpost.book import Book
from yunshu.lib.outpost.errors import told
from yunshu.lib.outpost.receiving import Receiving, make_schema, rules_of
from yunshu.lib.outpost.sending import Sending
from yunshu.lib.outpost.settings import NodeSettings
from yunshu.lib.outpost.terms import Terms, slot_of
from yunshu.lib.tables import Options, Transfer, relay
from yunshu.lib.tables.chunks import CHUNK_ROWS

SECRET_BYTES = 32
BOOK = "outpost.sqlite"


class TableWork:
    """``lib.nodes.work.Work`` over the databases of this node's settings. ``folder`` is the node's own."""

    def __init__(self, settings: NodeSettings, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings, self._folder = settings, folder
        self._secret = secret_of(folder)
        self.book = Book(folder / BOOK)
        self._answering = Answering(settings, self._secret)

    async def source(self, order: Order) -> Sending:
        """Return the way out; raise Refused (``order_malformed``, ``database_unknown``, ``table_closed``)."""
        return Sending(Terms.of(order), self._settings, self.book, self._secret, self._folder)

    async def target(self, order: Order) -> Receiving:
        """Return the way in; raise Refused (``order_malformed``, ``database_unknown``, ``database_closed``)."""
        return Receiving(Terms.of(order), self._settings, self.book)

    async def direct(self, order: Order) -> Moved:
        """Move a table between two databases of this node; ``spec.to`` has the target's database and table. Raises Refused."""
        terms = Terms.of(order)
        over = threading.Event()
        transfer = await asyncio.to_thread(self._transfer, order, terms)

        def run() -> Moved:
            with told():
                with relay.connect(transfer.target_url) as connection:
                    make_schema(connection, transfer.target[0])
                tally = transfer.run(over.is_set)
            outcome = Outcome(
                rows=tally.rows - tally.quarantined,
                quarantined_rows=tally.quarantined,
                verified_by=tally.verified,
                root=tally.root,
            )
            return Moved(
                rows=tally.rows,
                size_bytes=tally.size_bytes,
                chunks=tally.chunks,
                root=tally.root,
                digest=tally.algorithm,
                outcome=outcome,
            )

        try:
            return await asyncio.to_thread(run)
        finally:
            over.set()

    async def answer(self, order: Order) -> Found:
        """Answer a point query. Raises Refused."""
        return await self._answering.answer(order)

    async def watch(self, stopped: asyncio.Event) -> None:
        """Let go of logs that nobody reads, until ``stopped``."""
        await slots.watch(self._settings, self.book, stopped)

    async def let_go(self) -> None:
        """Close the connections that answered."""
        await self._answering.close()

    async def discard(self, order: Order) -> None:
        """Leave nothing of a stopped transfer behind. Raises Refused if the database cannot be reached."""
        terms = Terms.of(order)
        if order.spec.get("role") == "receive":
            receiving = Receiving(terms, self._settings, self.book)
            try:
                await receiving.discard()
            finally:
                await receiving.close()
        elif order.spec.get("role") == "direct":
            await asyncio.to_thread(self._transfer(order, terms).discard)
        elif order.spec.get("end_following"):
            await asyncio.to_thread(slots.end, self._settings, self.book, slot_of(terms.agreement), terms.database)
        await asyncio.to_thread(sending.discard, terms, self.book, self._folder)

    def _transfer(self, order: Order, terms: Terms) -> Transfer:
        """Return the direct transfer of an order. Raises Refused."""
        try:
            to = dict(order.spec["to"])
            target, table = self._settings.database(str(to["database"])), str(to["table"])
            suite = Suite(order.spec.get("suite", Suite.AES))
        except (KeyError, TypeError, ValueError) as error:
            raise Refused("order_malformed", "指令内容格式不符，拒绝执行。") from error
        source = self._settings.database(terms.database)
        source.see_that_may_leave(terms.table)
        schema = target.see_that_may_come()
        with told():
            found = opening.see(source, terms)
            opened = opening.source_of(source, terms, found, self._secret, self._folder)
            rules = tuple(rules_of(terms, opened.extract.output(schema, table)))
        rows = int(order.spec.get("chunk_rows") or CHUNK_ROWS)
        options = Options(algorithm="sm3" if suite is Suite.SM4 else "sha256", chunk_rows=rows)
        return Transfer(terms.transfer, opened, target.at, (schema, table), terms.mode, rules, options)


def secret_of(folder: Path) -> bytes:
    """Return the secret of this node's masks, made once: whoever loses it gives everybody another pseudonym."""
    path = folder / "masks.secret"
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"secret": secrets.token_hex(SECRET_BYTES)}, file)
            file.flush()
            os.fsync(file.fileno())
    try:
        return bytes.fromhex(json.loads(path.read_text())["secret"])
    except (ValueError, KeyError) as error:
        raise NotFound("secret_malformed", f"{path} 已损坏，请从备份恢复。") from error
