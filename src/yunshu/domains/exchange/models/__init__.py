"""Tables of the exchange: the catalogue, requests and agreements, nodes and deliveries, query interfaces,
corrections, the level above.
"""

from yunshu.domains.exchange.models.agreements import Agreement, Request
from yunshu.domains.exchange.models.cascade import (
    CascadeMessage,
    DataDebt,
    EntryReport,
    UpperCase,
    UpperLink,
    UpperTask,
)
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
    "CascadeMessage",
    "Category",
    "Client",
    "ClockRule",
    "Consent",
    "Correction",
    "CorrectionCopy",
    "DataDebt",
    "Delivery",
    "DeliveryStep",
    "Element",
    "EntryReport",
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
    "UpperCase",
    "UpperLink",
    "UpperTask",
]
