"""``yunshu hotline province``: the process between this hotline and the province's."""

import signal
import threading
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.hotline import province_line
from yunshu.lib.cascade.place import place_of
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.observe import beats
from yunshu.lib.observe.pulse import turning


class Command(BaseCommand):
    """Runs until SIGTERM."""

    help = "与省热线平台对接：上报和接收工单、进展、答复，每日对账。"

    def handle(self, **_: object) -> None:
        """Run; exit code 1 where no province is set up."""
        if not settings.HOTLINE_PROVINCE_URL:
            raise CommandError("没有配置省热线平台（YUNSHU_HOTLINE_PROVINCE_URL），见 docs/operate/hotline-doors.md。")
        stopped = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_given: stopped.set())
        folder, passphrase = Path(settings.HOTLINE_PROVINCE_FOLDER), settings.HOTLINE_PROVINCE_PASSPHRASE.encode()
        try:
            place = place_of(settings.HOTLINE_PROVINCE_URL, folder, passphrase, province_line.SHIPPED)
        except (CryptoError, Refused, FileNotFoundError) as error:
            raise CommandError(f"省平台文件夹不能用：{error}") from error
        with turning("hotline-province", beats.Notes("hotline-province"), patience_s=600) as pulse:
            province_line.run(place, pulse.asked(stopped.is_set))
