"""Tables of the exchange: the catalogue, requests and agreements, nodes and deliveries."""

from yunshu.domains.exchange.models.agreements import Agreement, Request
from yunshu.domains.exchange.models.catalogue import (
    Category,
    ClockRule,
    Element,
    ImportDraft,
    Item,
    ListLine,
    Resource,
    ResourceVersion,
)
from yunshu.domains.exchange.models.deliveries import (
    Delivery,
    DeliveryStep,
    Node,
    NodeOrder,
    NodeReport,
    Route,
)

__all__ = [
    "Agreement",
    "Category",
    "ClockRule",
    "Delivery",
    "DeliveryStep",
    "Element",
    "ImportDraft",
    "Item",
    "ListLine",
    "Node",
    "NodeOrder",
    "NodeReport",
    "Request",
    "Resource",
    "ResourceVersion",
    "Route",
]
