"""``yunshu outbox handle``: one of the processes that the supervisor runs."""

from django.conf import settings
from django.core.management.base import BaseCommand

from yunshu.lib.outbox import handling
from yunshu.lib.outbox.process import until_told


class Command(BaseCommand):
    """Handle facts until told to stop."""

    help = "处理消息流里的事实（后台进程，通常由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run."""
        until_told(
            "handlers",
            lambda stopped: handling.run(settings.NATS_URL, stopped=stopped, replicas=settings.NATS_REPLICAS),
        )
