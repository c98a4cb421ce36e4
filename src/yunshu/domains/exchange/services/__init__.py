"""Writing the exchange: one function = one use case = one transaction."""

from yunshu.domains.exchange.services.agreements import MOVES, deliver_begun, ends_soon, move_agreement, render_expired
from yunshu.domains.exchange.services.asking import Question, ask_as_client, ask_as_person, subject_of
from yunshu.domains.exchange.services.calls import faulty_batches, seal_calls
from yunshu.domains.exchange.services.catalogue import create_entry, move_entry, save_draft
from yunshu.domains.exchange.services.clients import (
    ClientSpec,
    client_of_secret,
    client_of_signature,
    client_of_token,
    create_client,
    new_secret,
    save_client,
    token_for,
)
from yunshu.domains.exchange.services.consents import ConsentSpec, record_consent, withdraw_consent
from yunshu.domains.exchange.services.corrections import (
    CorrectionSpec,
    move_correction,
    report_correction,
    spread_corrections,
)
from yunshu.domains.exchange.services.deliveries import (
    RouteSpec,
    end_following_again,
    nodes_of,
    order_delivery,
    render_due,
    route_of,
    save_route,
    stop_delivery,
)
from yunshu.domains.exchange.services.indexing import reindex
from yunshu.domains.exchange.services.interfaces import InterfaceSpec, save_interface
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
from yunshu.domains.exchange.services.upper import (
    CaseSpec,
    DebtSpec,
    ask_debt,
    ask_reconciliation,
    chase_debt,
    move_debt,
    move_task,
    reconcile,
    send_again,
    send_case,
)

__all__ = [
    "MOVES",
    "AnswerSpec",
    "CaseSpec",
    "ClientSpec",
    "ConsentSpec",
    "CorrectionSpec",
    "DebtSpec",
    "InterfaceSpec",
    "LineSpec",
    "Question",
    "RequestSpec",
    "RouteSpec",
    "ask_as_client",
    "ask_as_person",
    "ask_debt",
    "ask_reconciliation",
    "bar_node",
    "card_of",
    "chase_debt",
    "client_of_secret",
    "client_of_signature",
    "client_of_token",
    "create_client",
    "create_entry",
    "create_request",
    "deliver_begun",
    "end_following_again",
    "ends_soon",
    "enrol_node",
    "faulty_batches",
    "move_agreement",
    "move_correction",
    "move_debt",
    "move_entry",
    "move_request",
    "move_task",
    "new_secret",
    "nodes_of",
    "order_delivery",
    "passing_verb",
    "readmit_node",
    "reconcile",
    "record_consent",
    "reindex",
    "render_due",
    "render_expired",
    "report_correction",
    "route_of",
    "save_client",
    "save_draft",
    "save_interface",
    "save_line",
    "save_request",
    "save_route",
    "seal_calls",
    "send_again",
    "send_case",
    "spread_corrections",
    "stop_delivery",
    "subject_of",
    "token_for",
    "withdraw_consent",
]
