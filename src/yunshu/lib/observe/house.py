"""Figures of the house itself: heartbeats, the database, the disk."""

import shutil
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _l

from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

CONNECTIONS = Figure(
    name="yunshu_database_connections", text=label("数据库连接数（按状态）"), unit="个", labels=("state",)
)
CONNECTIONS_USED = Figure(name="yunshu_database_connections_used_ratio", text=label("数据库连接占上限的比例"), unit="%")
LONGEST = Figure(name="yunshu_database_longest_transaction_seconds", text=label("最长的数据库事务已持续"), unit="s")
BLOCKED = Figure(name="yunshu_database_blocked_sessions", text=label("正在等锁的数据库会话数"), unit="个")
SIZE = Figure(name="yunshu_database_size_bytes", text=label("数据库大小"), unit="B")
SLOT_WAL = Figure(name="yunshu_database_slot_wal_bytes", text=label("本库复制槽保留的日志（最大的一个）"), unit="B")
FOLDERS = {"data": _l("数据盘"), "backup": _l("备份盘")}
DISK_FREE = Figure(
    name="yunshu_disk_free_bytes", text=label("磁盘的可用空间"), unit="B", labels=("folder",), words=FOLDERS
)
DISK_USED = Figure(
    name="yunshu_disk_used_ratio", text=label("磁盘的已用比例"), unit="%", labels=("folder",), words=FOLDERS
)
FIGURES = (CONNECTIONS, CONNECTIONS_USED, LONGEST, BLOCKED, SIZE, SLOT_WAL)
DISKS = (DISK_FREE, DISK_USED)

_SESSIONS = """SELECT coalesce(state, 'other'), count(*), max(extract(epoch FROM now() - xact_start)),
count(*) FILTER (WHERE wait_event_type = 'Lock'), current_setting('max_connections')::int
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"""
_SLOTS = """SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) FROM pg_replication_slots
WHERE NOT pg_is_in_recovery()"""

DATABASE = Part(
    code="postgres",
    name=label("数据库"),
    order=10,
    shown=(LONGEST, CONNECTIONS_USED, BLOCKED, SIZE),
    command="yunshu status",
    chapter="postgres",
    rules=(
        Rule(
            code="DatabaseUnreadable",
            figure=figures.SOURCE_UP,
            of={"source": "database"},
            below=1,
            for_s=60,
            severity=Severity.STOPPED,
            means=label("数据库没有应答。"),
            todo=label("执行 yunshu status 查看 postgres；使用外部数据库的，先确认它在运行、磁盘未满。"),
        ),
        Rule(
            code="DatabaseConnectionsHigh",
            figure=CONNECTIONS_USED,
            above=0.8,
            for_s=300,
            severity=Severity.SLOW,
            means=label("数据库连接快用完了。"),
            todo=label("查看是哪些程序占用（pg_stat_activity）；进程数增加后要相应提高 max_connections。"),
        ),
        Rule(
            code="DatabaseTransactionLong",
            figure=LONGEST,
            above=900,
            for_s=60,
            severity=Severity.SLOW,
            means=label("有事务超过 15 分钟没有结束，会挡住清理和迁移。"),
            todo=label("在 pg_stat_activity 中找到它，确认无用后用 pg_terminate_backend 结束。"),
        ),
        Rule(
            code="DatabaseSlotBehind",
            figure=SLOT_WAL,
            above=10 * 1024**3,
            for_s=600,
            severity=Severity.SLOW,
            means=label("复制槽保留的日志超过 10 GB，接收方没有跟上，磁盘会被占满。"),
            todo=label("检查备库或备份进程；接收方已停用的，删除它的复制槽。"),
        ),
    ),
)
DISK = Part(
    code="disk",
    name=label("磁盘"),
    order=12,
    shown=(DISK_FREE, DISK_USED),
    command="df -h",
    chapter="disk",
    rules=(
        Rule(
            code="DiskFilling",
            figure=DISK_USED,
            above=0.85,
            for_s=600,
            severity=Severity.SLOW,
            means=label("磁盘已用超过 85%。"),
            todo=label("扩容，或按 docs/operate/observe.md 的顺序清理；不要删除 postgres 与 nats 目录中的文件。"),
        ),
        Rule(
            code="DiskFull",
            figure=DISK_USED,
            above=0.95,
            for_s=60,
            severity=Severity.STOPPED,
            means=label("磁盘快满了，写入随时会失败。"),
            todo=label("立即扩容；来不及时先移走旧的日志和导出文件。"),
        ),
    ),
)


def read(_now: datetime) -> Iterator[Reading]:
    """Read the database's own statistics."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSIONS)
        rows = cursor.fetchall()
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
        cursor.execute(_SLOTS)
        (kept,) = cursor.fetchone()
    for state, count, _age, _blocked, _most in rows:
        yield Reading(CONNECTIONS, count, (state,))
    if rows:
        yield Reading(CONNECTIONS_USED, (1 + sum(row[1] for row in rows)) / rows[0][4])
    yield Reading(LONGEST, float(max((row[2] or 0 for row in rows), default=0)))
    yield Reading(BLOCKED, sum(row[3] for row in rows))
    yield Reading(SIZE, size)
    if kept is not None:
        yield Reading(SLOT_WAL, float(kept))


def read_disks(_now: datetime) -> Iterator[Reading]:
    """Read how full the disks of the data and of the backups are."""
    for name, folder in settings.WATCHED_FOLDERS.items():
        usage = shutil.disk_usage(folder)
        yield Reading(DISK_FREE, usage.free, (name,))
        yield Reading(DISK_USED, 1 - usage.free / usage.total, (name,))


def register() -> None:
    """Register the house."""
    figures.register("heartbeats", beats.FIGURES, beats.read)
    figures.register("database", FIGURES, read, [DATABASE])
    figures.register("disk", DISKS, read_disks, [DISK])
