"""Migrations, run as the owner in a process of their own; ``python -m yunshu.config.bootstrap.migrations``.

Two migrators wait for each other (advisory lock). A database whose last migration did not finish, or that is
newer than the code, is refused: with a half-made schema nothing else may run.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import django
import psycopg
from django.core.management import call_command
from django.db import connection as django_connection
from django.db.migrations.executor import MigrationExecutor

from yunshu.config.bootstrap.states import rendered_once
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

REFUSED = 3
_LOCK = 7_318_002_022
_MARKER = """CREATE TABLE IF NOT EXISTS yunshu_migration (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('running', 'finished')),
    started_at timestamptz NOT NULL, finished_at timestamptz)"""

_NEVER_IGNORED = """CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT false'"""
"""pgtrigger lets whoever may write SQL pass over a trigger by ``SET pgtrigger.ignore``; here nobody may."""


def migrate(owner_url: str, *, resume: bool = False) -> None:
    """Bring the database at ``owner_url`` to the code's state.

    Raises Refused ``migration_unfinished`` (unless ``resume``), ``database_newer`` or ``migration_failed``.
    """
    command = [sys.executable, "-m", "yunshu.config.bootstrap.migrations", *(["--resume"] if resume else [])]
    environment = {"DJANGO_SETTINGS_MODULE": "yunshu.config.settings"} | os.environ | {"DATABASE_URL": owner_url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == REFUSED:
        code, _, sentence = done.stderr.strip().splitlines()[-1].partition(" ")
        raise Refused(code, sentence)
    if done.returncode:
        output = (done.stderr or done.stdout).strip()
        sys.stderr.write(output + "\n")
        raise Refused("migration_failed", f"数据库迁移失败：{output.splitlines()[-1] if output else done.returncode}")


def refuse_unless_fit(
    *, unfinished_since: datetime | None, resume: bool, applied: Iterable[tuple[str, str]], known: set[tuple[str, str]]
) -> None:
    """Raise Refused if the last migration did not finish, or the database knows migrations that the code does not."""
    if unfinished_since is not None and not resume:
        raise Refused(
            "migration_unfinished",
            f"数据库上一次迁移（{unfinished_since.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M} 开始）没有完成，已停止启动。"
            "请先恢复备份；确认可以从断点继续时，执行 yunshu up --resume。",
        )
    unknown = sorted(set(applied) - known)
    if unknown:
        names = "、".join(f"{app}.{name}" for app, name in unknown[:3])
        raise Refused("database_newer", f"数据库比程序新（程序不认识迁移 {names}），请先升级程序。")


def run(owner_url: str, *, resume: bool) -> None:
    """Check, mark as running, migrate, mark as finished: all under one lock."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(_MARKER)
        connection.execute("REVOKE INSERT, UPDATE, DELETE ON yunshu_migration FROM yunshu_app")
        last = connection.execute("SELECT state, started_at FROM yunshu_migration ORDER BY id DESC LIMIT 1").fetchone()
        applied, known, pending = _plan()
        since = last[1] if last and last[0] == "running" else None
        refuse_unless_fit(unfinished_since=since, resume=resume, applied=applied, known=known)
        if not pending and since is None and last:
            _settle(connection)
            return
        row = connection.execute(
            "INSERT INTO yunshu_migration (state, started_at) VALUES ('running', %s) RETURNING id", [clock.now()]
        ).fetchone()
        with rendered_once():
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        _settle(connection)
        connection.execute(
            "UPDATE yunshu_migration SET state = 'finished', finished_at = %s WHERE id = %s",
            [clock.now(), row and row[0]],
        )


def _settle(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Close the ways around triggers, and narrow what the application's role may do."""
    from yunshu.config.bootstrap.privileges import narrow  # reads the tables, which needs Django's apps

    connection.execute(_NEVER_IGNORED)
    narrow(connection)


def _plan() -> tuple[set[tuple[str, str]], set[tuple[str, str]], bool]:
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
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    django.setup()
    try:
        run(os.environ["DATABASE_URL"], resume=arguments.resume)
    except Refused as refusal:
        sys.stderr.write(f"{refusal.code} {refusal.message}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
