"""Tables of the exchange: the catalogue, requests and agreements, nodes and deliveries, query interfaces,
corrections.
"""

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
from yunshu.domains.exchange.models.corrections import Correction, CorrectionCopy
from yunshu.domains.exchange.models.deliveries import (
    Delivery,
    DeliveryStep,
    Node,
    NodeOrder,
    NodeReport,
    Route,
)
from yunshu.domains.exchange.models.interfaces import (
    Allowance,
    Call,
    CallBatch,
    Client,
    Consent,
    Interface,
    Nonce,
)

__all__ = [
    "Agreement",
    "Allowance",
    "Call",
    "CallBatch",
    "Category",
    "Client",
    "ClockRule",
    "Consent",
    "Correction",
    "CorrectionCopy",
    "Delivery",
    "DeliveryStep",
    "Element",
    "ImportDraft",
    "Interface",
    "Item",
    "ListLine",
    "Node",
    "NodeOrder",
    "NodeReport",
    "Nonce",
    "Request",
    "Resource",
    "ResourceVersion",
    "Route",
]
