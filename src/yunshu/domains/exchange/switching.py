"""The hub's process: ``lib.nodes.switchboard`` over the tables of this domain."""

import asyncio
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

from yunshu.domains.exchange.services import switching
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import accounts, cards, line
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.switchboard import Place, Switchboard, configuration, place_of
from yunshu.lib.observe import beats
from yunshu.lib.observe.pulse import beating

P = ParamSpec("P")
R = TypeVar("R")


def _returning(act: Callable[P, R]) -> Callable[P, R]:
    """Give the thread's connection back to the pool after the call: the process lives for months."""

    @wraps(act)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        finally:
            connections.close_all()

    return wrapped


class DatabaseBooks:
    """``lib.nodes.switchboard.Books`` in PostgreSQL."""

    @_returning
    def cards(self) -> list[NodeCard]:
        """Return the cards of the nodes that may connect."""
        return switching.active_cards()

    @_returning
    def waiting(self) -> list[switching.Outgoing]:
        """Return the orders that were not sent."""
        return switching.waiting_orders()

    @_returning
    def sent(self, number: int) -> None:
        """Note that an order was sent."""
        switching.order_sent(number, clock.now())

    @_returning
    def ended(self) -> list[str]:
        """Return the deliveries whose stream is no longer needed."""
        return switching.streams_to_close()

    @_returning
    def closed(self, transfer: str) -> None:
        """Note that a stream is gone."""
        switching.stream_closed(transfer)

    @_returning
    def take(self, letter: bytes) -> str:
        """Take a report; raise Refused for what no enrolled node signed."""
        return switching.take_report(letter, clock.now())


async def switch(url: str, folder: Path, passphrase: bytes) -> None:
    """Be the hub until SIGTERM. Raises CryptoError for keys that cannot be opened."""
    keys = node_keys.load(folder / "keys", passphrase)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    place = place_of(url, folder, keys.card.bus)
    if not place.config.exists():  # the server that is dialled next cannot start without it
        accounts.write(place.config, configuration(place, []))
    async with beating("hub", beats.Notes("hub")):
        await work(place, keys, settings.NATS_URL, stopped)


async def work(place: Place, keys: NodeKeys, bus_url: str, stopped: asyncio.Event) -> None:
    """Carry orders and reports, and the questions of web processes on the internal bus, until ``stopped``."""
    await asyncio.gather(
        Switchboard(place, keys, DatabaseBooks()).run(stopped), line.answer_web(place, keys, bus_url, stopped)
    )


def hub_card() -> tuple[bytes, NodeCard | None, str]:
    """Return the hub's card as a file and as a card, and the address that nodes dial; nothing where no hub is set up."""
    path = Path(settings.HUB_FOLDER) / "keys" / node_keys.CARD
    if not settings.HUB_FOLDER or not path.exists():
        return b"", None, settings.HUB_URL
    data = path.read_bytes()
    return data, cards.read(data), settings.HUB_URL
