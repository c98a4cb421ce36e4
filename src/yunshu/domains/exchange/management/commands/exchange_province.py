"""``yunshu exchange province``: the simulator of a level above, for demonstrations and trials. It is nobody's platform."""

import os
import signal
import threading
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yunshu.domains.exchange.cascading import SHIPPED
from yunshu.lib.cascade import contract
from yunshu.lib.cascade.simulator.book import Book
from yunshu.lib.cascade.simulator.desk import Desk
from yunshu.lib.cascade.simulator.faults import FAULTS, FOREVER, Faults
from yunshu.lib.cascade.simulator.serving import Simulator, server
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.cards import CardBook

KEYS_OPENED_BY = "YUNSHU_PROVINCE_PASSPHRASE"


class Command(BaseCommand):
    """Serves on loopback until SIGTERM."""

    help = "运行省级平台模拟器（演示和测试用，不是省里的系统）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Folder, port and the faults to begin with."""
        parser.add_argument("folder", type=Path, help="模拟器的文件夹：keys/、below/（下级证件）、book.sqlite")
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="一开始就有的故障")

    def handle(self, *, folder: Path, port: int, fault: list[str], **_: object) -> None:
        """Serve."""
        passphrase = os.environ.get(KEYS_OPENED_BY, "").encode()
        if not passphrase:
            raise CommandError(f"没有密钥口令，请设置 {KEYS_OPENED_BY}。")
        book = Book(folder / "book.sqlite")
        faults = Faults(lambda: book.get("faults"), lambda words: book.put("faults", words))
        for name in fault:
            faults.switch(name, FOREVER)
        keys = node_keys.load(folder / "keys", passphrase)
        stranger = node_keys.generate(keys.card.org, keys.card.node, now=clock.now())
        below = {card.org: card.public_keys for card in CardBook(folder / "below").cards()}
        desk = Desk(book, contract.read(SHIPPED.read_text()), faults)
        simulator = Simulator(desk, keys.signers, stranger.signers, below)
        serving = server("127.0.0.1", port, simulator)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_given: threading.Thread(target=serving.shutdown).start())
        self.stdout.write(f"省级平台模拟器：http://127.0.0.1:{port}/")
        serving.serve_forever(poll_interval=0.2)
        serving.server_close()
        book.close()
