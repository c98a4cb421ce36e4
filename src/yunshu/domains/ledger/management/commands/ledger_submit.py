"""``yunshu ledger submit``: one of the processes that the supervisor runs."""

from django.core.management.base import BaseCommand

from yunshu.domains.ledger import keys
from yunshu.domains.ledger.submitting import Submitter
from yunshu.lib.outbox.process import database_dsn, until_told


class Command(BaseCommand):
    """Bring recorded facts onto the ledger until told to stop."""

    help = "把待存证的记录签名、成批送上账本，并跟踪到最终确认（后台进程，通常由 yunshu up 启动）。"

    def handle(self, **_: object) -> None:
        """Run."""
        submitter = Submitter(keys.way(), database_dsn())
        until_told(submitter.run)
