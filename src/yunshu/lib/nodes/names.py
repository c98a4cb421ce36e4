"""Names: of streams, subjects and consumers. An organisation's and a node's name is one token of a subject."""

import re

from yunshu.lib.kernel.errors import Refused

PLATFORM = "PLATFORM"
"""The account of the hub: the only one with JetStream."""
ORDERS, REPORTS = "NODE_ORDERS", "NODE_REPORTS"
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", re.ASCII)


def token(text: str) -> str:
    """Return ``text`` if it may stand in a subject; raise Refused (``name_malformed``)."""
    if not _TOKEN.fullmatch(text):
        raise Refused("name_malformed", f"名称“{text[:40]}”只能由字母、数字和连字符组成。")
    return text


def account(org: str) -> str:
    """Return the account of an organisation."""
    return f"ORG_{token(org)}"


def reader(org: str, node: str) -> str:
    """Return the consumer that belongs to a node, in whatever stream the hub makes one for it."""
    return f"{token(org)}_{token(node)}"


def orders(org: str, node: str) -> str:
    """Return the subject of the orders to one node."""
    return f"nodes.orders.{token(org)}.{token(node)}"


def reports(org: str, node: str) -> str:
    """Return the subject of a node's reports."""
    return f"nodes.reports.{token(org)}.{token(node)}"


def questions(org: str, node: str) -> str:
    """Return the subject at which a node hears questions."""
    return f"nodes.ask.{token(org)}.{token(node)}"


def chunks(org: str, node: str, transfer: str) -> str:
    """Return the subject under which a node sends the chunks of a transfer."""
    return f"nodes.chunks.{token(org)}.{token(node)}.{token(transfer)}"


def transfer_stream(transfer: str) -> str:
    """Return the stream of a transfer."""
    return f"TRANSFER_{token(transfer)}"


def inbox(org: str, node: str) -> str:
    """Return the prefix of the subjects at which a node hears answers: no other may listen there."""
    return f"_INBOX.{token(org)}.{token(node)}"


def next_message(consumer: str, stream: str = "*") -> str:
    """Return the subject that asks for the next messages of a consumer."""
    return f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"


def reset(consumer: str, stream: str = "*") -> str:
    """Return the subject that sets a consumer back to what it has acknowledged (nats-server 2.14 and later)."""
    return f"$JS.API.CONSUMER.RESET.{stream}.{consumer}"
