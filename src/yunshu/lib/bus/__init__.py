"""The bus: NATS JetStream, named only here. Facts travel in one stream, ``FACTS``, under ``facts.<subject>``.

Start with ``connection`` (a client that never gives up) and ``provision`` (the stream, made or brought up to date).
"""

from yunshu.lib.bus.client import (
    PREFIX,
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

__all__ = [
    "PREFIX",
    "STREAM",
    "Delivery",
    "connection",
    "consume",
    "once",
    "provision",
    "reachable",
    "send",
    "subscribe",
]
