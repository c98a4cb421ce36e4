"""By the clock: terms that have run out, bytes that nobody names."""

import structlog

from yunshu.domains.files import services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="30 18 * * *")
@queue.task(queueing_lock="files.keep_house")
def keep_house(timestamp: int) -> None:
    """Every night (02:30 in the city): erase what has passed its term, remove orphans."""
    now = clock.now()
    log.info("files.house_kept", erased=services.erase_due(now), removed=services.sweep(now), tick=timestamp)
