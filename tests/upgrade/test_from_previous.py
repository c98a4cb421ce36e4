"""From the previous release with its data: its own code builds it, this code's migrations run, everything is still there."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from psycopg import sql
from tests.conftest import _point_to

from yunshu.config import env
from yunshu.config.bootstrap import create_database, migrate
from yunshu.config.upgrade import releases

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
LAST = releases.read()[-1]
GROW = {"django_migrations", "yunshu_migration", "django_content_type", "auth_permission", "yunshu_cache"}
GROW |= {"hotline_indicator", "hotline_indicatorevent"}
"""Tables that migrations write to (their nature, or defaults that a release brings): what was there must be there, more may come."""
PAGES = ("/", "/accounts/login/", "/promises/", "/healthz", "/console/")
DIGEST = "SELECT {key}, hashtextextended(({columns})::text, 0) FROM {table}"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the previous release's source and city packs; named as not run where the clone does not reach back."""
    folder = tmp_path_factory.mktemp("previous")
    packed = subprocess.run(
        ["git", "archive", LAST.commit, "src", "cities"], cwd=env.ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"the commit of release {LAST.version} is not in this clone: {LAST.commit}")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


@dataclass(frozen=True)
class Previous:
    """A database that the previous release has made and filled."""

    owner_url: str
    app_url: str


@pytest.fixture(scope="module")
def previous(source: Path, postgres) -> Previous:
    """The previous release migrates a new database and loads its city."""
    create_database(postgres.superuser_url, "previous")
    made = Previous(postgres.owner_url("previous"), postgres.app_url("previous"))
    run(source, made.owner_url, "yunshu.config.bootstrap.migrations")
    run(source, made.app_url, "yunshu.config.cli", "city", "load", str(source / "cities/jieyang"))
    return made


def run(source: Path, url: str, *words: str) -> None:
    """Run a module of the previous release."""
    given = {"PYTHONPATH": str(source / "src"), "YUNSHU_DATA": str(source / "data"), "DATABASE_URL": url}
    environment = os.environ | given | {"DJANGO_SETTINGS_MODULE": "yunshu.config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=source, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@dataclass(frozen=True)
class Table:
    """A table as it was: the columns it had, and a digest of each row by its key."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: dict[str, int]


def tables(url: str) -> dict[str, Table]:
    """Return every table of the database."""
    with psycopg.connect(url) as connection:
        known = connection.execute(
            "SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position),"
            " (SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
            "  AND a.attnum = ANY(i.indkey) WHERE i.indrelid = c.table_name::regclass AND i.indisprimary)"
            " FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY c.table_name"
        ).fetchall()
        return {n: Table(tuple(c), tuple(k or c), rows(connection, n, tuple(c), tuple(k or c))) for n, c, k in known}


def rows(connection: psycopg.Connection, name: str, columns: tuple[str, ...], key: tuple[str, ...]) -> dict[str, int]:
    """Return a digest of ``columns`` for each row."""
    row = sql.SQL("ROW({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    by = sql.SQL("ROW({})::text").format(sql.SQL(", ").join(map(sql.Identifier, key)))
    return dict(connection.execute(sql.SQL(DIGEST).format(key=by, columns=row, table=sql.Identifier(name))).fetchall())


def lost(before: dict[str, Table], url: str) -> list[str]:
    """Say what is not as it was: tables, columns, rows, contents of the columns there were; new rows only where they grow."""
    found = []
    with psycopg.connect(url) as connection:
        for name, table in before.items():
            try:
                now = rows(connection, name, table.columns, table.key)
            except psycopg.errors.Error as error:
                found.append(f"{name}: {error}")
                connection.rollback()
                continue
            gone = [key for key, digest in table.rows.items() if now.get(key) != digest]
            found += (
                [f"{name}: {len(gone)} of {len(table.rows)} rows lost or changed, such as {gone[0]}"] if gone else []
            )
            added = len(now) - len(table.rows)
            found += [f"{name}: {added} rows more"] if added > 0 and name not in GROW else []
    return found


def pending(url: str) -> list[tuple]:
    """Return the ledger's records that wait for their batch."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT id, kind, subject FROM ledger_record WHERE final_at IS NULL ORDER BY id"
        ).fetchall()


def test_everything_the_previous_release_kept_is_there_and_served_after_the_upgrade(
    previous: Previous, django_db_blocker
) -> None:
    before, waiting = tables(previous.owner_url), pending(previous.owner_url)
    assert sum(len(table.rows) for table in before.values()) > 1000
    assert waiting

    migrate(previous.owner_url, beside=True)

    assert lost(before, previous.owner_url) == []
    assert pending(previous.owner_url) == waiting
    with django_db_blocker.unblock():
        former = _point_to(previous.app_url)
        assert served() == {}
        connections.close_all()
        connections["default"].close_pool()
        connections["default"].settings_dict.update(former)


def served() -> dict[str, int]:
    """Ask for pages, as a stranger and as each kind of sample account; return those that do not answer as they should."""
    answers = {}
    for account in [None, *get_user_model().objects.order_by("pk")[:3]]:
        browser = Client(raise_request_exception=False)
        if account is not None:
            browser.force_login(account)
        answers |= {f"{account} {page}": browser.get(page).status_code for page in PAGES}
    return {page: status for page, status in answers.items() if status not in (200, 302)}


def test_a_released_migration_is_never_edited(source: Path) -> None:
    here = env.ROOT / "src"
    kept = [path for path in (source / "src").rglob("migrations/0*.py")]
    assert kept
    assert [
        str(p.relative_to(source))
        for p in kept
        if (here / p.relative_to(source / "src")).read_bytes() != p.read_bytes()
    ] == []


def test_the_release_is_written_down_as_its_commit_has_it(source: Path) -> None:
    leaves = {
        (path.parent.parent.name, path.read_text().strip()) for path in (source / "src").rglob("max_migration.txt")
    }
    assert leaves == LAST.leaves
