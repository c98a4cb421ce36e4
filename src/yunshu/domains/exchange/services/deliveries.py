"""Deliveries: the route of an agreement, ordered by hand or by the clock, stopped; how one ends."""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import AgreementState, DeliveryState, Modes, NodeState
from yunshu.domains.exchange.contracts import NODE_OPERATE, REQUEST_ANSWER, REQUEST_EDIT
from yunshu.domains.exchange.models import Agreement, Delivery, DeliveryStep, Node, NodeOrder, NodeReport, Route
from yunshu.domains.exchange.rules import deliveries as rules
from yunshu.domains.exchange.services import telling
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.nodes import cards, orders
from yunshu.lib.nodes.orders import News, Verb

SCHEDULER = System(name="按周期自动交付")
MOST_AT_ONCE = 20
AGAIN_FOLLOWING = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class RouteSpec:
    """What a side sets: its own end, and (the consumer) how data is written. None leaves a value as it is."""

    source_node: str | None = None
    source_database: str | None = None
    source_table: str | None = None
    watermark: str | None = None
    target_node: str | None = None
    target_database: str | None = None
    target_table: str | None = None
    mode: str | None = None
    suite: str | None = None
    is_active: bool | None = None


_OWNERS = ("source_node", "source_database", "source_table", "watermark")
_FOLLOWED = frozenset(
    {"source_node", "source_database", "source_table", "mode", "target_node", "target_database", "target_table"}
)
"""What a followed table's log belongs to: after a change of these the whole table comes again."""
_CONSUMERS = ("target_node", "target_database", "target_table", "mode", "suite", "is_active")


def set_out(agreement: Agreement, now: datetime) -> Route:
    """Make the route of a new agreement, in the caller's transaction: each side's only node, if it has just one."""
    table = str(agreement.terms.get("table") or "")
    return Route.objects.create(
        agreement=agreement,
        source_node=_only(agreement.provider_id),
        source_table=table,
        target_node=_only(agreement.consumer_id),
        target_table=_free_name(agreement, rules.target_name(table)),
        next_at=now if rules.span_of(agreement.terms["cycle"]) else None,
    )


def _free_name(agreement: Agreement, name: str) -> str:
    """Return ``name``, or the first with a number behind it, that no other agreement of the consumer writes to."""
    taken = set(
        Route.objects.filter(agreement__consumer=agreement.consumer, target_table__startswith=name[:50])
        .exclude(agreement=agreement)
        .values_list("target_table", flat=True)
    )
    names = itertools.chain([name], (f"{name[:55]}_{n}" for n in itertools.count(2)))
    return next(each for each in names if each not in taken)


def _only(org: int) -> Node | None:
    found = list(Node.objects.filter(org_id=org, state=NodeState.ACTIVE)[:2])
    return found[0] if len(found) == 1 else None


@transaction.atomic
def save_route(*, actor: Viewer, agreement: str, spec: RouteSpec, now: datetime) -> Route:
    """Set the ends that are the actor's own: the owner's by the owner, the consumer's by the consumer, both by the bureau.

    Raises NotFound, NotPermitted, Conflict (``delivery_running``) and Refused (``node_foreign``, ``table_missing``).
    """
    route = route_of(selectors.get_agreement(actor, agreement), now, lock=True)
    row = route.agreement
    given = {name: value for name, value in asdict(spec).items() if value is not None}
    if set(given) & set(_OWNERS) and not actor.may(NODE_OPERATE, row.provider.path):
        actor.require(REQUEST_ANSWER, row.provider.path)
    if set(given) & set(_CONSUMERS) and not actor.may(NODE_OPERATE, row.consumer.path):
        actor.require(REQUEST_EDIT, row.consumer.path)
    _find_nodes(row, given)
    changed = {name for name, value in given.items() if getattr(route, name) != value}
    if route.mode == Modes.FOLLOW and changed & _FOLLOWED:
        if Delivery.objects.filter(agreement=row, ended_at__isnull=True).exists():
            raise Conflict("delivery_running", _("该协议已有交付在进行。"))
        end_following(row, now)
    for name, value in given.items():
        setattr(route, name, value.strip() if isinstance(value, str) else value)
    if not route.source_table or not route.target_table:
        raise Refused("table_missing", _("请写明来源表和目标表。"), where="source_table")
    same = Route.objects.filter(
        target_node=route.target_node, target_database=route.target_database, target_table=route.target_table
    ).exclude(pk=route.pk)
    if route.target_node_id and same.exclude(agreement__state__in=("revoked", "expired")).exists():
        raise Refused("table_taken", _("另一份协议的数据已写入这张目标表，请换一个表名。"), where="target_table")
    if route.is_active and route.next_at is None and rules.span_of(row.terms["cycle"]):
        route.next_at = now
    route.save()
    return route


def _find_nodes(row: Agreement, given: dict[str, Any]) -> None:
    """Put nodes in the place of their names."""
    for name, org in (("source_node", row.provider), ("target_node", row.consumer)):
        if name in given:
            node = Node.objects.filter(org=org, name=given[name], state=NodeState.ACTIVE).first()
            if node is None:
                raise Refused("node_foreign", _("请选择本单位启用中的节点。"), where=name)
            given[name] = node


def route_of(agreement: Agreement, now: datetime, *, lock: bool = False) -> Route:
    """Return the route of an agreement; it is made if the agreement is older than routes are."""
    rows = Route.objects.select_related("agreement", "agreement__provider", "agreement__consumer")
    found = (rows.select_for_update(of=("self",)) if lock else rows).filter(agreement=agreement).first()
    return found or set_out(agreement, now)


@transaction.atomic
def order_delivery(*, actor: Viewer, agreement: str, whole: bool, now: datetime) -> Delivery:
    """Order a delivery now. Raises NotFound, NotPermitted, Conflict (``delivery_running``) and Refused (``not_ready`` …)."""
    row = selectors.get_agreement(actor, agreement)
    if not (actor.may(REQUEST_EDIT, row.consumer.path) or actor.may(REQUEST_ANSWER, row.provider.path)):
        actor.require(NODE_OPERATE, row.consumer.path)
    return begin(route_of(row, now, lock=True), actor, now, whole=whole)


@transaction.atomic
def render_due(*, now: datetime) -> int:
    """Begin the deliveries that are due; return how many. Safe to run twice: an agreement has one at a time."""
    due = Route.objects.select_for_update(of=("self",), skip_locked=True).filter(
        is_active=True,
        next_at__lte=now,
        agreement__state=AgreementState.ACTIVE,
        agreement__starts_on__lte=clock.city_date(now),
    )
    begun = 0
    for route in due.select_related("agreement").order_by("next_at")[:MOST_AT_ONCE]:
        try:
            with transaction.atomic():
                begin(route, SCHEDULER, now, whole=False)
            begun += 1
        except (Refused, Conflict):
            route.next_at = rules.again_at(1, now)
            route.save(update_fields=["next_at"])
    return begun


def begin(route: Route, actor: Viewer, now: datetime, *, whole: bool) -> Delivery:
    """Begin a delivery over a locked route, in the caller's transaction."""
    agreement, source, target = route.agreement, route.source_node, route.target_node
    if agreement.state != AgreementState.ACTIVE or not agreement.starts_on <= clock.city_date(now) <= agreement.ends_on:
        raise Refused("agreement_not_active", _("协议没有生效，不能交付。"))
    if agreement.terms["delivery"] == "query":
        raise Refused("by_query", _("该协议约定接口查询，没有库表交付。"))
    if source is None or target is None:
        raise Refused("not_ready", _("请先在协议页面设置两端的节点和表。"))
    if NodeState.BARRED in (source.state, target.state):
        raise Refused("node_barred", _("其中一个节点已被切断。"))
    if Delivery.objects.filter(agreement=agreement, ended_at__isnull=True).exists():
        raise Conflict("delivery_running", _("该协议已有交付在进行。"))
    since = "" if whole else _since(route, now)
    mode = Modes.REFRESH.value if route.mode == Modes.UPSERT and not since else route.mode
    specs = rules.specs(
        agreement.terms,
        rules.End(org=source.org.code, node=source.name, database=route.source_database, table=route.source_table),
        rules.End(org=target.org.code, node=target.name, database=route.target_database, table=route.target_table),
        mode=mode,
        suite=route.suite,
        watermark=route.watermark,
        since=since,
    )
    delivery = Delivery.objects.create(
        number=public_number("JF", clock.city_date(now)),
        agreement=agreement,
        source_node=source,
        target_node=target,
        spec={"orders": list(specs)},
        is_whole=not since,
        ordered_by=actor.name,
        ordered_at=now,
    )
    for node, spec in zip((target, source)[-len(specs) :], reversed(specs), strict=True):
        give(node, Verb.RUN, delivery, spec, now)
    step(delivery, "ordered", {"by": actor.name, "whole": not since}, now)
    route.next_at = rules.next_due(agreement.terms["cycle"], now)
    route.save(update_fields=["next_at"])
    return delivery


def _since(route: Route, now: datetime) -> str:
    """Return the last delivery that arrived, if the table is followed and was compared as a whole not long ago."""
    is_direct = route.source_node_id == route.target_node_id
    follows = route.mode == Modes.FOLLOW and not is_direct
    if not (follows or route.watermark) or (route.mode == Modes.FOLLOW and is_direct) or not route.target_table:
        return ""
    arrived = Delivery.objects.filter(agreement=route.agreement, state=DeliveryState.DONE)
    recent = arrived.filter(is_whole=True, ended_at__gt=now - rules.WHOLE_EVERY).exists()
    last = arrived.order_by("-ended_at").first()
    return last.number if last is not None and recent else ""


def give(node: Node, verb: Verb, delivery: Delivery, spec: Mapping[str, Any], now: datetime) -> NodeOrder:
    """Note an order for the hub's process to sign and send."""
    card = cards.read(node.card.encode())
    words = orders.new_order(
        verb, card, transfer=delivery.number, agreement=delivery.agreement.number, spec=dict(spec), now=now
    )
    return NodeOrder.objects.create(
        node=node, order=words.id, delivery=delivery, verb=verb.value, words=asdict(words), made_at=now
    )


def step(delivery: Delivery, code: str, words: Mapping[str, Any], now: datetime) -> None:
    """Note what happened."""
    DeliveryStep.objects.create(delivery=delivery, code=code, words=dict(words), at=now)


@transaction.atomic
def stop_delivery(*, actor: Viewer, number: str, reason: str, now: datetime) -> Delivery:
    """Stop a delivery; what has not been switched is taken away. Raises NotFound, NotPermitted, Conflict and Refused."""
    row = selectors.visible_deliveries(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("delivery_not_found")
    agreement = row.agreement
    if not (actor.may(REQUEST_ANSWER, agreement.provider.path) or actor.may(REQUEST_EDIT, agreement.consumer.path)):
        actor.require(NODE_OPERATE, agreement.provider.path)
    if row.ended_at is not None:
        raise Conflict("delivery_ended", _("该交付已经结束。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明原因。"), where="reason")
    end(row, DeliveryState.STOPPED, "stopped_by_hand", now, by=actor.name, text=reason.strip())
    return row


def stop_all(agreement: Agreement, now: datetime) -> None:
    """Stop what runs under an agreement that is no longer in force, in the caller's transaction."""
    for row in Delivery.objects.select_for_update().filter(agreement=agreement, ended_at__isnull=True):
        end(row, DeliveryState.STOPPED, "agreement_ended", now, by="")
    end_following(agreement, now)


def end_following(agreement: Agreement, now: datetime) -> None:
    """Let the source's server no longer keep its log for a table that was followed; nothing where none was."""
    rows = Delivery.objects.filter(agreement=agreement, spec__orders__0__follow=True).order_by("-ordered_at", "-pk")
    last = rows.select_related("source_node").first()
    if last is not None and last.source_node.state == NodeState.ACTIVE:
        spec = {**last.spec["orders"][0], "discard": True, "end_following": True}
        give(last.source_node, Verb.STOP, last, spec, now)


def end(row: Delivery, state: str, code: str, now: datetime, *, by: str, text: str = "") -> None:
    """End a delivery that did not arrive: both nodes stop, and leave nothing of it behind."""
    row.state, row.failure_code, row.failure, row.ended_at = state, code, text, now
    row.save(update_fields=["state", "failure_code", "failure", "ended_at"])
    for spec in row.spec["orders"]:
        node = row.target_node if spec["role"] == "receive" else row.source_node
        if node.state == NodeState.ACTIVE:
            give(node, Verb.STOP, row, {**spec, "discard": True}, now)
    step(row, "failed" if state in ("failed", "disputed") else "stop", {"code": code, "by": by, "text": text}, now)
    failed = state in (DeliveryState.FAILED, DeliveryState.DISPUTED)
    route = route_of(row.agreement, now, lock=True)
    route.failures = route.failures + 1 if failed else route.failures
    if failed:
        route.next_at = rules.again_at(route.failures, now)
    route.save(update_fields=["failures", "next_at"])
    if state == DeliveryState.DISPUTED or (failed and route.failures == rules.TOLD_AFTER):
        telling.of_failure(row, route.failures, now)


@transaction.atomic
def end_following_again(*, now: datetime) -> int:
    """Ask nodes again to let go of a log that they could not let go of an hour ago or longer; return how many."""
    failed = NodeReport.objects.filter(news=News.FAILED).values("order")
    rows = NodeOrder.objects.filter(verb=Verb.STOP.value, words__spec__end_following=True, order__in=failed)
    again = 0
    for row in rows.filter(made_at__lt=now - AGAIN_FOLLOWING).select_related("delivery", "node").order_by("pk"):
        later = NodeOrder.objects.filter(delivery=row.delivery, verb=row.verb, pk__gt=row.pk).exists()
        if row.delivery is not None and not later and row.node.state == NodeState.ACTIVE:
            give(row.node, Verb.STOP, row.delivery, row.words["spec"], now)
            again += 1
    return again


def nodes_of(agreement: Agreement) -> tuple[list[str], list[str]]:
    """Return the names of the nodes that either side may choose."""
    rows = Node.objects.filter(state=NodeState.ACTIVE).filter(Q(org=agreement.provider) | Q(org=agreement.consumer))
    named = list(rows.values_list("org_id", "name"))
    return (
        [name for org, name in named if org == agreement.provider_id],
        [name for org, name in named if org == agreement.consumer_id],
    )
