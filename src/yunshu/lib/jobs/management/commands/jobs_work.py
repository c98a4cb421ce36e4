"""``yunshu jobs work``: one of the processes that the supervisor runs."""

from django.core.management.base import BaseCommand

from yunshu.lib.jobs import worker


class Command(BaseCommand):
    """Run jobs until told to stop."""

    help = "执行后台任务与定时任务（后台进程，通常由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run."""
        worker.run()
