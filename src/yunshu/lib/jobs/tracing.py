"""The jobs that a request enqueued, and how each went."""

from collections.abc import Iterator

from django.db import connection

from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import steps
from yunshu.lib.observe.steps import Step

_JOBS = """SELECT j.id, j.task_name, j.args ->> '_request', e.type, e.at FROM procrastinate_jobs j
JOIN procrastinate_events e ON e.job_id = j.id
WHERE j.args ->> '_request' LIKE %s AND j.args ->> '_request' <> '' ORDER BY e.id LIMIT %s"""
_STATES = {
    "deferred": label("排队"),
    "started": label("开始执行"),
    "deferred_for_retry": label("将重试"),
    "failed": label("失败"),
    "succeeded": label("已完成"),
}


def of_request(number: str) -> Iterator[Step]:
    """Return the jobs of a request; the number holds no sign that LIKE knows but ``_``, which may stand for any."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [f"{number.replace('_', chr(92) + '_')}%", steps.MOST_STEPS])
        rows = cursor.fetchall()
    for job, task, request, kind, at in rows:
        yield Step(
            at=at, floor=label("任务"), what=task, about=str(job), state=_STATES.get(kind, kind), request=request
        )
