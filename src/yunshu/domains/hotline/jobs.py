"""The clocks of the hotline: deadlines follow the calendar, suspensions end on their day, what is long closed is put away."""

import structlog

from yunshu.domains.hotline.services import asking, radar, smart_suggest, smart_use, watching, weeks
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="*/10 * * * *")
@queue.task(queueing_lock="hotline.recalculate")
def recalculate(timestamp: int) -> None:
    """Every ten minutes, compute the deadlines of tickets anew whose calendar has changed."""
    moved = asking.recalculate(now=clock.now())
    if moved:
        log.info("hotline.deadlines_moved", count=moved)


@queue.periodic(cron="5 * * * *")
@queue.task(queueing_lock="hotline.wake")
def wake(timestamp: int) -> None:
    """Every hour, end suspensions whose day has come."""
    woken = asking.wake(now=clock.now())
    if woken:
        log.info("hotline.suspensions_ended", count=woken)


@queue.periodic(cron="40 18 * * *")
@queue.task(queueing_lock="hotline.archive_old")
def archive_old(timestamp: int) -> None:
    """Every night, put away what can no longer be reopened."""
    log.info("hotline.tickets_archived", count=watching.archive_old(now=clock.now()))


@queue.task(queue=smart_suggest.QUEUE)
def suggest(number: str) -> None:
    """Make the suggestions for one ticket."""
    made = smart_suggest.suggest(number, now=clock.now())
    log.info("hotline.suggested", number=number, new=made)


@queue.task(queue=smart_suggest.QUEUE, queueing_lock="hotline.watch_radar")
def watch_radar() -> None:
    """See the tickets that came."""
    seen = radar.watch(now=clock.now())
    if seen:
        log.info("hotline.radar_seen", count=seen)


@queue.periodic(cron="* * * * *")
@queue.task(queue=smart_suggest.QUEUE, queueing_lock="hotline.catch_up")
def catch_up(timestamp: int) -> None:
    """Every minute, see and suggest what an event did not bring (a relay that was down)."""
    now = clock.now()
    radar.watch(now=now)
    for number in smart_suggest.waiting(now):
        smart_suggest.suggest(number, now=now)


@queue.periodic(cron="*/10 * * * *")
@queue.task(queueing_lock="hotline.settle_suggestions")
def settle_suggestions(timestamp: int) -> None:
    """Every ten minutes, compare suggestions with what people decided."""
    settled = smart_use.settle(now=clock.now())
    if settled:
        log.info("hotline.suggestions_settled", count=settled)


@queue.periodic(cron="20 17 * * *")
@queue.task(queueing_lock="hotline.tally_weeks")
def tally_weeks(timestamp: int) -> None:
    """Every night at about one o'clock in the city, count the weeks anew."""
    log.info("hotline.weeks_tallied", rows=weeks.tally(now=clock.now()))
