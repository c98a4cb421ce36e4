"""By the clock: old notices."""

import structlog

from yunshu.domains.notify import services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="45 18 * * *")
@queue.task(queueing_lock="notify.prune")
def prune(timestamp: int) -> None:
    """Every night, delete notices read longer ago than the setting says."""
    log.info("notify.pruned", removed=services.prune(clock.now()), tick=timestamp)
