"""The clocks of operations: incidents formed of what probes say, calls when promises near their end, what is old put away."""

import structlog

from yunshu.domains.operations.services import budgets, incidents, platform_watch
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock

log = structlog.get_logger()


@queue.periodic(cron="* * * * * */20")
@queue.task(queueing_lock="operations.form_incidents")
def form_incidents(timestamp: int) -> None:
    """Three times a minute, make incidents of what is down and end the outages of what is up."""
    opened = incidents.form_incidents(now=clock.now())
    if opened:
        log.info("operations.incidents_opened", count=opened)


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="operations.call_due")
def call_due(timestamp: int) -> None:
    """Every minute, call whoever is next where a promise nears or passes its end."""
    fired = incidents.call_due(now=clock.now())
    if fired:
        log.info("operations.calls_fired", count=fired)


@queue.periodic(cron="*/5 * * * *")
@queue.task(queueing_lock="operations.warn_burning")
def warn_burning(timestamp: int) -> None:
    """Every five minutes, the shortest window of the alarms, tell whose promise burns."""
    fired = budgets.warn_burning(now=clock.now())
    if fired:
        log.info("operations.budgets_burning", count=fired)


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="operations.watch_platform")
def watch_platform(timestamp: int) -> None:
    """Every minute, judge the platform's own parts and tell operators what has held long enough."""
    told = platform_watch.watch(now=clock.now())
    if told:
        log.warning("operations.platform_troubled", rules=told)


@queue.periodic(cron="20 18 * * *")
@queue.task(queueing_lock="operations.archive_incidents")
def archive_incidents(timestamp: int) -> None:
    """Every night, put away what can no longer be reopened."""
    log.info("operations.incidents_archived", count=incidents.archive_incidents(now=clock.now()))
