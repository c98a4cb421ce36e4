"""The hub's process: lets nodes in and cuts them off, sends what waits, hears what they report. Start at ``Switchboard.run``.

It keeps nothing itself: ``Books`` does, whose methods are called in a thread, may be called again after a kill, and must then
change nothing twice.
"""

import asyncio
import hashlib
import json
import ssl
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from nats.aio.client import Client

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.tasks import run_until
from yunshu.lib.nodes import accounts, connecting, hub, names, orders, work
from yunshu.lib.nodes.accounts import Server, Tls
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.envelope import Suite
from yunshu.lib.nodes.hub import ApiError
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import Order
from yunshu.lib.nodes.pulling import Reader
from yunshu.lib.nodes.streaming import Transfer

log = structlog.get_logger()
LOOK_S = 0.3
HEARER = "hub"


class Waiting(Protocol):
    """An order that waits; ``sender`` and ``receiver`` where it needs a transfer's stream."""

    @property
    def id(self) -> int: ...

    @property
    def order(self) -> Order: ...

    @property
    def sender(self) -> NodeCard | None: ...

    @property
    def receiver(self) -> NodeCard | None: ...


class Books(Protocol):
    """What the hub knows and keeps."""

    def cards(self) -> list[NodeCard]: ...

    def waiting(self) -> "list[Any]": ...

    def sent(self, number: int) -> None: ...

    def ended(self) -> list[str]: ...

    def closed(self, transfer: str) -> None: ...

    def take(self, letter: bytes) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Place:
    """The server that nodes dial: its addresses, how it is configured, its files ``hub.json`` and ``hub.pid`` in ``folder``.

    Where ``tls.crt`` and ``tls.key`` lie in ``folder``, too, it speaks TLS.
    """

    urls: list[str]
    server: Server
    folder: Path

    @property
    def config(self) -> Path:
        """The server's configuration."""
        return self.folder / "hub.json"

    @property
    def pid(self) -> Path:
        """Where the server writes its process number."""
        return self.folder / "hub.pid"

    @property
    def trust(self) -> ssl.SSLContext | None:
        """By what the hub's own process knows the server."""
        return connecting.trusting(Path(self.server.tls.cert_file)) if self.server.tls else None


def place_of(url: str, folder: Path, user: str) -> Place:
    """Return the server that nodes dial at ``url``, configured in ``folder`` for the hub's NATS user."""
    address = urlsplit(url)
    certificate, key = folder / "tls.crt", folder / "tls.key"
    tls = Tls(cert_file=str(certificate), key_file=str(key)) if certificate.exists() and key.exists() else None
    server = Server(
        name="yunshu-hub",
        host=address.hostname or "127.0.0.1",
        port=address.port or 4222,
        store=folder / "store",
        hub_user=user,
        tls=tls,
    )
    return Place(urls=[url], server=server, folder=folder)


def configuration(place: Place, cards: list[NodeCard]) -> dict[str, Any]:
    """Return the server's configuration with these nodes."""
    return accounts.hub_config(place.server, cards) | {"pid_file": str(place.pid)}


class Switchboard:
    """One hub at work."""

    def __init__(self, place: Place, keys: NodeKeys, books: Books) -> None:
        self._place, self._keys, self._books = place, keys, books
        self._known: set[tuple[str, str]] = set()
        self._digest = ""

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until ``stopped``; a server that is away is tried again and again."""
        while not stopped.is_set():
            try:
                await run_until(stopped, [self._connected(stopped)])
            except (ApiError, *connecting.BROKEN) as error:  # so while the server reads its configuration anew
                log.warning("nodes.hub_trouble", error=str(error) or type(error).__name__)
            await work.pause(stopped, connecting.TRY_S)

    async def _connected(self, stopped: asyncio.Event) -> None:
        place = self._place
        async with connecting.connection(place.urls, self._keys.bus_seed, "hub", tls=place.trust) as client:
            await hub.provision(client)
            await hub.listen(client, HEARER)
            self._known.clear()
            await self._admit(client)
            log.info("nodes.hub_connected", nodes=len(self._known))
            await run_until(stopped, [self._send(client, stopped), self._hear(client, stopped)])

    async def _send(self, client: Client, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            try:
                await self._admit(client)
                for waiting in await asyncio.to_thread(self._books.waiting):
                    await self._give(client, waiting)
                for transfer in await asyncio.to_thread(self._books.ended):
                    await hub.close_transfer(client, transfer)
                    await asyncio.to_thread(self._books.closed, transfer)
            except (ApiError, *connecting.BROKEN) as error:
                log.warning("nodes.hub_trouble", error=str(error) or type(error).__name__)
            await work.pause(stopped, LOOK_S)

    async def _give(self, client: Client, waiting: Waiting) -> None:
        order = waiting.order
        if waiting.sender is not None and waiting.receiver is not None:
            transfer = Transfer(
                id=order.transfer,
                agreement=order.agreement,
                sender=waiting.sender,
                receiver=waiting.receiver,
                suite=Suite(order.spec.get("suite", Suite.AES)),
            )
            await hub.open_transfer(client, transfer)
        data = orders.write_order(order, self._keys.signers)
        headers = {"Nats-Msg-Id": order.id}  # sent again after a kill, it is there once
        await client.jetstream().publish(names.orders(order.org, order.node), data, headers=headers)
        await asyncio.to_thread(self._books.sent, waiting.id)
        log.info("nodes.order_sent", verb=order.verb, node=f"{order.org}/{order.node}", transfer=order.transfer)

    async def _hear(self, client: Client, stopped: asyncio.Event) -> None:
        reader = Reader(client, names.REPORTS, HEARER, batch=64)
        async with aclosing(reader.messages(stopped)) as messages:
            async for message in messages:
                try:
                    about = await asyncio.to_thread(self._books.take, message.data)
                    if about != "health":
                        log.info("nodes.report_taken", about=about)
                except Refused as refused:
                    log.warning("nodes.report_refused", code=refused.code)
                await reader.acknowledge(message)

    async def _admit(self, client: Client) -> None:
        """Bring the server's configuration and the nodes' consumers in step with the books."""
        cards = await asyncio.to_thread(self._books.cards)
        config = configuration(self._place, cards)
        digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
        if digest != self._digest:
            await asyncio.to_thread(self._configure, config)
            self._digest = digest
        now = {(card.org, card.node) for card in cards}
        for org, node in sorted(now - self._known):
            await hub.admit(client, org, node)
        for org, node in sorted(self._known - now):
            await hub.dismiss(client, org, node)
        self._known = now

    def _configure(self, config: dict[str, Any]) -> None:
        """Write the configuration, and let the server read it if it is another one."""
        before = self._place.config.read_bytes() if self._place.config.exists() else b""
        accounts.write(self._place.config, config)
        if self._place.config.read_bytes() != before:
            accounts.reload(int(self._place.pid.read_text()))
            log.info("nodes.hub_configured", accounts=len(config["accounts"]))
