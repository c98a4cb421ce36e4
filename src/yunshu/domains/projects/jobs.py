"""The clock of projects: what falls due."""

import structlog

from yunshu.domains.projects import services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="30 0 * * *")
@queue.task(queueing_lock="projects.remind")
def remind(timestamp: int) -> None:
    """Tell of payments and guarantees that fall due; at half past eight in the city's morning."""
    told = services.remind(now=clock.now())
    if told:
        log.info("projects.reminded", count=told)
