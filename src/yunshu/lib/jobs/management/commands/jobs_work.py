"""``yunshu jobs work``: one of the processes that the supervisor runs."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from yunshu.lib.jobs import worker
from yunshu.lib.jobs.queue import DEFAULT


class Command(BaseCommand):
    """Run jobs until told to stop."""

    help = "执行后台任务与定时任务（后台进程，通常由 yunshu up 启动）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument(
            "--queue", default=DEFAULT, help="只执行这个队列的任务（pictures：识别图片，约 700 MB 内存）"
        )

    def handle(self, *, queue: str, **_: object) -> None:
        """Run."""
        worker.run(queue)
