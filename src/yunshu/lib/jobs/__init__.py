"""Jobs: the one place that names the engine (procrastinate on PostgreSQL).

A domain's ``jobs.py`` declares tasks with ``@queue.task()``, and clocks with ``@queue.periodic(cron=...)`` above
it. ``queue.enqueue(task, **arguments)`` writes the job in the caller's transaction: no commit, no job.
"""

from yunshu.lib.jobs.queue import Queue, queue

__all__ = ["Queue", "queue"]
