"""Heartbeats in the database: every process of every host writes one, so that one page sees them all, whichever host it is served by."""

import os
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe.figures import Figure, Reading, Rule, Severity, parts
from yunshu.lib.observe.models import Beat

FORGOTTEN = timedelta(days=30)
"""A process not heard for so long is no part of this installation any more."""
STARTS_WITHIN = timedelta(minutes=15)
MOST_STARTS = 20
SILENT_SECONDS = 60.0

HEARD = Figure(
    name="yunshu_process_heartbeat_timestamp_seconds",
    text=label("进程最近一次心跳的时刻"),
    unit="s",
    labels=("process", "host"),
    is_moment=True,
)
STARTED = Figure(
    name="yunshu_process_start_timestamp_seconds",
    text=label("进程最近一次启动的时刻"),
    unit="s",
    labels=("process", "host"),
    is_moment=True,
)
STARTS = Figure(
    name="yunshu_process_recent_starts", text=label("进程 15 分钟内的启动次数"), unit="次", labels=("process", "host")
)
FIGURES = (HEARD, STARTED, STARTS)


def rules_of(process: str) -> tuple[Rule, ...]:
    """Return by what a process is judged: heard within a minute, not started again and again."""
    name = process.title().replace("-", "")
    return (
        Rule(
            code=f"{name}Silent",
            figure=HEARD,
            of={"process": process},
            above=SILENT_SECONDS,
            for_s=30,
            severity=Severity.STOPPED,
            means=label("进程没有心跳：它停止了，或者卡住了。"),
            todo=label("执行 yunshu status 查看，执行 yunshu logs 查看原因；没有自动恢复时重新启动该服务。"),
        ),
        Rule(
            code=f"{name}Restarting",
            figure=STARTS,
            of={"process": process},
            above=5,
            for_s=0,
            severity=Severity.SLOW,
            means=label("进程反复重启。"),
            todo=label("执行 yunshu logs 查看最近的错误，排除原因；升级后出现的，先退回上一版本。"),
        ),
    )


@transaction.atomic
def begun(process: str, now: datetime) -> None:
    """Write down that a process has started."""
    host = socket.gethostname()
    row = Beat.objects.select_for_update().filter(process=process, host=host).first() or Beat(
        process=process, host=host
    )
    row.pid, row.started_at, row.beat_at, row.ended_at = os.getpid(), now, now, None
    row.starts = [*row.starts, now.isoformat()][-MOST_STARTS:]
    row.save()


def beat(process: str, now: datetime) -> None:
    """Write down that a process is alive."""
    Beat.objects.filter(process=process, host=socket.gethostname()).update(beat_at=now, ended_at=None)


def ended(process: str, now: datetime) -> None:
    """Write down that a process was told to stop and did."""
    Beat.objects.filter(process=process, host=socket.gethostname()).update(ended_at=now)


def recent(now: datetime) -> list[Beat]:
    """Return what was heard of each process."""
    return list(Beat.objects.filter(beat_at__gt=now - FORGOTTEN).order_by("process", "host"))


def is_heard(process: str, now: datetime) -> bool:
    """Say whether a process runs on some host: it was heard within a minute and has not ended since."""
    since = now - timedelta(seconds=SILENT_SECONDS)
    return Beat.objects.filter(process=process, beat_at__gt=since, ended_at__isnull=True).exists()


def read(now: datetime) -> Iterator[Reading]:
    """Read the heartbeats; a process that should run and was never heard reads as silent since 1970."""
    rows = recent(now)
    heard = {row.process for row in rows}
    for part in parts():
        if part.process and part.process not in heard and part.in_use():
            yield Reading(HEARD, 0, (part.process, ""))
    for row in rows:
        of = (row.process, row.host)
        yield Reading(HEARD, row.beat_at.timestamp(), of)
        yield Reading(STARTED, row.started_at.timestamp(), of)
        yield Reading(STARTS, sum(now - datetime.fromisoformat(at) < STARTS_WITHIN for at in row.starts), of)


class Notes:
    """What a pulse (``observe.pulse``) tells the database; each time with a connection that is given back."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._is_new = True

    def alive(self) -> None:
        """Write one beat; the first is a start."""
        try:
            (begun if self._is_new else beat)(self._process, clock.now())
            self._is_new = False
        finally:
            connection.close()

    def over(self) -> None:
        """Write the end."""
        try:
            ended(self._process, clock.now())
        finally:
            connection.close()
