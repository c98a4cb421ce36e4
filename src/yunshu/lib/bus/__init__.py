"""The bus: NATS JetStream, named only here. Facts travel in one stream, ``FACTS``, under ``facts.<subject>``.

Start with ``connection`` (a client that never gives up) and ``provision`` (the stream, made or brought up to date).

What only matters now (a question to a process, an event for whoever looks on) goes by ``talk``.
"""

from nats.aio.client import Client

from yunshu.lib.bus.client import (
    PREFIX,
    REFUSED,
    STREAM,
    Delivery,
    connection,
    consume,
    once,
    provision,
    reachable,
    send,
    subscribe,
)
from yunshu.lib.bus.talk import answer, ask, listening, tell

__all__ = [
    "PREFIX",
    "REFUSED",
    "STREAM",
    "Client",
    "Delivery",
    "answer",
    "ask",
    "connection",
    "consume",
    "listening",
    "once",
    "provision",
    "reachable",
    "send",
    "subscribe",
    "tell",
]
