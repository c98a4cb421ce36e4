"""``yunshu hotline phone``: the process that carries the hotline's calls."""

import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from yunshu.domains.hotline.phone.process import PhoneDesk
from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.observe import beats
from yunshu.lib.observe.pulse import beating

ALONE = 0x79756E70686F6E65
"""The lock that one phone process holds: two would end each other's calls."""


class Command(BaseCommand):
    """Runs until SIGTERM."""

    help = "运行话务：来电排队、分配座席、录音、记录通话（后台进程，YUNSHU_PHONE 不为 none 时由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run; exit code 1 where telephony is off, the settings cannot be meant, or another process carries the calls."""
        if settings.PHONE["provider"] == "none":
            raise CommandError("尚未接入电话：请设置 YUNSHU_PHONE（见 docs/operate/telephony.md）。")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [ALONE])
            if cursor.fetchone() != (True,):
                raise CommandError("另一个话务进程正在运行。")
        try:
            asyncio.run(_run())
        except YunshuError as error:
            raise CommandError(error.message) from error


async def _run() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    async with beating("phone", beats.Notes("phone")):
        await PhoneDesk(settings.PHONE, settings.NATS_URL).run(stopped)
