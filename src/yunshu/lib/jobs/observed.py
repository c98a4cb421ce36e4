"""What the queue shows of itself: jobs that wait, run, failed, by queue."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from procrastinate.contrib.django import app

from yunshu.lib import papers
from yunshu.lib.jobs import tracing
from yunshu.lib.jobs.queue import DEFAULT
from yunshu.lib.jobs.worker import PROCESSES
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures, steps
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

WAITING = Figure(name="yunshu_jobs_waiting", text=label("到时还没有执行的任务"), unit="个", labels=("queue",))
OLDEST = Figure(
    name="yunshu_jobs_oldest_age_seconds", text=label("最早一个到时的任务已等"), unit="s", labels=("queue",)
)
RUNNING = Figure(name="yunshu_jobs_running", text=label("正在执行的任务"), unit="个", labels=("queue",))
FAILED = Figure(name="yunshu_jobs_failed", text=label("一天内多次失败、不再重试的任务"), unit="个", labels=("queue",))

_DUE = """SELECT queue_name, count(*), min(coalesce(scheduled_at,
  (SELECT min(at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred')))
FROM procrastinate_jobs j WHERE status = 'todo' AND coalesce(scheduled_at, '-infinity') <= %s GROUP BY 1"""
_RUNNING = "SELECT queue_name, count(*) FROM procrastinate_jobs WHERE status = 'doing' GROUP BY 1"
_FAILED = """SELECT queue_name, count(*) FROM procrastinate_jobs j WHERE status = 'failed' AND EXISTS
(SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed' AND e.at > %s - interval '1 day') GROUP BY 1"""
_NAMES = {"worker": label("后台任务"), "smart": label("热线智能任务"), "reader": label("图片识别任务")}
_SLOW_AFTER = {DEFAULT: 300.0, "smart": 3600.0, "pictures": 4 * 3600.0}
"""Jobs of the heavy queues take long, one after the other."""


def _part(queue: str, process: str, order: int) -> Part:
    rules = (
        *beats.rules_of(process),
        Rule(
            code=f"{process.title()}Late",
            figure=OLDEST,
            of={"queue": queue},
            above=_SLOW_AFTER[queue],
            for_s=300,
            severity=Severity.SLOW,
            means=label("到时的任务等了太久还没有执行。"),
            todo=label("执行 yunshu jobs status 和 yunshu logs 查看；积压的，可在另一台机器再启动一个任务进程。"),
        ),
        Rule(
            code=f"{process.title()}Failed",
            figure=FAILED,
            of={"queue": queue},
            above=0,
            for_s=0,
            severity=Severity.SLOW,
            means=label("有任务多次失败，已不再重试。"),
            todo=label("执行 yunshu jobs status 看是哪个任务，再在日志中查它的错误。"),
        ),
    )
    return Part(
        code=process,
        name=_NAMES[process],
        process=process,
        order=order,
        shown=(OLDEST, WAITING, FAILED),
        only={"queue": queue},
        rules=rules,
        command="yunshu jobs status",
        in_use=(lambda: papers.reader_installed()) if process == "reader" else lambda: True,
        chapter="jobs",
    )


PARTS = tuple(_part(queue, process, 32 + place) for place, (queue, process) in enumerate(PROCESSES.items()))


def read(now: datetime) -> Iterator[Reading]:
    """Read the queues; a queue without jobs reads nought."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now])
        due = {name: (count, since) for name, count, since in cursor.fetchall()}
        cursor.execute(_RUNNING)
        running = dict(cursor.fetchall())
        cursor.execute(_FAILED, [now])
        failed = dict(cursor.fetchall())
    for name in sorted({task.queue for task in app.tasks.values()} & PROCESSES.keys()):
        count, since = due.get(name, (0, None))
        yield Reading(WAITING, count, (name,))
        yield Reading(OLDEST, max(0.0, (now - since).total_seconds()) if since else 0.0, (name,))
        yield Reading(RUNNING, running.get(name, 0), (name,))
        yield Reading(FAILED, failed.get(name, 0), (name,))


def register() -> None:
    """Register the queues."""
    figures.register("jobs", (WAITING, OLDEST, RUNNING, FAILED), read, PARTS)
    steps.register("jobs", tracing.of_request)
