"""Migrating beside those who work: no wait for a lock is longer than a moment, and what fails can be told and undone.

A statement that waits for a lock makes everyone queue behind it. So it gives up after ``LOCK_TIMEOUT_MS``, the migration
is rolled back and tried again a little later, until the long transaction that held the lock is over.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest.mock import patch

import psycopg
import structlog
from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

log = structlog.get_logger()
LOCK_TIMEOUT_MS, TRIES, LONGEST_PAUSE_S = 700, 40, 3.0
_TABLE = re.compile(
    r'(?:TABLE|ON|UPDATE|INTO|FROM)\s+(?:IF (?:NOT )?EXISTS\s+)?(?:ONLY\s+)?"?([a-z_][a-z0-9_]*)"?', re.I
)
_SHOWN = 300
_OURS = ("django_migrations", "set_config(")
"""Statements that are the migrator's, not the migration's."""
Done = TypeVar("Done")


@dataclass
class Course:
    """How far a run of migrations has come, and what it was doing."""

    done: list[tuple[str, str]] = field(default_factory=list)
    at: Migration | None = None
    statement: str = ""
    waits: int = 0
    """How often a lock was not got in time."""
    tell: Callable[[str], None] = lambda _line: None
    """Told each migration that is applied, and each wait."""

    def failure(self, error: Exception) -> str:
        """Say which migration failed, at which statement and table, why, and what to do."""
        cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
        name = f"{self.at.app_label}.{self.at.name}" if self.at else "（准备阶段）"
        diagnosis = cause.diag if isinstance(cause, psycopg.Error) else None
        found = _TABLE.search(self.statement)
        table = (diagnosis and diagnosis.table_name) or (found[1] if found else "")
        reason = (diagnosis and diagnosis.message_primary) or str(error).strip() or type(error).__name__
        detail = f"（{diagnosis.message_detail}）" if diagnosis and diagnosis.message_detail else ""
        statement = " ".join(self.statement.split())[:_SHOWN]
        parts = [f"迁移 {name} 没有执行成功"]
        parts += [f"表 {table}"] if table else []
        parts += [
            f"原因：{reason}{detail}",
            f"语句：{statement}" if statement else "发生在迁移的程序里，不在 SQL 语句里",
            _advice(cause),
        ]
        return "；".join(parts)


def _advice(cause: Exception) -> str:
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return (
            "怎么办：有别的事务长时间占用这张表，请在 pg_stat_activity 中找到 xact_start 最早的会话，等它结束后重新执行"
        )
    if isinstance(cause, psycopg.errors.IntegrityError):
        return "怎么办：表里有不符合新约束的数据，请按上面的表和原因更正这些数据后重新执行"
    if isinstance(cause, psycopg.errors.DiskFull):
        return "怎么办：数据库所在的磁盘满了，请腾出空间后重新执行"
    if isinstance(cause, psycopg.OperationalError):
        return "怎么办：与数据库的连接中断，请确认数据库正常后重新执行"
    return "怎么办：请把这一段发给开发者；在新版本修正之前继续使用原版本"


@contextmanager
def watched(course: Course, *, patient: bool) -> Iterator[None]:
    """Within this, Django's migrations note where they are; ``patient``: none waits long for a lock, each is tried again."""
    apply_once = MigrationExecutor.apply_migration

    def apply(
        executor: MigrationExecutor, state: ProjectState, migration: Migration, *rest: Any, **words: Any
    ) -> ProjectState:
        course.at, course.statement, began = migration, "", time.monotonic()
        if not patient:
            made = apply_once(executor, state, migration, *rest, **words)
        else:
            made = retried(course, lambda: apply_once(executor, state.clone(), migration, *rest, **words))
        course.done.append((migration.app_label, migration.name))
        course.at = None
        course.tell(f"{migration.app_label}.{migration.name}（{time.monotonic() - began:.1f} 秒）")
        return made

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        if not any(word in str(sql) for word in _OURS):
            course.statement = str(sql)
        return execute(sql, params, many, context)

    with patch.object(MigrationExecutor, "apply_migration", apply), connection.execute_wrapper(note):
        yield


def retried(course: Course, act: Callable[[], Done]) -> Done:
    """Do ``act``, again after each lock that was not got in time; raise the last refusal after ``TRIES``."""
    for tried in range(TRIES):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_TIMEOUT_MS}ms"])
        try:
            return act()
        except DatabaseError as error:
            if tried == TRIES - 1 or not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            course.waits += 1
            log.info("migration.waits", migration=str(course.at), tried=tried)
            course.tell(f"{course.at or ''} 等锁，稍后再试（第 {tried + 1} 次）")
            time.sleep(min(LONGEST_PAUSE_S, 0.2 * 2**tried))
    raise AssertionError("the last try returns or raises")
