"""A simulator of a province over real HTTP, in a thread, and this platform's end of the line to it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.exchange.world import NOW

from yunshu.config.bootstrap import machine
from yunshu.domains.exchange import cascading
from yunshu.domains.exchange.cascading import Turn
from yunshu.lib.cascade import contract
from yunshu.lib.cascade.peer import Peer
from yunshu.lib.cascade.place import SIMULATOR, Place
from yunshu.lib.cascade.simulator.book import Book
from yunshu.lib.cascade.simulator.desk import Desk
from yunshu.lib.cascade.simulator.faults import Faults
from yunshu.lib.cascade.simulator.serving import Simulator, server
from yunshu.lib.nodes import keys as node_keys

CITY = "445200"


@dataclass
class Province:
    """Both ends."""

    desk: Desk
    place: Place
    turn: Turn

    def go(self, rounds: int = 1) -> None:
        """Take some rounds, each of them fetching, whatever rests after a failure."""
        for _round in range(rounds):
            self.turn.line.messages.filter(state="waiting").update(next_at=None)
            self.turn._fetched_at = -1e9
            self.turn.take()
        self.turn.line.refresh_from_db()

    def give(self, kind: str, **words: Any) -> None:
        """Send something down."""
        self.desk.give(CITY, kind, words)

    def taken(self) -> list[tuple[int, str]]:
        """Return number and kind of every message the province has, in order."""
        rows = self.desk.book.rows("SELECT number, kind FROM taken ORDER BY number")
        return [(number, self.place.contract.named(code).name) for number, code in rows]

    def entries(self) -> Mapping[str, int]:
        """Return the province's catalogue: code and version."""
        return dict(self.desk.book.rows("SELECT code, version FROM entry"))


@contextmanager
def province(folder: Path) -> Iterator[Province]:
    """Serve until the test is over."""
    book = Book(folder / "book.sqlite")
    faults = Faults(lambda: book.get("faults"), lambda words: book.put("faults", words))
    read = contract.read(cascading.SHIPPED.read_text())
    desk = Desk(book, read, faults)
    ours = node_keys.generate(CITY, "platform", now=NOW)
    theirs, stranger = (node_keys.generate("440000", SIMULATOR, now=NOW) for _ in range(2))
    simulator = Simulator(desk, theirs.signers, stranger.signers, {CITY: ours.card.public_keys})
    port = machine.free_port()
    serving = server("127.0.0.1", port, simulator)
    thread = threading.Thread(target=lambda: serving.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    place = Place(f"http://127.0.0.1:{port}", read, ours, theirs.card, "省级平台模拟器")
    try:
        with Peer(place.address, read, ours.signers, theirs.card.public_keys) as peer:
            yield Province(desk, place, Turn(place, peer))
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join(10)
        book.close()
