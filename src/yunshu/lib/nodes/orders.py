"""Signed words between the hub and a node: orders down, reports up.

A node obeys an order only if the hub's pinned keys signed it, it names this node, it has not expired and was never heard
before. It answers with reports, each under an id of its own, signed by the node: what the hub writes into its books.
"""

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from yunshu.lib.crypto.signing import PrivateKey, PublicKey
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import letters
from yunshu.lib.nodes.cards import NodeCard

ORDER, REPORT, QUESTION = "order", "report", "question"
VALID = timedelta(hours=24)
AHEAD = timedelta(minutes=5)
"""How far the hub's clock may run before the node's."""


class Verb(StrEnum):
    """What the hub may order."""

    RUN = "run"
    STOP = "stop"
    QUERY = "query"
    HEALTH = "health"
    SIGN = "sign"
    ASK = "ask"


class News(StrEnum):
    """What a node may report."""

    PROGRESS = "progress"
    DONE = "done"
    STOPPED = "stopped"
    REFUSED = "refused"
    FAILED = "failed"
    HEALTH = "health"
    RECEIPT = "receipt"


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order. ``spec`` is what the caller's ``Work`` reads: the transport does not look into it."""

    id: str
    org: str
    node: str
    verb: str
    transfer: str
    agreement: str
    issued_at: str
    expires_at: str
    spec: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report. ``order`` is empty for what a node says of itself."""

    id: str
    org: str
    node: str
    news: str
    order: str
    transfer: str
    said_at: str
    details: dict[str, Any]


def new_id() -> str:
    """Return an id that nobody else has: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_order(
    verb: Verb,
    to: NodeCard,
    *,
    transfer: str = "",
    agreement: str = "",
    spec: dict[str, Any] | None = None,
    valid: timedelta = VALID,
    now: datetime,
) -> Order:
    """Return an order with a new id, valid for a day unless ``valid`` says otherwise."""
    return Order(
        id=new_id(),
        org=to.org,
        node=to.node,
        verb=verb,
        transfer=transfer,
        agreement=agreement,
        issued_at=now.isoformat(),
        expires_at=(now + valid).isoformat(),
        spec=spec or {},
    )


def write_order(order: Order, signers: Iterable[PrivateKey]) -> bytes:
    """Return an order, or a question (verb ``ask``), signed by the hub."""
    return letters.write(QUESTION if order.verb == Verb.ASK else ORDER, asdict(order), signers)


def read_order(data: bytes, hub: Iterable[PublicKey], own: NodeCard, now: datetime, *, kind: str = ORDER) -> Order:
    """Return an order (or of ``kind`` QUESTION) to ``own`` that may be obeyed at ``now``; whether it was heard before, the journal knows.

    Raises Refused: ``letter_malformed``, ``signature_wrong``, ``order_malformed``, ``order_foreign``,
    ``order_expired``, ``order_early``.
    """
    words = letters.read(kind, data, hub)
    try:
        order = Order(**words)
        issued_at, expires_at = (datetime.fromisoformat(text) for text in (order.issued_at, order.expires_at))
        if (Verb(order.verb) is Verb.ASK) is not (kind == QUESTION):
            raise ValueError("another kind of letter")
        late, early = now >= expires_at, now < issued_at - AHEAD
        if not isinstance(order.spec, dict) or not order.id or not isinstance(order.id, str):
            raise TypeError("a field of another type")
    except (TypeError, ValueError) as error:
        raise Refused("order_malformed", "指令格式不符，拒绝执行。") from error
    if (order.org, order.node) != (own.org, own.node):
        raise Refused("order_foreign", f"该指令是下达给 {order.org}/{order.node} 的，拒绝执行。")
    if late:
        raise Refused("order_expired", f"指令已于 {order.expires_at} 过期，拒绝执行。")
    if early:
        raise Refused("order_early", "指令的签发时间晚于本节点时间，请校对时钟。")
    return order


def known_order(data: bytes) -> Order:
    """Return an order that was read before, from the node's own journal."""
    words, _signatures = letters.unread(ORDER, data)
    return Order(**words)


def new_report(
    news: News, own: NodeCard, *, order: Order | None = None, details: dict[str, Any], now: datetime
) -> Report:
    """Return a report with a new id."""
    return Report(
        id=new_id(),
        org=own.org,
        node=own.node,
        news=news,
        order=order.id if order else "",
        transfer=order.transfer if order else "",
        said_at=now.isoformat(),
        details=details,
    )


def write_report(report: Report, signers: Iterable[PrivateKey]) -> bytes:
    """Return a report signed by the node."""
    return letters.write(REPORT, asdict(report), signers)


def read_report(data: bytes, card: NodeCard) -> Report:
    """Return a report of the node of ``card``.

    Raises Refused: ``letter_malformed``, ``signature_wrong``, ``report_malformed``, ``report_foreign``.
    """
    words = letters.read(REPORT, data, card.public_keys)
    try:
        report = Report(**words)
        News(report.news)
    except (TypeError, ValueError) as error:
        raise Refused("report_malformed", "报告格式不符。") from error
    if (report.org, report.node) != (card.org, card.node):
        raise Refused("report_foreign", "报告不是该节点的。")
    return report
