"""The clocks of the hotline: deadlines follow the calendar, suspensions end on their day, what is long closed is put away."""

import structlog
from django.conf import settings

from yunshu.domains.hotline import mailbox
from yunshu.domains.hotline.services import asking, opening, watching
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
