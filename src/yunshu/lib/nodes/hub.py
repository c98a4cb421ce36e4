"""What the hub makes in JetStream for nodes: the streams of orders and reports, a stream for each transfer.

Called with the platform's connection; nodes may not. A transfer's stream keeps what its receiver has not acknowledged
and takes no more than ``most_bytes``: the sender waits for the receiver, whatever the size of the transfer.
"""

import json
from typing import Any

from nats.aio.client import Client

from yunshu.lib.nodes import names
from yunshu.lib.nodes.streaming import Transfer

ASK_S = 5.0
MOST_BYTES = 256 << 20
KEPT_S = 30 * 86400
_NANO = 1_000_000_000
_IN_USE, _NOT_FOUND = {10058, 10013}, {10059, 10014}


class ApiError(Exception):
    """JetStream refused; ``code`` is its ``err_code``."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code


async def ask(client: Client, subject: str, question: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask JetStream's API; raise ApiError."""
    text = json.dumps(question).encode() if question is not None else b""
    answer: dict[str, Any] = json.loads((await client.request(f"$JS.API.{subject}", text, timeout=ASK_S)).data)
    if error := answer.get("error"):
        raise ApiError(int(error.get("err_code", 0)), str(error.get("description")))
    return answer


async def provision(client: Client) -> None:
    """Make the streams of orders and of reports, if they are absent."""
    for name, subject in ((names.ORDERS, "nodes.orders.*.*"), (names.REPORTS, "nodes.reports.*.*")):
        await make_stream(client, {"name": name, "subjects": [subject], "max_age": KEPT_S * _NANO, "discard": "old"})


async def listen(client: Client, name: str) -> None:
    """Make the consumer through which the hub's own process reads all reports."""
    await _consumer(client, names.REPORTS, name, {})


async def admit(client: Client, org: str, node: str) -> None:
    """Make the consumer through which a node reads its orders."""
    subject = names.orders(org, node)
    await _consumer(client, names.ORDERS, names.reader(org, node), {"filter_subject": subject})


async def dismiss(client: Client, org: str, node: str) -> None:
    """Take that consumer away; nothing happens if there is none."""
    try:
        await ask(client, f"CONSUMER.DELETE.{names.ORDERS}.{names.reader(org, node)}")
    except ApiError as error:
        if error.code not in _NOT_FOUND:
            raise


async def open_transfer(client: Client, transfer: Transfer, *, most_bytes: int = MOST_BYTES) -> None:
    """Make the stream of a transfer and its receiver's consumer. Safe to call again."""
    name, sender, receiver = names.transfer_stream(transfer.id), transfer.sender, transfer.receiver
    await make_stream(
        client,
        {
            "name": name,
            "subjects": [names.chunks(sender.org, sender.node, transfer.id)],
            "retention": "interest",
            "max_bytes": most_bytes,
        },
    )
    await _consumer(client, name, names.reader(receiver.org, receiver.node), {})


async def close_transfer(client: Client, transfer: str) -> None:
    """Take a transfer's stream away with everything in it; nothing happens if there is none."""
    try:
        await ask(client, f"STREAM.DELETE.{names.transfer_stream(transfer)}")
    except ApiError as error:
        if error.code not in _NOT_FOUND:
            raise


async def make_stream(client: Client, config: dict[str, Any]) -> None:
    """Make a stream on disk that refuses what does not fit; one of this name that exists stays as it is."""
    wanted = {"storage": "file", "num_replicas": 1, "discard": "new", "duplicate_window": 120 * _NANO} | config
    try:
        await ask(client, f"STREAM.CREATE.{wanted['name']}", wanted)
    except ApiError as error:
        if error.code not in _IN_USE:
            raise


async def _consumer(client: Client, stream: str, name: str, config: dict[str, Any]) -> None:
    wanted = {
        "durable_name": name,
        "name": name,
        "deliver_policy": "all",
        "ack_policy": "all",
        "ack_wait": 3600 * _NANO,
        "max_ack_pending": -1,
    }
    question = {"stream_name": stream, "action": "", "config": wanted | config}
    path = f"CONSUMER.CREATE.{stream}.{name}"
    await ask(client, f"{path}.{config['filter_subject']}" if "filter_subject" in config else path, question)
