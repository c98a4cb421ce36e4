"""The worker's process, and what the operator's page shows of the queue."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pghistory
import structlog
from django.db.models import Count
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.psycopg_connector import PsycopgConnector

from yunshu.lib.jobs.queue import DEFAULT, ORIGIN
from yunshu.lib.observe import beats, correlation, meters
from yunshu.lib.observe.correlation import working_for
from yunshu.lib.observe.pulse import beating

log = structlog.get_logger()
CONCURRENCY = 4
PROCESSES = {DEFAULT: "worker", "smart": "smart", "pictures": "reader"}
"""Which process works a queue."""
PATIENCE_SECONDS = {"worker": 120, "smart": 900, "reader": 900}
"""Training and reading pictures may keep the interpreter to themselves for a while."""


def run(queue: str = DEFAULT) -> None:
    """Run a queue's jobs, and the clocks that enqueue jobs, until SIGTERM or Ctrl-C; a running job may finish.

    Queues other than the default one hold heavy jobs, and run one at a time.
    """
    asyncio.run(_run(queue))


async def _run(queue: str) -> None:
    # an app of its own for the worker: jobs that enqueue jobs keep using Django's connection, hence its transaction
    connector: PsycopgConnector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    worker: Any = DjangoApp(connector=connector)
    worker.tasks = app.tasks
    worker.periodic_registry = app.periodic_registry
    process = PROCESSES.get(queue, queue)
    async with worker.open_async(), beating(process, beats.Notes(process), patience_s=PATIENCE_SECONDS[process]):
        log.info("jobs.worker_started", queue=queue, tasks=sorted(worker.tasks))
        concurrency = CONCURRENCY if queue == DEFAULT else 1
        await worker.run_worker_async(
            queues=[queue],
            concurrency=concurrency,
            shutdown_graceful_timeout=20,
            worker_middleware=[followed],
            task_middleware=[audited],
        )


async def followed(call_next: Callable[[], Awaitable[Any]], context: Any, _worker: Any) -> Any:
    """Let a job's log lines bear the number of the request that enqueued it; count it."""
    job, began, outcome = context.job, time.perf_counter(), "failed"
    request = str(job.task_kwargs.pop(ORIGIN, ""))
    with working_for(request, job=job.id, task=job.task_name):
        try:
            answer = await call_next()
            outcome = "done"
            return answer
        finally:
            took = time.perf_counter() - began
            meters.JOBS.labels(job.task_name, outcome).inc()
            meters.JOB_SECONDS.labels(job.queue).observe(took)
            log.info("jobs.ran", outcome=outcome, ms=round(took * 1000, 1))


def audited(call_next: Callable[[], Any], context: Any, _worker: Any) -> Any:
    """Let what a job changes stand in the audit trail as done by the job, for the request that enqueued it."""
    acting = {"who": f"job:{context.job.task_name}", "request": correlation.current(), "job": context.job.id}
    with pghistory.context(**acting), meters.statements_timed("worker"):
        return call_next()


def status() -> dict[str, Any]:
    """Return how many jobs are in which state, and the latest failed ones with their task and number of attempts."""
    counts = dict(ProcrastinateJob.objects.values_list("status").annotate(Count("id")))
    failed = ProcrastinateJob.objects.filter(status="failed").order_by("-id")[:20]
    return {
        "counts": counts,
        "failed": [{"id": job.id, "task": job.task_name, "attempts": job.attempts} for job in failed],
        "retrying": ProcrastinateJob.objects.filter(status="todo", attempts__gt=0).count(),
        "tasks": sorted(app.tasks),
    }
