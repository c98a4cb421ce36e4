"""The queue's own housekeeping."""

from typing import Any

import structlog
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from yunshu.lib.jobs.queue import queue

log = structlog.get_logger()
SILENT_SECONDS = 60
KEPT_HOURS = 30 * 24


@queue.periodic(cron="* * * * *")
@queue.task(queueing_lock="jobs.rescue", pass_context=True)
async def rescue(context: Any, timestamp: int) -> None:
    """Each minute, give the jobs of a worker that was killed back to the queue; one whose like waits there already is ended."""
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS))
    for job in stalled:
        await _give_back(manager, job)
    if stalled:
        log.warning("jobs.rescued", count=len(stalled), tick=timestamp)


async def _give_back(manager: Any, job: Job) -> None:
    try:
        await manager.retry_job(job)
    except UniqueViolation:  # its queueing lock: at most one waits
        await manager.finish_job(job, Status.ABORTED, delete_job=False)


@queue.periodic(cron="17 18 * * *")
@queue.task(queueing_lock="jobs.tidy", pass_context=True)
async def tidy(context: Any, timestamp: int) -> None:
    """Each night, delete the jobs that succeeded more than 30 days ago; failed ones stay until a person looks."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)
    log.info("jobs.tidied", tick=timestamp)
