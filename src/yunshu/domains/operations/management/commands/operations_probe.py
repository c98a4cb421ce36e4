"""``yunshu operations probe``: the process that looks at the targets and keeps what it saw."""

import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.operations.rules.addresses import BadAddress, parsed
from yunshu.domains.operations.watching.process import Place, Watch
from yunshu.lib.observe import beats
from yunshu.lib.observe.pulse import beating
from yunshu.lib.probe import BadTarget, Target, from_json
from yunshu.lib.samples import StoreBusy


class Command(BaseCommand):
    """Runs until SIGTERM."""

    help = "运行监测：探测各对象、保存样本、判定状态、封存日档（后台进程，通常由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run; exit code 1 where another process keeps the samples."""
        place = Place(
            folder=settings.SAMPLES_FOLDER,
            vantage=settings.VANTAGE,
            raw_days=settings.RAW_SAMPLE_DAYS,
            parts=settings.OWN_PARTS,
            references=references(settings.WATCH_REFERENCES),
        )
        try:
            asyncio.run(_run(place))
        except StoreBusy as error:
            raise CommandError(f"另一个进程正在保存样本：{place.store}") from error


def references(text: str) -> list[Target]:
    """Return the targets by which the prober checks itself. Raises CommandError for an address that cannot be meant."""
    try:
        return [Target(word, from_json(parsed(word, "")), 5, 3) for word in text.split()]
    except (BadAddress, BadTarget) as error:
        raise CommandError(f"YUNSHU_WATCH_REFERENCES 看不懂：{error}") from error


async def _run(place: Place) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    async with beating("probe", beats.Notes("probe")):
        await Watch(place).run(stopped)
