"""``yunshu ledger submit``: one of the processes that the supervisor runs."""

import asyncio

from django.conf import settings
from django.core.management.base import BaseCommand

from yunshu.domains.ledger import keys
from yunshu.domains.ledger.gathering import Gatherer
from yunshu.domains.ledger.submitting import Submitter
from yunshu.lib.outbox.process import database_dsn, until_told


class Command(BaseCommand):
    """Bring recorded facts onto the ledger, and the members' alarms from it, until told to stop."""

    help = "把待存证的记录成批送上账本并跟踪到最终确认，收取各成员的告警（后台进程，通常由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run."""
        submitter = Submitter(keys.way(), database_dsn())
        gatherer = Gatherer(settings.LEDGER_PEERS)

        async def both(stopped: asyncio.Event) -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(submitter.run(stopped))
                group.create_task(gatherer.run(stopped))

        until_told("ledger", both)
