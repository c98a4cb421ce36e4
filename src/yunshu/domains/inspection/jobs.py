"""The clock of findings: what is late is chased, contacts whose term has passed are erased."""

import structlog

from yunshu.domains.inspection.services import notices, reports
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="7 * * * *")
@queue.task(queueing_lock="inspection.chase")
def chase(timestamp: int) -> None:
    """Send a supervision letter for every notice that has become late; every hour."""
    chased = notices.chase(now=clock.now())
    if chased:
        log.info("inspection.chased", count=chased, tick=timestamp)


@queue.periodic(cron="20 3 * * *")
@queue.task(queueing_lock="inspection.erase_contacts")
def erase_contacts(timestamp: int) -> None:
    """Erase reporters' contacts whose term has passed; every night."""
    erased = reports.erase_contacts(now=clock.now())
    if erased:
        log.info("inspection.contacts_erased", count=erased, tick=timestamp)
