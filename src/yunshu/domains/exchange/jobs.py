"""The exchange's clocks: deliveries, agreements that have ended, calls for the ledger, corrections on their way."""

import structlog

from yunshu.domains.exchange import services
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="exchange.deliver")
def deliver(timestamp: int) -> None:
    """Begin the deliveries that are due."""
    begun = services.render_due(now=clock.now())
    if begun:
        log.info("exchange.deliveries_begun", count=begun)


@queue.periodic(cron="10 16 * * *")
@queue.task(queueing_lock="exchange.expire")
def expire(timestamp: int) -> None:
    """End the agreements whose last day has passed; ten minutes after midnight in the city."""
    ended = services.render_expired(now=clock.now())
    if ended:
        log.info("exchange.agreements_expired", count=ended)


@queue.periodic(cron="30 19 * * *")
@queue.task(queueing_lock="exchange.reindex")
def reindex(timestamp: int) -> None:
    """Index anew what is no longer as its texts say: a department or a class has another name; half past three at night."""
    log.info("exchange.reindexed", count=services.reindex())


@queue.periodic(cron="*/20 * * * *")
@queue.task(queueing_lock="exchange.end_following")
def end_following(timestamp: int) -> None:
    """Ask nodes again to let go of logs that nobody follows any more."""
    again = services.end_following_again(now=clock.now())
    if again:
        log.info("exchange.following_ended_again", count=again)


@queue.periodic(cron="*/2 * * * *")
@queue.task(queueing_lock="exchange.spread_corrections")
def spread_corrections(timestamp: int) -> None:
    """Order what a correction still has to reach, end those that reached every copy."""
    ended = services.spread_corrections(now=clock.now())
    if ended:
        log.info("exchange.corrections_settled", count=ended)


@queue.periodic(cron="*/10 * * * *")
@queue.task(queueing_lock="exchange.seal_calls")
def seal_calls(timestamp: int) -> None:
    """Put the digest of the latest calls on the ledger."""
    sealed = services.seal_calls(now=clock.now())
    if sealed:
        log.info("exchange.calls_sealed", count=sealed)
