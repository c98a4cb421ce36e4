"""What is counted as it happens: requests, slow statements, handled facts, finished jobs; over all processes of a machine.

Each process counts in a file of its own in the folder that ``PROMETHEUS_MULTIPROC_DIR`` names (prometheus_client's way), and whoever is
asked adds them up; without the folder a process tells of itself alone. Labels are routes, queues and names in the program, never what
a caller wrote: their number is bounded.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess, values

log = structlog.get_logger()
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW_SECONDS = 1.0
STATEMENT = 300
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "(none)"


def _folder() -> str:
    """Return the folder that processes share; the library decides at its first import, which may be before it is known."""
    folder = os.environ.get(FOLDER, "")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        if not values.ValueClass._multiprocess:
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    return folder


_folder()
_OWN = CollectorRegistry()
REQUESTS = Counter("yunshu_http_requests_total", "网页与接口的请求数", ["route", "method", "status"], registry=_OWN)
REQUEST_SECONDS = Histogram(
    "yunshu_http_request_duration_seconds", "请求的处理时间", ["route"], buckets=SECONDS, registry=_OWN
)
SLOW_STATEMENTS = Counter(
    "yunshu_database_slow_statements_total", "超过 1 秒的数据库语句数", ["process"], registry=_OWN
)
HANDLED = Counter("yunshu_handler_facts_total", "处理者处理的事实数", ["handler", "outcome"], registry=_OWN)
JOBS = Counter("yunshu_jobs_total", "执行的任务数", ["task", "outcome"], registry=_OWN)
JOB_SECONDS = Histogram("yunshu_job_duration_seconds", "任务的执行时间", ["queue"], buckets=SECONDS, registry=_OWN)


def described() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Return the name, kind, explanation and labels of each meter."""
    meters: list[Any] = [REQUESTS, REQUEST_SECONDS, SLOW_STATEMENTS, HANDLED, JOBS, JOB_SECONDS]
    return [
        (m._name + ("_total" if m._type == "counter" else ""), m._type, m._documentation, m._labelnames) for m in meters
    ]


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one request. ``route`` is a pattern of the program's addresses, empty for what none matches."""
    where = route or NO_ROUTE
    REQUESTS.labels(where, method if method in METHODS else "other", str(status)).inc()
    REQUEST_SECONDS.labels(where).observe(seconds)


@contextmanager
def statements_timed(process: str) -> Iterator[None]:
    """Count and log the slow statements of the block, by their text without values."""

    def timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's form
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - began
            if took > SLOW_SECONDS:
                SLOW_STATEMENTS.labels(process).inc()
                log.warning("database.slow", seconds=round(took, 3), statement=str(sql)[:STATEMENT])

    with connection.execute_wrapper(timed):
        yield


def exposition() -> str:
    """Return what was counted, by all processes that share the folder, in Prometheus' text format."""
    registry = _OWN
    if folder := _folder():
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry).decode()
