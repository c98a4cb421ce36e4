"""``yunshu outbox relay``: one of the processes that the supervisor runs."""

import sys

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand

from yunshu.lib import bus
from yunshu.lib.outbox import relay
from yunshu.lib.outbox.process import database_dsn, until_told

log = structlog.get_logger()


class Command(BaseCommand):
    """Carry facts to the stream until told to stop."""

    help = "把发件箱里的事实送入消息流（后台进程，通常由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run; exit code ``bus.REFUSED`` says that the message server must be started again."""
        try:
            until_told(
                "relay",
                lambda stopped: relay.run(
                    database_dsn(), settings.NATS_URL, stopped=stopped, replicas=settings.NATS_REPLICAS
                ),
            )
        except relay.StreamRefuses:
            log.error("outbox.stream_refuses")
            sys.exit(bus.REFUSED)
