"""The sweeper: every minute it derives reminders anew from the deadline table."""

import structlog

from yunshu.domains.workflow import services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="workflow.sweep")
def sweep(timestamp: int) -> None:
    """Fire what is due: reminders, escalations."""
    log.info("workflow.swept", fired=services.remind(now=clock.now()), tick=timestamp)
