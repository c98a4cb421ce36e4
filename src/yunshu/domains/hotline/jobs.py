"""The clocks of the hotline: deadlines follow the calendar, suspensions end on their day, what is long closed is put away."""

import structlog
from django.conf import settings

from yunshu.domains.hotline import mailbox
from yunshu.domains.hotline.services import (
    asking,
    checking,
    kb_demands,
    kb_index,
    opening,
    phone_recordings,
    receipts,
    watching,
)
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()
INDEXING_S = 40.0


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


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="hotline.index_knowledge")
def index_knowledge(timestamp: int) -> None:
    """Every minute, bring the search index of the knowledge base up to date, for less than a minute."""
    done = kb_index.bring_up_to_date(seconds=INDEXING_S)
    if done and (done.put or done.dropped):
        log.info("hotline.knowledge_indexed", put=done.put, dropped=done.dropped, left=done.left)


@queue.periodic(cron="15 17 * * *")
@queue.task(queueing_lock="hotline.ask_for_reviews")
def ask_for_reviews(timestamp: int) -> None:
    """Every night, ask the owners of articles whose review day is near."""
    log.info("hotline.reviews_asked", count=kb_demands.ask_for_reviews(now=clock.now()))


@queue.periodic(cron="20 19 * * *")
@queue.task(queueing_lock="hotline.erase_recordings")
def erase_recordings(timestamp: int) -> None:
    """Every night, erase recordings whose time is over."""
    log.info("hotline.recordings_erased", count=phone_recordings.erase_old(now=clock.now()))


@queue.periodic(cron="50 3 * * *")
@queue.task(queueing_lock="hotline.forget_submissions")
def forget_submissions(timestamp: int) -> None:
    """Every night, forget which pages were sent a day ago."""
    log.info("hotline.submissions_forgotten", count=receipts.forget(now=clock.now()))


@queue.periodic(cron="10 4 * * *")
@queue.task(queueing_lock="hotline.finish_checks")
def finish_checks(timestamp: int) -> None:
    """Every night, let quality checks stand that nobody appealed against in time."""
    log.info("hotline.checks_final", count=checking.finish_old(now=clock.now()))


@queue.task()
def fetch_open_media(number: str) -> None:
    """Fetch the picture that a program sent as a link."""
    log.info("hotline.media_fetched", ticket=number, state=str(opening.fetch_media(number, clock.now())))


@queue.periodic(cron="*/2 * * * *")
@queue.task(queueing_lock="hotline.fetch_mail", lock="hotline.fetch_mail")
def fetch_mail(timestamp: int) -> None:
    """Every two minutes, register what came to the hotline's mailbox; nothing where none is set up."""
    if settings.HOTLINE_IMAP_URL:
        log.info("hotline.mail_fetched", **mailbox.fetch(settings.HOTLINE_IMAP_URL, clock.now()))
