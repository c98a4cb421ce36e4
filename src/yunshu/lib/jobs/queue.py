"""Declaring and enqueueing jobs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from yunshu.lib.observe import correlation

# A failing job is tried again after about 5 s, 25 s, 2 min, 10 min and 52 min; then it waits for a person.
DEFAULT = "default"
ORIGIN = "_request"
BACKOFF = RetryStrategy(max_attempts=5, exponential_wait=5)


class Queue:
    """The queue as domains see it."""

    def task(
        self,
        *,
        name: str | None = None,
        queueing_lock: str | None = None,
        lock: str | None = None,
        retry: RetryStrategy | bool = BACKOFF,
        pass_context: bool = False,
        queue: str = DEFAULT,
    ) -> Callable[[Callable[..., Any]], "Task[Any, Any, Any]"]:
        """Declare a job. ``queueing_lock``: at most one waits; ``lock``: at most one runs. Safe to run twice.

        ``queue``: jobs that need much memory have a queue, hence a worker (``jobs work --queue``), of their own.
        """
        declare: Any = app.task
        decorator: Callable[[Callable[..., Any]], Task[Any, Any, Any]] = declare(
            name=name, queueing_lock=queueing_lock, lock=lock, retry=retry, pass_context=pass_context, queue=queue
        )
        return decorator

    def periodic(self, *, cron: str) -> Callable[["Task[Any, Any, Any]"], "Task[Any, Any, Any]"]:
        """Run the job below by the clock (UTC); it receives ``timestamp``, the second it was due."""
        return app.periodic(cron=cron)

    def enqueue(self, task: "Task[Any, Any, Any]", *, at: datetime | None = None, **arguments: Any) -> bool:
        """Enqueue in the caller's transaction, to run ``at`` or soon; False if its queueing lock says it waits already."""
        deferrer = task.configure(schedule_at=at) if at else task.configure()
        try:
            with transaction.atomic():
                deferrer.defer(**arguments, **_origin())
        except AlreadyEnqueued:
            return False
        return True


def _origin() -> dict[str, str]:
    """Return the number of the request that a job is enqueued for, as an argument that the worker takes away again."""
    request = correlation.current()
    return {ORIGIN: request} if request else {}


queue = Queue()
