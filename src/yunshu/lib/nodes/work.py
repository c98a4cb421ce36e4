"""What a node does on an order, supplied by whoever knows tables and files; ``agent`` knows only chunks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes.asking import Found
from yunshu.lib.nodes.cards import CardBook, NodeCard
from yunshu.lib.nodes.envelope import Closing, Suite
from yunshu.lib.nodes.orders import Order
from yunshu.lib.nodes.receipts import Receipt, Side
from yunshu.lib.nodes.streaming import Source, Transfer

SEND, RECEIVE, DIRECT = "send", "receive", "direct"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What stands at the target. ``root`` is the chunk digests' root as read back from it, empty if it was not."""

    rows: int
    quarantined_rows: int = 0
    verified_by: str
    root: str = ""


class Target(Protocol):
    """Where chunks go."""

    async def commit(self, number: int, chunk: bytes) -> None:
        """Commit chunk ``number``; do nothing if it is committed already (at most one comes twice, after a kill)."""
        ...

    async def finish(self, closing: Closing) -> Outcome:
        """Verify what stands at the target; called once all is committed, again after a kill."""
        ...

    async def close(self) -> None:
        """Let go of whatever is held; called once at the end, well or not."""
        ...


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a node moved by itself, between two databases that it reaches both. ``rows`` left the source."""

    rows: int
    size_bytes: int
    chunks: int
    root: str
    digest: str
    outcome: Outcome


class Work(Protocol):
    """Opens both ends of a transfer from an order's spec. Raises Refused for what this node may or can not do."""

    async def source(self, order: Order) -> Source:
        """Return where the chunks come from; its tally says ``rows``."""
        ...

    async def target(self, order: Order) -> Target:
        """Return where the chunks go."""
        ...

    async def direct(self, order: Order) -> Moved:
        """Move a table from one database of this node to another; safe to call again after a kill."""
        ...

    async def discard(self, order: Order) -> None:
        """Leave nothing of a transfer behind: an order to stop with ``discard`` says which, with the spec of its run."""
        ...

    async def answer(self, order: Order) -> Found:
        """Answer a question, many at a time."""
        ...

    async def watch(self, stopped: asyncio.Event) -> None:
        """Do what is to be done from time to time, until ``stopped``, whether or not the hub can be reached."""
        ...

    async def let_go(self) -> None:
        """Let go of what answering holds; called once, when the node ends."""
        ...


@dataclass(frozen=True)
class Plan:
    """An order to run, understood: which side this node is (``send``, ``receive``, ``direct``), of which transfer."""

    transfer: Transfer
    role: str
    resource: str


def plan(order: Order, own: NodeCard, book: CardBook) -> Plan:
    """Return what an order to run means: ``spec`` has ``role``, ``peer`` (org, node), ``resource`` and ``suite``.

    The peer's card is the one this node trusts, never one that came with the order. Raises Refused
    (``order_malformed``) and NotFound (``card_unknown``).
    """
    spec = order.spec
    try:
        role = str(spec["role"])
        other = own if role == DIRECT else book.get(str(spec["peer"]["org"]), str(spec["peer"]["node"]))
        sides = {SEND: (own, other), RECEIVE: (other, own), DIRECT: (own, own)}[role]
        suite = Suite(spec.get("suite", Suite.AES))
        resource = str(spec.get("resource", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("order_malformed", "指令内容格式不符，拒绝执行。") from error
    transfer = Transfer(id=order.transfer, agreement=order.agreement, sender=sides[0], receiver=sides[1], suite=suite)
    return Plan(transfer, role, resource)


def receipt_of(order: Order, planned: Plan, closing: Closing, outcome: Outcome, ended_at: str) -> Receipt:
    """Return the receipt as the target sees it: the sender's words from its signed closing, and its own."""
    transfer = planned.transfer
    shared = {"size_bytes": closing.size_bytes, "chunks": closing.chunks}
    return Receipt(
        transfer=transfer.id,
        agreement=transfer.agreement,
        resource=planned.resource,
        source=Side(node=str(transfer.sender), rows=_rows(closing.tally), root=closing.root, **shared),
        target=Side(node=str(transfer.receiver), rows=outcome.rows, root=outcome.root or closing.root, **shared),
        quarantined_rows=outcome.quarantined_rows,
        verified_by=outcome.verified_by,
        started_at=order.issued_at,
        ended_at=ended_at,
        digest="sm3" if transfer.suite is Suite.SM4 else "sha256",
    )


def receipt_of_own(order: Order, planned: Plan, moved: Moved, ended_at: str) -> Receipt:
    """Return the receipt of what one node moved by itself: it speaks for both sides."""
    node, shared = str(planned.transfer.sender), {"size_bytes": moved.size_bytes, "chunks": moved.chunks}
    return Receipt(
        transfer=planned.transfer.id,
        agreement=planned.transfer.agreement,
        resource=planned.resource,
        source=Side(node=node, rows=moved.rows, root=moved.root, **shared),
        target=Side(node=node, rows=moved.outcome.rows, root=moved.outcome.root or moved.root, **shared),
        quarantined_rows=moved.outcome.quarantined_rows,
        verified_by=moved.outcome.verified_by,
        started_at=order.issued_at,
        ended_at=ended_at,
        digest=moved.digest,
    )


def source_side(own: NodeCard, closing: Closing) -> Side:
    """Return what the sender itself says in a receipt."""
    return Side(
        node=str(own),
        rows=_rows(closing.tally),
        size_bytes=closing.size_bytes,
        chunks=closing.chunks,
        root=closing.root,
    )


def _rows(tally: Mapping[str, Any]) -> int:
    rows = tally.get("rows")
    return rows if isinstance(rows, int) else -1


async def pause(stopped: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until ``stopped``."""
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        return
