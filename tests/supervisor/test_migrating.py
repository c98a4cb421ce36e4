"""A database that is half migrated, or newer than the code, is refused with a sentence; the right one is not."""

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from yunshu.config.bootstrap import migrate
from yunshu.config.bootstrap.states import rendered_once
from yunshu.lib.kernel.errors import Refused


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


@pytest.mark.slow
def test_a_half_migrated_database_is_refused_until_the_operator_resumes(committed_db) -> None:
    _execute(committed_db.owner_url, "INSERT INTO yunshu_migration (state, started_at) VALUES ('running', now())")

    with pytest.raises(Refused, match="没有完成") as refusal:
        migrate(committed_db.owner_url)
    migrate(committed_db.owner_url, resume=True)

    assert refusal.value.code == "migration_unfinished"
    migrate(committed_db.owner_url)


@pytest.mark.slow
def test_a_database_newer_than_the_code_is_refused(committed_db) -> None:
    _execute(
        committed_db.owner_url,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('outbox', '9999_of_tomorrow', now())",
    )

    with pytest.raises(Refused, match="9999_of_tomorrow") as refusal:
        migrate(committed_db.owner_url)

    assert refusal.value.code == "database_newer"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (n int)",
        "TRUNCATE outbox_outboxentry",
        "ALTER TABLE outbox_outboxentry DISABLE TRIGGER ALL",
        "DROP TABLE outbox_outboxentry",
        "UPDATE yunshu_migration SET state = 'finished'",
    ],
)
def test_the_applications_role_may_not_change_the_schema(committed_db, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _execute(committed_db.app_url, statement)


@pytest.mark.slow
def test_the_schema_is_the_same_as_django_makes_when_it_renders_every_model_again(committed_db) -> None:
    with rendered_once():
        quick = _statements()

    assert quick == _statements()


def _statements() -> list[str]:
    """Return what the migrations of a domain with triggers, and all that it stands on, would execute."""
    loader = MigrationLoader(connection)
    keys = loader.graph.forwards_plan(loader.graph.leaf_nodes("workflow")[0])
    return loader.collect_sql([(loader.graph.nodes[key], False) for key in keys])
