"""A simulator as a process: a folder with keys and a book, a port on loopback, until SIGTERM."""

import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yunshu.lib.cascade import contract
from yunshu.lib.cascade.simulator.book import Book
from yunshu.lib.cascade.simulator.desk import Answer, Desk
from yunshu.lib.cascade.simulator.faults import FOREVER, Faults
from yunshu.lib.cascade.simulator.serving import Simulator, server
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.cards import CardBook


@dataclass(frozen=True)
class Stage:
    """What is played: the agreement (a TOML file), what is done with each kind, faults to begin with."""

    contract: Path
    answers: Mapping[str, Answer]
    faults: Iterable[str] = ()


def serve(folder: Path, port: int, passphrase: bytes, stage: Stage, say: Callable[[str], object]) -> None:
    """Serve until SIGTERM or SIGINT. Raises CryptoError for keys that do not open."""
    book = Book(folder / "book.sqlite")
    faults = Faults(lambda: book.get("faults"), lambda words: book.put("faults", words))
    for name in stage.faults:
        faults.switch(name, FOREVER)
    keys = node_keys.load(folder / "keys", passphrase)
    stranger = node_keys.generate(keys.card.org, keys.card.node, now=clock.now())
    below = {card.org: card.public_keys for card in CardBook(folder / "below").cards()}
    desk = Desk(book, contract.read(stage.contract.read_text()), faults, stage.answers)
    serving = server("127.0.0.1", port, Simulator(desk, keys.signers, stranger.signers, below))
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_given: threading.Thread(target=serving.shutdown).start())
    say(f"省级平台模拟器：http://127.0.0.1:{port}/")
    serving.serve_forever(poll_interval=0.2)
    serving.server_close()
    book.close()
