"""A simulator of the province's hotline over real HTTP, in a thread, and this hotline's end of the line to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hotline.hotline_world import MONDAY

from yunshu.config.bootstrap import machine
from yunshu.domains.hotline.models import ProvinceLetter
from yunshu.domains.hotline.province_desk import ANSWERS
from yunshu.domains.hotline.province_line import SHIPPED, Turn
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
            ProvinceLetter.objects.filter(state="waiting").update(next_at=None)
            self.turn._fetched_at = -1e9
            self.turn.take()
        self.turn.line.refresh_from_db()

    def give(self, kind: str, /, **words: Any) -> None:
        """Send something down."""
        self.desk.give(CITY, kind, words)

    def assign(self, number: str = "GD1", version: int = 1, **more: Any) -> None:
        """Hand a ticket down."""
        words = {"upper_number": number, "version": version, "title": "路灯不亮", "content": "榕华大道。"}
        self.give("ticket.assign", **(words | {"kind": "help", "name": "陈某", "phone": "13812345678"} | more))

    def fault(self, name: str, times: int = 1) -> None:
        """Let something go wrong."""
        self.desk.faults.switch(name, times)

    def taken(self, number: str) -> list[tuple[int, str]]:
        """Return version and kind of every letter that the province has of a ticket, in order."""
        rows = self.desk.book.rows(
            "SELECT number, kind FROM taken WHERE sender = ? ORDER BY number", f"{CITY}/{number}"
        )
        return [(version, self.place.contract.named(code).name) for version, code in rows]


@contextmanager
def province(folder: Path) -> Iterator[Province]:
    """Serve until the test is over."""
    book = Book(folder / "book.sqlite")
    faults = Faults(lambda: book.get("faults"), lambda words: book.put("faults", words))
    read = contract.read(SHIPPED.read_text())
    desk = Desk(book, read, faults, ANSWERS)
    ours = node_keys.generate(CITY, "platform", now=MONDAY)
    theirs, stranger = (node_keys.generate("440000", SIMULATOR, now=MONDAY) for _ in range(2))
    simulator = Simulator(desk, theirs.signers, stranger.signers, {CITY: ours.card.public_keys})
    port = machine.free_port()
    serving = server("127.0.0.1", port, simulator)
    thread = threading.Thread(target=lambda: serving.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    place = Place(f"http://127.0.0.1:{port}", read, ours, theirs.card, "省热线平台（模拟器）")
    try:
        with Peer(place.address, read, ours.signers, theirs.card.public_keys) as peer:
            yield Province(desk, place, Turn(place, peer))
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join(10)
        book.close()
