"""The simulator as a command: a domain names its contract, the answers and the help."""

import os
from abc import ABC, abstractmethod
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yunshu.lib.cascade.simulator.faults import FAULTS
from yunshu.lib.cascade.simulator.running import Stage, serve

KEYS_OPENED_BY = "YUNSHU_PROVINCE_PASSPHRASE"


class SimulatorCommand(BaseCommand, ABC):
    """Serves on loopback until SIGTERM."""

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
        serve(folder, port, passphrase, self.staged(fault), self.stdout.write)

    @abstractmethod
    def staged(self, faults: list[str]) -> Stage:
        """Return the level above that is simulated."""
