"""Migrations, run as the owner in a process of their own; ``python -m yunshu.config.bootstrap.migrations``.

Two migrators wait for each other (advisory lock). A database whose last migration did not finish, or that is
newer than the code, is refused: with a half-made schema nothing else may run. ``beside``: an older release serves
meanwhile, so no lock is waited for long, and what this run has done is undone when it cannot come to its end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn

import django
import psycopg
from django.core.management import call_command
from django.db import DatabaseError
from django.db import connection as django_connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

from yunshu.config.bootstrap.patience import Course, retried, watched
from yunshu.config.bootstrap.states import rendered_once
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.migrating import kept_defaults

REFUSED = 3
LOCK = 7_318_002_022
_TOLD = "· "
_MARKER = """CREATE TABLE IF NOT EXISTS yunshu_migration (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('running', 'finished')),
    started_at timestamptz NOT NULL, finished_at timestamptz)"""

_NEVER_IGNORED = """CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT false'"""
"""pgtrigger lets whoever may write SQL pass over a trigger by ``SET pgtrigger.ignore``; here nobody may."""


def migrate(
    owner_url: str, *, resume: bool = False, beside: bool = False, tell: Callable[[str], None] = lambda _line: None
) -> None:
    """Bring the database at ``owner_url`` to the code's state; ``beside``: while an older release serves.

    ``tell`` hears of each migration that was applied. When we are killed the migrations come to their end all the same.

    Raises Refused ``migration_unfinished`` (unless ``resume``), ``database_newer`` or ``migration_failed``.
    """
    words = [*(["--resume"] if resume else []), *(["--beside"] if beside else [])]
    command = [sys.executable, "-m", "yunshu.config.bootstrap.migrations", *words]
    environment = {"DJANGO_SETTINGS_MODULE": "yunshu.config.settings"} | os.environ | {"DATABASE_URL": owner_url}
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(  # noqa: S603 - our own program; a session of its own: Ctrl-C stops who waits, not a migration half-way
            command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        ) as done,
    ):
        assert done.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in done.stdout:
            if line.startswith(_TOLD):
                tell(line.removeprefix(_TOLD).rstrip())
        code = done.wait()
        errors.seek(0)
        output = errors.read().strip()
    last = output.splitlines()[-1] if output else str(code)
    if code == REFUSED:
        word, _, sentence = last.partition(" ")
        raise Refused(word, sentence)
    if code:
        sys.stderr.write(output + "\n")
        raise Refused("migration_failed", f"数据库迁移失败：{last}")


def refuse_unless_fit(
    *, unfinished_since: datetime | None, resume: bool, applied: Iterable[tuple[str, str]], known: set[tuple[str, str]]
) -> None:
    """Raise Refused if the last migration did not finish, or the database knows migrations that the code does not."""
    if unfinished_since is not None and not resume:
        raise Refused(
            "migration_unfinished",
            f"数据库上一次迁移（{unfinished_since.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M} 开始）没有完成，已停止启动。"
            "请先恢复备份；确认可以从断点继续时，加 --resume 再执行同样的命令（yunshu up 或 yunshu upgrade）。",
        )
    unknown = sorted(set(applied) - known)
    if unknown:
        names = "、".join(f"{app}.{name}" for app, name in unknown[:3])
        raise Refused("database_newer", f"数据库比程序新（程序不认识迁移 {names}），请先升级程序。")


def run(owner_url: str, *, resume: bool, beside: bool = False) -> None:
    """Check, mark as running, migrate, mark as finished: all under one lock. Raises as ``migrate`` says."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        connection.execute(_MARKER)
        connection.execute("REVOKE INSERT, UPDATE, DELETE ON yunshu_migration FROM yunshu_app")
        since = unfinished_since(connection)
        applied, known, pending = plan()
        refuse_unless_fit(unfinished_since=since, resume=resume, applied=applied, known=known)
        if not pending and since is None and connection.execute("SELECT 1 FROM yunshu_migration").fetchone():
            _settle(connection)
            return
        row = connection.execute(
            "INSERT INTO yunshu_migration (state, started_at) VALUES ('running', %s) RETURNING id", [clock.now()]
        ).fetchone()
        course = Course(tell=_tell)
        try:
            _apply(course, beside=beside)
        except Exception as error:
            _give_up(connection, course, error, applied if beside else set())
        _settle(connection)
        connection.execute(
            "UPDATE yunshu_migration SET state = 'finished', finished_at = %s WHERE id = %s",
            [clock.now(), row and row[0]],
        )


def _tell(line: str) -> None:
    with suppress(OSError):  # whoever listened was killed: the migrations go on
        sys.stdout.write(f"{_TOLD}{line}\n")
        sys.stdout.flush()


def unfinished_since(connection: "psycopg.Connection[tuple[Any, ...]]") -> datetime | None:
    """Return when the last run of migrations began, if it did not come to its end."""
    if connection.execute("SELECT to_regclass('yunshu_migration')").fetchone() == (None,):
        return None
    last = connection.execute("SELECT state, started_at FROM yunshu_migration ORDER BY id DESC LIMIT 1").fetchone()
    return last[1] if last and last[0] == "running" else None


def _apply(course: Course, *, beside: bool) -> None:
    with rendered_once(), kept_defaults(), watched(course, patient=beside):
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


def _give_up(
    connection: "psycopg.Connection[tuple[Any, ...]]", course: Course, error: Exception, before: set[tuple[str, str]]
) -> NoReturn:
    """Undo what this run has applied over ``before`` (nothing: leave it), and raise Refused ``migration_failed``."""
    sentence = course.failure(error)
    if before:
        try:
            _undo(course)
        except (DatabaseError, IrreversibleError) as second:
            raise Refused(
                "migration_failed", f"{sentence}。撤回此前的迁移也没有成功（{second}）：请恢复备份，或修正后 --resume。"
            ) from error
        connection.execute(
            "UPDATE yunshu_migration SET state = 'finished', finished_at = %s WHERE state = 'running'", [clock.now()]
        )
        sentence += "。本次迁移已全部撤回，数据库与升级前一样，原版本继续运行"
    raise Refused("migration_failed", f"{sentence}。") from error


def _undo(course: Course) -> None:
    """Take back, the newest first, what this run has applied: it only added, and nobody uses it yet."""
    for app, name in reversed(course.done):
        retried(Course(), lambda app=app, name=name: _unapply(app, name))


def _unapply(app: str, name: str) -> None:
    executor = MigrationExecutor(django_connection)
    own = [node.key for node in executor.loader.graph.node_map[app, name].parents if node.key[0] == app]
    executor.migrate(own or [(app, None)])


def _settle(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Close the ways around triggers, and narrow what the application's role may do."""
    from yunshu.config.bootstrap.privileges import narrow  # reads the tables, which needs Django's apps

    connection.execute(_NEVER_IGNORED)
    narrow(connection)


def plan() -> tuple[set[tuple[str, str]], set[tuple[str, str]], bool]:
    """Return what is applied, what the code knows, and whether anything is left to do."""
    executor = MigrationExecutor(django_connection)
    loader = executor.loader
    known = set(loader.disk_migrations)
    known |= {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    applied = {key for key in loader.applied_migrations if key[0] in loader.migrated_apps}
    return applied, known, bool(executor.migration_plan(loader.graph.leaf_nodes()))


def main() -> None:
    """Run as a program: exit code 3 and ``code sentence`` on stderr when refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resume", action="store_true", help="continue a migration that did not finish")
    parser.add_argument("--beside", action="store_true", help="an older release serves meanwhile")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    django.setup()
    try:
        run(os.environ["DATABASE_URL"], resume=arguments.resume, beside=arguments.beside)
    except Refused as refusal:
        sys.stderr.write(f"{refusal.code} {refusal.message}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
