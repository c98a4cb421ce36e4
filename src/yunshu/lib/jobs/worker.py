"""The worker's process, and what the operator's page shows of the queue."""

import asyncio
from typing import Any

import structlog
from django.db.models import Count
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.psycopg_connector import PsycopgConnector

from yunshu.lib.jobs.queue import DEFAULT

log = structlog.get_logger()
CONCURRENCY = 4


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
    async with worker.open_async():
        log.info("jobs.worker_started", queue=queue, tasks=sorted(worker.tasks))
        concurrency = CONCURRENCY if queue == DEFAULT else 1
        await worker.run_worker_async(queues=[queue], concurrency=concurrency, shutdown_graceful_timeout=20)


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
