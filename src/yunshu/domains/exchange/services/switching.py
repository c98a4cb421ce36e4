"""What the hub's process asks and tells: which nodes there are, which orders wait, what a node reported.

Every report is taken once, in one transaction with what follows from it; the same report again changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from yunshu.domains.directory.contracts import System
from yunshu.domains.exchange.choices import DeliveryState, NodeState
from yunshu.domains.exchange.contracts import Proven
from yunshu.domains.exchange.models import Delivery, Node, NodeOrder, NodeReport
from yunshu.domains.exchange.rules import deliveries as rules
from yunshu.domains.exchange.services import deliveries, proof
from yunshu.domains.exchange.services.agreements import deliver_begun
from yunshu.domains.exchange.services.nodes import card_of
from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import letters, orders, receipts
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.orders import News, Order, Report, Verb

HUB = System(name="数据交换枢纽")
MOST = 200


@dataclass(frozen=True)
class Outgoing:
    """An order that waits; ``receiver`` is whose consumer the transfer's stream needs before it is given."""

    id: int
    order: Order
    sender: NodeCard | None = None
    receiver: NodeCard | None = None


def active_cards() -> list[NodeCard]:
    """Return the cards of the nodes that may connect."""
    return [card_of(node) for node in Node.objects.filter(state=NodeState.ACTIVE).order_by("org__code", "name")]


def waiting_orders() -> list[Outgoing]:
    """Return the orders that were not sent, the oldest first."""
    rows = NodeOrder.objects.filter(sent_at__isnull=True).select_related(
        "delivery", "delivery__source_node", "delivery__target_node", "node"
    )
    return [_outgoing(row) for row in rows.order_by("pk")[:MOST]]


def _outgoing(row: NodeOrder) -> Outgoing:
    order = Order(**row.words)
    if row.verb != Verb.RUN or row.delivery is None or order.spec["role"] == "direct":
        return Outgoing(row.pk, order)
    return Outgoing(row.pk, order, card_of(row.delivery.source_node), card_of(row.delivery.target_node))


def order_sent(number: int, now: datetime) -> None:
    """Note that an order is in the node's stream."""
    NodeOrder.objects.filter(pk=number, sent_at__isnull=True).update(sent_at=now)


def streams_to_close() -> list[str]:
    """Return the deliveries that have ended and whose stream is still there."""
    rows = Delivery.objects.filter(stream_closed=False, ended_at__isnull=False)
    # the orders to stop come first: a node reads its chunks until it hears them
    waiting = NodeOrder.objects.filter(sent_at__isnull=True).values("delivery")
    return list(rows.exclude(pk__in=waiting).values_list("number", flat=True)[:MOST])


def stream_closed(number: str) -> None:
    """Note that a delivery's stream is gone."""
    Delivery.objects.filter(number=number).update(stream_closed=True)


@transaction.atomic
def take_report(letter: bytes, now: datetime) -> str:
    """Take what a node reported; return what it was about, for the log.

    Raises Refused for a letter that no enrolled node signed: it is not kept.
    """
    claimed = letters.unread(orders.REPORT, letter)[0]
    node = (
        Node.objects.select_for_update(of=("self",))
        .select_related("org")
        .filter(org__code=str(claimed.get("org")), name=str(claimed.get("node")), state=NodeState.ACTIVE)
        .first()
    )
    if node is None:
        raise Refused("node_unknown", "没有这个节点，或已被切断。")
    report = orders.read_report(letter, card_of(node))
    node.last_seen_at = now
    if report.news == News.HEALTH:
        node.health, node.program_version = report.details, str(report.details.get("version", ""))[:40]
        node.save(update_fields=["last_seen_at", "health", "program_version"])
        _note_progress(node, report.details.get("running"))
        return "health"
    node.save(update_fields=["last_seen_at"])
    _made, is_new = NodeReport.objects.get_or_create(
        report=report.id,
        defaults={
            "node": node,
            "news": report.news,
            "order": report.order,
            "letter": letter.decode(),
            "heard_at": now,
        },
    )
    if is_new:
        _follow(node, report, now)
    return f"{report.news} {report.transfer}"


def _note_progress(node: Node, running: Any) -> None:
    for number, words in running.items() if isinstance(running, dict) else ():
        row = Delivery.objects.filter(number=number, ended_at__isnull=True).first()
        if row is not None and isinstance(words, dict):
            side = "target" if row.target_node_id == node.pk else "source"
            row.progress = {**row.progress, side: {k: words.get(k) for k in ("next_chunk", "size_bytes", "lag_s")}}
            row.save(update_fields=["progress"])


def _follow(node: Node, report: Report, now: datetime) -> None:
    """Do what follows from a report about a delivery that has not ended."""
    order = NodeOrder.objects.filter(order=report.order, node=node).first()
    if order is None or order.delivery_id is None:
        return
    row = Delivery.objects.select_for_update(of=("self",)).get(pk=order.delivery_id)
    if report.news == News.STOPPED:
        deliveries.step(row, "stopped", {"node": str(node)}, now)
    if row.ended_at is not None:
        return
    act = _ACTS.get((report.news, order.verb))
    if act is not None:
        act(row, node, report.details, now)


def _done(row: Delivery, node: Node, details: Mapping[str, Any], now: datetime) -> None:
    if "receipt" not in details:
        tally = details.get("tally") or {}
        row.differences = list(tally.get("differences") or [])
        row.save(update_fields=["differences"])
        deliveries.step(row, "sent", {"node": str(node), "rows": tally.get("rows")}, now)
        if row.differences:
            deliveries.step(row, "drift", {"differences": row.differences}, now)
        return
    if node.pk != row.target_node_id:
        return
    deliveries.step(row, "received", {"node": str(node)}, now)
    if row.spec["orders"][0]["role"] == "direct":
        _settle(row, details["receipt"], now)
        return
    row.state = DeliveryState.SIGNING
    row.save(update_fields=["state"])
    deliveries.give(row.source_node, Verb.SIGN, row, {"receipt": details["receipt"]}, now)
    deliveries.step(row, "signing", {"node": str(row.source_node)}, now)


def _receipted(row: Delivery, node: Node, details: Mapping[str, Any], now: datetime) -> None:
    if node.pk == row.source_node_id:
        _settle(row, details.get("receipt"), now)


def _settle(row: Delivery, form: Any, now: datetime) -> None:
    """End a delivery by its receipt: arrived if both sides signed and say the same."""
    cards = {receipts.SOURCE: card_of(row.source_node), receipts.TARGET: card_of(row.target_node)}
    try:
        signed = receipts.read(canonical(form))
    except Refused as error:
        deliveries.end(row, DeliveryState.DISPUTED, error.code, now, by="", text=error.message)
        return
    found, said = receipts.check(signed, cards), signed.receipt
    texts = [fault.message for fault in found]
    if (said.transfer, said.agreement) != (row.number, row.agreement.number):
        texts.append("回执不是这次交付的。")
    if texts:
        deliveries.step(row, "differs", {"faults": texts}, now)
        deliveries.end(row, DeliveryState.DISPUTED, "receipt_differs", now, by="", text=" ".join(texts))
        return
    row.receipt, row.state, row.ended_at = form, DeliveryState.DONE, now
    row.rows, row.quarantined = said.source.rows, said.quarantined_rows
    row.size_bytes, row.chunks = said.source.size_bytes, said.source.chunks
    words = {"receipt": form, "agreement": row.agreement.number, "digest": row.agreement.digest}
    row.record = proof.of(Proven.RECEIPT, row.number, words, HUB, now)
    row.save()
    deliveries.step(row, "receipted", {"rows": row.rows, "quarantined": row.quarantined, "record": row.record}, now)
    _arrived(row, now)


def _arrived(row: Delivery, now: datetime) -> None:
    deliver_begun(row.agreement, now)
    route = deliveries.route_of(row.agreement, now, lock=True)
    route.failures = 0
    route.save(update_fields=["failures"])
    resource = row.agreement.resource
    resource.fresh_until = rules.next_due(resource.cycle, now)
    resource.save(update_fields=["fresh_until"])


def _failed(row: Delivery, node: Node, details: Mapping[str, Any], now: datetime) -> None:
    code, text = str(details.get("code", ""))[:60], str(details.get("message", ""))[:1000]
    deliveries.end(row, DeliveryState.FAILED, code, now, by=str(node), text=text)


Act = Callable[[Delivery, Node, Mapping[str, Any], datetime], None]
_ACTS: dict[tuple[str, str], Act] = {
    (News.DONE, Verb.RUN): _done,
    (News.FAILED, Verb.RUN): _failed,
    (News.REFUSED, Verb.RUN): _failed,
    (News.RECEIPT, Verb.SIGN): _receipted,
    (News.REFUSED, Verb.SIGN): _failed,
}
