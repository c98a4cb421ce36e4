"""What every test stands on: a real PostgreSQL, the application's role, and the real input where it is present.

``@pytest.mark.django_db`` runs inside a transaction as ``yunshu_app``. ``committed_db`` gives a database of
one's own, cloned from the migrated template, for tests that need real commits or several processes.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from django.db import connections
from django.utils import translation

from tests import template
from yunshu.config import env
from yunshu.config.bootstrap import EmbeddedPostgres, create_database, drop_database

# a shared machine may be slow at any moment: time is no property of our code
# The same examples in every run, so that a red run says something about the change; YUNSHU_FUZZ=1 looks for new ones.
hypothesis.settings.register_profile(
    "yunshu",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="YUNSHU_FUZZ" not in os.environ,
)
hypothesis.settings.load_profile("yunshu")


SERVER_FIXTURES = {"postgres", "db", "transactional_db", "client"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL as ``database``: the fast part of the checks runs without a server."""
    for item in items:
        if item.get_closest_marker("django_db") or SERVER_FIXTURES & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.database)


@dataclass(frozen=True)
class Database:
    """A migrated database: its name and its addresses."""

    name: str
    app_url: str
    owner_url: str
    superuser_url: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Start a throw-away server with a migrated template database."""
    with tempfile.TemporaryDirectory(prefix="yunshu-pg-", ignore_cleanup_errors=True) as folder:
        server = template.started_in(Path(folder))
        yield server
        server.stop()


def _clone(server: EmbeddedPostgres, name: str) -> Database:
    create_database(server.superuser_url, name, template=template.NAME)
    return Database(name, server.app_url(name), server.owner_url(name), server.superuser_url)


def _point_to(url: str) -> dict[str, object]:
    from yunshu.config.settings import database

    connection = connections["default"]
    connection.close()
    connection.close_pool()
    before = {key: connection.settings_dict[key] for key in ("HOST", "PORT", "NAME", "USER", "PASSWORD")}
    connection.settings_dict.update({key: database(url)[key] for key in before})
    return before


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Replace pytest-django's set-up: the shared test database, as the application's role."""
    server = request.getfixturevalue("postgres")
    database = _clone(server, f"test_{uuid4().hex[:8]}")
    with django_db_blocker.unblock():
        _point_to(database.app_url)
    yield
    with django_db_blocker.unblock():
        connections["default"].close()
        connections["default"].close_pool()


@pytest.fixture
def committed_db(postgres: EmbeddedPostgres, django_db_blocker: pytest.FixtureRequest) -> Iterator[Database]:
    """Give a database of one's own; Django's default connection points to it while the test runs."""
    database = _clone(postgres, f"own_{uuid4().hex[:8]}")
    with django_db_blocker.unblock():
        before = _point_to(database.app_url)
        yield database
        connections.close_all()
        connections["default"].close_pool()
        connections["default"].settings_dict.update(before)
    drop_database(postgres.superuser_url, database.name)


@pytest.fixture(autouse=True)
def _light_settings(settings: object, tmp_path: Path) -> None:
    """Keep files in the test's folder, hash passwords cheaply, serve static files without a manifest."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ACCOUNT_RATE_LIMITS = False
    settings.STATIC_ROOT = tmp_path
    settings.HOTLINE_VAULT = tmp_path / "vault"
    settings.HOTLINE_KB = tmp_path / "kb"


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Leave no language behind: a request in English sets it for the thread."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real input; the test is named as not run where it is absent."""
    folder = env.path("YUNSHU_SHARED")
    if not folder.is_dir():
        pytest.skip(f"real input is absent: {folder}")
    return folder
