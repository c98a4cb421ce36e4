"""Writing the exchange: one function = one use case = one transaction."""

from yunshu.domains.exchange.services.agreements import MOVES, deliver_begun, ends_soon, move_agreement, render_expired
from yunshu.domains.exchange.services.catalogue import create_entry, move_entry, save_draft
from yunshu.domains.exchange.services.deliveries import (
    RouteSpec,
    nodes_of,
    order_delivery,
    render_due,
    route_of,
    save_route,
    stop_delivery,
)
from yunshu.domains.exchange.services.indexing import reindex
from yunshu.domains.exchange.services.lists import LineSpec, save_line
from yunshu.domains.exchange.services.nodes import bar_node, card_of, enrol_node, readmit_node
from yunshu.domains.exchange.services.requests import (
    AnswerSpec,
    RequestSpec,
    create_request,
    move_request,
    passing_verb,
    save_request,
)

__all__ = [
    "MOVES",
    "AnswerSpec",
    "LineSpec",
    "RequestSpec",
    "RouteSpec",
    "bar_node",
    "card_of",
    "create_entry",
    "create_request",
    "deliver_begun",
    "ends_soon",
    "enrol_node",
    "move_agreement",
    "move_entry",
    "move_request",
    "nodes_of",
    "order_delivery",
    "passing_verb",
    "readmit_node",
    "reindex",
    "render_due",
    "render_expired",
    "route_of",
    "save_draft",
    "save_line",
    "save_request",
    "save_route",
    "stop_delivery",
]
