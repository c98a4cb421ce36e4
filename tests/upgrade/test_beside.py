"""Migrating beside a running release: what cannot run is undone and explained, what the old release inserts still fits."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from tests.conftest import _point_to

from yunshu.config import env
from yunshu.config.bootstrap import migrations, patience
from yunshu.lib.kernel.errors import Refused

pytestmark = pytest.mark.slow
OLD_INSERT = """INSERT INTO outbox_deadletter (handler, event_id, subject, payload, failures, error, failed_at)
    VALUES ('h', %s, 's', '{}', %s, '', now())"""


ADDS = 'migrations.AddField("deadletter", "weight", models.IntegerField(default=3))'
CANNOT = """migrations.AddConstraint(
    "deadletter", models.CheckConstraint(condition=models.Q(failures__gt=5), name="outbox_dead_letter_failed"))"""
MIGRATION = """from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("outbox", "{before}")]
    operations = [{operation}]
"""


@pytest.fixture
def later(committed_db, settings, tmp_path: Path, monkeypatch) -> Iterator[str]:
    """Give the owner's address of a database, with a release that has two more migrations of the outbox."""
    package = tmp_path / "outbox_of_tomorrow"
    released = env.ROOT / "src/yunshu/lib/outbox/migrations"
    shutil.copytree(released, package)
    leaf = (released / "max_migration.txt").read_text().strip()
    (package / "9001_adds.py").write_text(MIGRATION.format(before=leaf, operation=ADDS))
    (package / "9002_cannot.py").write_text(MIGRATION.format(before="9001_adds", operation=CANNOT))
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"outbox": package.name}
    _point_to(committed_db.owner_url)
    yield committed_db.owner_url
    connections.close_all()
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def state(url: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT 'column', column_name FROM information_schema.columns WHERE table_name = 'outbox_deadletter'"
            " UNION ALL SELECT 'migration', name FROM django_migrations WHERE app = 'outbox' ORDER BY 1, 2"
        ).fetchall()


def test_a_migration_that_cannot_run_leaves_everything_as_it_was_and_says_why(later: str) -> None:
    with psycopg.connect(later) as connection:
        connection.execute(OLD_INSERT, [1, 2])
    before = state(later)

    with pytest.raises(Refused) as refusal:
        migrations.run(later, resume=False, beside=True)

    assert state(later) == before
    words = ("outbox.9002_cannot", "表 outbox_deadletter", "outbox_dead_letter_failed", "已全部撤回", "更正这些数据")
    assert [word for word in words if word not in refusal.value.message] == []
    with psycopg.connect(later) as connection:
        assert migrations.unfinished_since(connection) is None, "the old release may start again"
        connection.execute("UPDATE outbox_deadletter SET failures = 9")

    migrations.run(later, resume=False, beside=True)

    with psycopg.connect(later) as connection:
        connection.execute(OLD_INSERT, [2, 9])
        assert connection.execute("SELECT DISTINCT weight FROM outbox_deadletter").fetchall() == [(3,)]


def test_a_lock_that_is_not_got_is_waited_for_in_short_tries_and_named(later: str, monkeypatch) -> None:
    monkeypatch.setattr(patience, "TRIES", 2)
    monkeypatch.setattr(patience, "LOCK_TIMEOUT_MS", 50)
    with psycopg.connect(later) as holder:
        holder.execute("SELECT count(*) FROM outbox_deadletter")
        with pytest.raises(Refused, match="pg_stat_activity") as refusal:
            migrations.run(later, resume=False, beside=True)
    assert "outbox.9001_adds" in refusal.value.message
    assert "表 outbox_deadletter" in refusal.value.message


def test_whoever_waits_hears_of_each_migration_and_of_a_failure_inside_a_program(
    later: str, tmp_path: Path, capsys
) -> None:
    raises = "migrations.RunPython(lambda apps, editor: 1 / 0, migrations.RunPython.noop)"
    (tmp_path / "outbox_of_tomorrow" / "9002_cannot.py").write_text(
        MIGRATION.format(before="9001_adds", operation=raises)
    )

    with pytest.raises(Refused, match="发生在迁移的程序里") as refusal:
        migrations.run(later, resume=False, beside=True)

    assert "division by zero" in refusal.value.message
    assert "set_config" not in refusal.value.message
    assert "· outbox.9001_adds（" in capsys.readouterr().out
