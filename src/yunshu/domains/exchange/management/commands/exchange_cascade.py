"""``yunshu exchange cascade``: the process between this level and the one above."""

import signal
import threading
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from yunshu.domains.exchange import cascading
from yunshu.lib.cascade.place import place_of
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.observe import beats
from yunshu.lib.observe.pulse import turning


class Command(BaseCommand):
    """Runs until SIGTERM."""

    help = "与上级平台级联：上报目录和事项、接收任务和答复、每日对账。"

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do where the level above shows other keys than before."""
        parser.add_argument(
            "--upper", choices=["same", "other"], default="", help="上级平台换了密钥（same）或换了平台（other）"
        )

    def handle(self, *, upper: str, **_: object) -> None:
        """Run; exit code 1 where no level above is set up."""
        if not settings.CASCADE_URL:
            raise CommandError("没有配置上级平台（YUNSHU_CASCADE_URL），见 docs/operate/cascade.md。")
        stopped = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_given: stopped.set())
        try:
            folder = Path(settings.CASCADE_FOLDER)
            place = place_of(settings.CASCADE_URL, folder, settings.CASCADE_PASSPHRASE.encode(), cascading.SHIPPED)
        except (CryptoError, Refused, FileNotFoundError) as error:
            raise CommandError(f"级联文件夹不能用：{error}") from error
        try:
            with turning("cascade", beats.Notes("cascade"), patience_s=600) as pulse:
                cascading.run(place, pulse.asked(stopped.is_set), upper)
        except Refused as error:
            raise CommandError(error.message) from error
