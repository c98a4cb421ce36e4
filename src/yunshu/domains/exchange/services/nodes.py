"""Nodes: enrolled by a compared fingerprint, renewed by their former keys, barred at once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import DeliveryState, NodeState
from yunshu.domains.exchange.contracts import NODE_OPERATE, Proven
from yunshu.domains.exchange.models import Delivery, Node
from yunshu.domains.exchange.services import deliveries, proof
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.nodes import cards
from yunshu.lib.nodes.cards import NodeCard


@transaction.atomic
def enrol_node(*, actor: Viewer, card: bytes, fingerprint: str, now: datetime) -> Node:
    """Let a node in whose fingerprint a person compared over another way than the network.

    Raises Refused (``card_malformed``, ``signature_wrong``, ``fingerprint_differs``, ``card_stale``), NotFound
    (``org_not_found``) and NotPermitted. A node that is known already changes its keys so, and must show a later version.
    """
    shown = cards.read(card)
    if fingerprint.split() != shown.fingerprint.split():
        raise Refused(
            "fingerprint_differs",
            _("指纹与节点证件不一致。请向节点管理员电话或当面核对后重新录入。"),
            where="fingerprint",
        )
    org = Org.objects.filter(code=shown.org, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": shown.org})
    actor.require(NODE_OPERATE, org.path)
    known = Node.objects.select_for_update().filter(org=org, name=shown.node).first()
    if known is not None and card_of(known).version >= shown.version:
        raise Refused("card_stale", _("该节点已登记；更换密钥的证件版本须高于现有版本。"), where="card")
    node = known or Node(org=org, name=shown.node)
    node.card, node.fingerprint = card.decode(), shown.fingerprint
    node.state, node.state_reason = NodeState.ACTIVE, ""
    node.enrolled_by, node.enrolled_at = actor.name, now
    node.save()
    words = {"org": org.code, "node": node.name, "version": shown.version, "fingerprint": shown.fingerprint}
    proof.of(Proven.NODE, str(shown), words | {"state": node.state}, actor, now)
    return node


@transaction.atomic
def bar_node(*, actor: Viewer, org: str, name: str, reason: str, now: datetime) -> Node:
    """Cut a node off: its connection is closed, its running deliveries end. Raises NotFound, NotPermitted, Conflict, Refused."""
    node = _locked(actor, org, name)
    if node.state == NodeState.BARRED:
        raise Conflict("already_barred", _("该节点已经切断。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明原因。"), where="reason")
    _set_state(node, NodeState.BARRED, reason.strip(), actor, now)
    for delivery in Delivery.objects.filter(ended_at__isnull=True).filter(selectors.by_node(node)):
        deliveries.end(delivery, DeliveryState.STOPPED, "node_barred", now, by=actor.name)
    return node


@transaction.atomic
def readmit_node(*, actor: Viewer, org: str, name: str, reason: str, now: datetime) -> Node:
    """Let a barred node in again with the same keys. Raises NotFound, NotPermitted, Conflict, Refused."""
    node = _locked(actor, org, name)
    if node.state == NodeState.ACTIVE:
        raise Conflict("not_barred", _("该节点没有被切断。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明原因。"), where="reason")
    _set_state(node, NodeState.ACTIVE, reason.strip(), actor, now)
    return node


def card_of(node: Node) -> NodeCard:
    """Return the card of a node, as it was compared."""
    return cards.read(node.card.encode())


def _locked(actor: Viewer, org: str, name: str) -> Node:
    node = Node.objects.select_for_update(of=("self",)).select_related("org").filter(org__code=org, name=name).first()
    if node is None:
        raise NotFound("node_not_found")
    actor.require(NODE_OPERATE, node.org.path)
    return node


def _set_state(node: Node, state: str, reason: str, actor: Viewer, now: datetime) -> None:
    node.state, node.state_reason = state, reason[:500]
    node.save(update_fields=["state", "state_reason"])
    words = {"org": node.org.code, "node": node.name, "state": state, "reason": reason}
    proof.of(Proven.NODE, str(card_of(node)), words, actor, now)
