"""The clock of evaluation: what other domains measure is written down as it changes."""

import structlog

from yunshu.domains.evaluation import services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="*/5 * * * *")
@queue.task(queueing_lock="evaluation.measure_running")
def measure_running(timestamp: int) -> None:
    """Every five minutes, measure the tables that run."""
    appended = services.measure_running(now=clock.now())
    if appended:
        log.info("evaluation.measured", count=appended)
