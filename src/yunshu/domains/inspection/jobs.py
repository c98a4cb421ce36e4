"""The clocks of inspection: sites are visited and inspected, retests done, what is late chased, contacts erased in time."""

import structlog

from yunshu.domains.inspection.services import notices, reachability, reports
from yunshu.domains.inspection.services.running import (
    answering,
    linking,
    pictures,
    planning,
    slicing,
    visiting,
    working,
)
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.watching import feeding, judging, reading
from yunshu.lib import papers
from yunshu.lib.jobs import queue
from yunshu.lib.jobs.alone import alone
from yunshu.lib.kernel import clock

log = structlog.get_logger()
SLICE_S = 45.0
"""Shorter than the minute between two slices, so that a worker that is told to stop soon can."""


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


@queue.periodic(cron="*/5 * * * *")
@queue.task(queueing_lock="inspection.visit")
def visit(timestamp: int) -> None:
    """Every five minutes (288 times a day, the rule demands 20), visit every running site's home page."""
    kept = visiting.visit_all(working.installed(), clock.now())
    if kept:
        log.info("inspection.visited", count=kept, tick=timestamp)


@queue.periodic(cron="40 16 * * *")
@queue.task(queueing_lock="inspection.judge_weeks")
def judge_weeks(timestamp: int) -> None:
    """Every night at 0:40 in the city, judge by the week of visits which sites can be opened."""
    vetoes = reachability.judge_all(now=clock.now())
    if vetoes:
        log.info("inspection.out_of_reach", sites=vetoes, tick=timestamp)


@queue.periodic(cron="45 * * * *")
@queue.task(queueing_lock="inspection.retest_visits")
def retest_visits(timestamp: int) -> None:
    """Every hour, answer the retests that a day of visits has answered."""
    done = reachability.retest(clock.now())
    if done:
        log.info("inspection.retested", count=done, tick=timestamp)


@queue.periodic(cron="0 17 * * *")
@queue.task(queueing_lock="inspection.begin_due")
def begin_due(timestamp: int) -> None:
    """Every night at one o'clock in the city, open a run of every running site."""
    runs = planning.begin_due(by=MACHINE, now=clock.now())
    if runs:
        log.info("inspection.runs_begun", count=len(runs), tick=timestamp)


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="inspection.work")
def work(timestamp: int) -> None:
    """Every minute, bring open runs further, look at links again that are due."""
    with alone(slicing.LOCK) as mine:
        if not mine:
            return
        machine = working.installed()
        if planning.is_open():
            working.work(machine, SLICE_S)
        linking.look_again(machine)
    if papers.reader_installed() and pictures.wait():
        queue.enqueue(read_pictures)


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="inspection.retest")
def retest(timestamp: int) -> None:
    """Every minute, answer the retests that wait, whatever else is at work."""
    with alone(slicing.RETESTS) as mine:
        done = answering.answer_all(working.installed(), clock.now()) if mine else 0
    if done:
        log.info("inspection.retested", count=done, tick=timestamp)


@queue.periodic(cron="4-59/10 * * * *")
@queue.task(queueing_lock="inspection.feed")
def feed(timestamp: int) -> None:
    """Every ten minutes, ask the accounts' feeds that are due."""
    fed = feeding.feed_all(working.installed(), clock.now())
    if fed.answered or fed.failed:
        log.info("inspection.fed", answered=fed.answered, failed=fed.failed, posts=fed.posts, tick=timestamp)


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="inspection.read_posts")
def read_posts(timestamp: int) -> None:
    """Every minute, check the words of the posts that came or changed."""
    with alone(slicing.POSTS) as mine:
        read = reading.read_all(SLICE_S) if mine else 0
    if read:
        log.info("inspection.posts_read", count=read, tick=timestamp)


@queue.periodic(cron="30 17 * * *")
@queue.task(queueing_lock="inspection.judge_accounts")
def judge_accounts(timestamp: int) -> None:
    """Every night at half past one in the city, judge the accounts, and read again the posts that other rules had read."""
    kept = judging.judge_all(clock.now())
    with alone(slicing.POSTS) as mine:
        read = reading.read_all(by_rules=True) if mine else 0
    log.info("inspection.accounts_judged", new=kept.new, seen=kept.seen, posts_read=read, tick=timestamp)


@queue.task(queueing_lock="inspection.read_pictures", queue=pictures.QUEUE)
def read_pictures() -> None:
    """Read the text of pictures that runs wait for; ``work`` asks for it every minute as long as there are any."""
    with alone(pictures.QUEUE) as mine:
        done = pictures.work(working.installed(pictures.reader()), SLICE_S) if mine else 0
    if done:
        log.info("inspection.pictures_read", count=done)
