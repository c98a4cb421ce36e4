"""``yunshu hotline upper``: the simulator of the province's hotline, for demonstrations and trials. It is nobody's platform."""

import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yunshu.domains.hotline.province_desk import ANSWERS
from yunshu.domains.hotline.province_line import SHIPPED
from yunshu.lib.cascade.simulator.faults import FAULTS
from yunshu.lib.cascade.simulator.running import Stage, serve

KEYS_OPENED_BY = "YUNSHU_PROVINCE_PASSPHRASE"


class Command(BaseCommand):
    """Serves on loopback until SIGTERM."""

    help = "运行省热线平台模拟器（演示和测试用，不是省里的系统）。"

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
        serve(folder, port, passphrase, Stage(SHIPPED, ANSWERS, fault), self.stdout.write)
