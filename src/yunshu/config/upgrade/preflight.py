"""May an upgrade begin here and now? Everything that can be known beforehand, each refusal with what to do."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from yunshu.config import env
from yunshu.config.backup import standing
from yunshu.config.bootstrap.migrations import LOCK, plan, refuse_unless_fit, unfinished_since
from yunshu.config.upgrade.releases import Key, Release, number_of, of_database
from yunshu.config.upgrade.rules import contract_of
from yunshu.lib.kernel.errors import Refused

SPARE_BYTES = 1 << 30


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade of the connected database has to do."""

    release: str
    """The newest release all of whose migrations are applied; empty: none."""
    pending: tuple[Key, ...]
    tables: tuple[str, ...]
    size_bytes: int
    """Size of the tables that the migrations touch, with their indexes."""


def look(releases: tuple[Release, ...], *, resume: bool = False) -> Upgrade:
    """Return what is to be done with the connected database.

    Raises Refused (``migration_unfinished``, ``database_newer``, ``release_skipped``).
    """
    applied, known, _pending = plan()
    connection.ensure_connection()
    since = unfinished_since(connection.connection)
    refuse_unless_fit(unfinished_since=since, resume=resume, applied=applied, known=known)
    loader = MigrationLoader(connection)
    steps = [
        loader.graph.nodes[key]
        for leaf in sorted(loader.graph.leaf_nodes())
        for key in loader.graph.forwards_plan(leaf)
        if key not in loader.applied_migrations
    ]
    steps = list({(step.app_label, step.name): step for step in steps}.values())
    number = of_database(applied, releases)
    refuse_skipping(steps, number, releases)
    tables = _touched(steps, loader)
    release = releases[number].version if number >= 0 else ""
    return Upgrade(release, tuple((s.app_label, s.name) for s in steps), tables, _size(tables))


def wait_for_others(say: Callable[[str], None]) -> None:
    """Return when nobody migrates the connected database: whoever was started by a command that was killed comes to its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            say("另一次迁移还在执行（可能是被终止的 yunshu upgrade 留下的），等它结束…")
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def refuse_skipping(steps: Iterable[Migration], number: int, releases: tuple[Release, ...]) -> None:
    """Raise Refused ``release_skipped`` if a step takes away what release ``number`` (-1: older than all) still uses."""
    for step in steps:
        needs = contract_of(step)
        if needs and number < number_of(needs, releases):
            raise Refused(
                "release_skipped",
                f"迁移 {step.app_label}.{step.name} 会删除旧版本还在使用的内容：请先升级到 {needs}，再升级到这个版本。",
            )


def require_backup(data: Path, now: datetime) -> str:
    """Return the name of the newest backup, fresh and proven by a restore; raise Refused ``backup_not_recent``."""
    words = standing.read(data)
    hours, days = env.number("YUNSHU_UPGRADE_BACKUP_HOURS"), max(1, env.number("YUNSHU_BACKUP_VERIFY_DAYS"))
    newest: dict[str, Any] = next(iter(words.get("bases") or []), {})
    point: dict[str, Any] = words.get("last_point") or newest
    trial: dict[str, Any] = words.get("trial") or {}
    if not newest:
        reason = "还没有备份"
    elif now - _moment(point) > timedelta(hours=hours) and now - _moment(newest) > timedelta(hours=hours):
        reason = f"最近一次备份已超过 {hours} 小时"
    elif not trial.get("is_good"):
        reason = "最近一次试恢复没有通过" if trial else "备份还没有试恢复过"
    elif now - _moment(trial) > timedelta(days=days + 1):
        reason = f"最近一次试恢复已超过 {days + 1} 天"
    else:
        return str(newest["name"])
    raise Refused(
        "backup_not_recent",
        f"{reason}，不升级。请先执行 yunshu backup run 与 yunshu backup verify；"
        "备份由别处负责（例如数据库专人备份）并已确认可用时，加 --without-backup。",
    )


def require_space(folder: Path, upgrade: Upgrade) -> None:
    """Raise Refused ``disk_too_full`` if the disk of ``folder`` could not hold the touched tables a second time."""
    free, needed = shutil.disk_usage(folder).free, upgrade.size_bytes + SPARE_BYTES
    if free < needed:
        raise Refused(
            "disk_too_full",
            f"{folder} 所在的磁盘只剩 {free >> 20} MB，这次迁移最多可能需要 {needed >> 20} MB，请先腾出空间。",
        )


def _moment(words: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(words["at"]))


def _touched(steps: Iterable[Migration], loader: MigrationLoader) -> tuple[str, ...]:
    """Return the tables, there already, of the models that the steps name."""
    state = loader.project_state()
    named = {
        (step.app_label, str(getattr(operation, "model_name", "")).lower())
        for step in steps
        for operation in step.operations
    }
    models = [state.models[key] for key in sorted(named) if key in state.models]
    tables = {str(model.options.get("db_table") or f"{model.app_label}_{model.name_lower}") for model in models}
    return tuple(sorted(tables & set(connection.introspection.table_names())))


def _size(tables: tuple[str, ...]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(t::regclass)), 0) FROM unnest(%s::text[]) t", [list(tables)]
        )
        return int(cursor.fetchone()[0])
