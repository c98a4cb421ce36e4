"""The clocks of the hotline: deadlines follow the calendar, suspensions end on their day, what is long closed is put away."""

import structlog

from yunshu.domains.hotline.selectors.reports import waiting
from yunshu.domains.hotline.services import asking, reports, watching
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


@queue.task(lock="hotline.make_report")
def make_report(number: str) -> None:
    """Count one report; one at a time, so that people's pages are not slowed."""
    row = reports.make(number=number, now=clock.now())
    log.info("hotline.report_made", number=row.number, digest=row.digest)


@queue.periodic(cron="10 16 * * *")
@queue.task(queueing_lock="hotline.regular_reports")
def regular_reports(timestamp: int) -> None:
    """Every night at ten past midnight in the city, ask for the reports of what has ended, and see to those that wait."""
    asked = reports.ask_regular(now=clock.now())
    for number in waiting():
        queue.enqueue(make_report, number=number)
    log.info("hotline.reports_asked", count=len(asked))
