"""A node's or the hub's connection: tries for ever, at least once a second, and says when it is up."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from nats.aio.client import Client, Srv
from nats.errors import Error as NatsError

from yunshu.lib.nodes import names
from yunshu.lib.nodes.keys import NodeKeys

log = structlog.get_logger()
TRY_S, CONNECT_S = 0.5, 3
BROKEN = (NatsError, OSError, TimeoutError)


def trusting(file: Path) -> ssl.SSLContext:
    """Return a context that takes the servers whose certificate, or whose authority's, is in ``file`` (PEM), and no other."""
    return ssl.create_default_context(cafile=str(file))


@asynccontextmanager
async def connected(keys: NodeKeys, urls: list[str], tls: ssl.SSLContext | None = None) -> AsyncGenerator[Client, None]:
    """Give a node's connection; it is made anew for as long as the block runs, but ends when the server bars the user.

    A barred user's connection is closed for good (``is_closed``): the caller decides whether to try again.
    """
    card = keys.card
    async with connection(urls, keys.bus_seed, str(card), inbox=names.inbox(card.org, card.node), tls=tls) as client:
        yield client


@asynccontextmanager
async def connection(
    urls: list[str], seed: str, name: str, *, inbox: str = "_INBOX", tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Client, None]:
    """Give a connection as the user of ``seed``; waits until a server takes it."""

    last = ""

    async def note(error: Exception) -> None:
        nonlocal last
        if last != (last := str(error) or type(error).__name__):  # said once, not twice a second
            log.info("nodes.bus_error", client=name, error=last)

    options: dict[str, Any] = {
        "name": name,
        "nkeys_seed_str": seed,
        "inbox_prefix": inbox,
        "error_cb": note,
        "tls": tls,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": TRY_S,
        "connect_timeout": CONNECT_S,
        "ping_interval": 5,
        "max_outstanding_pings": 2,
        "allow_reconnect": True,
    }
    client = None
    while client is None:
        trying = _Client()
        try:
            await trying.connect(urls, **options)
            client = trying
        except BROKEN as error:
            trying.let_go()
            await note(error)
            await asyncio.sleep(TRY_S)
    try:
        yield client
    finally:
        with suppress(*BROKEN):  # what is lost already need not be closed well
            await client.close()
        client.let_go()


class _Client(Client):
    """nats-py's client, which forgets a refused attempt's socket, and one that broke, without closing it (2.16)."""

    async def _connect_to_server(self, s: Srv) -> None:
        self.let_go()
        await super()._connect_to_server(s)

    def let_go(self) -> None:
        """Close the socket, if there is one."""
        if self._transport:
            self._transport.close()  # type: ignore[no-untyped-call]
