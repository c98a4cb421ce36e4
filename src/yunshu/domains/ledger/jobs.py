"""By the clock: the trail of the day before goes under the ledger's seal."""

import structlog

from yunshu.domains.ledger import trail
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="40 17 * * *")
@queue.task(queueing_lock="ledger.seal_trail")
def seal_trail(timestamp: int) -> None:
    """Every night (01:40 in the city, when what began before midnight has ended): seal the days that are over."""
    log.info("ledger.trail_sealed", days=trail.seal_days(clock.now()), tick=timestamp)
