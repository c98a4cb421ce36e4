"""A data folder whose database is migrated already: a copy of the cluster that the tests keep, made once for each state of the migrations."""

import _root  # noqa: F401 - finds tests

# isort: split
from pathlib import Path

from tests import template

from yunshu.config.bootstrap import EmbeddedPostgres, create_database
from yunshu.config.bootstrap.databases import database_exists

DATABASE = "yunshu"


def seeded(folder: Path) -> EmbeddedPostgres:
    """Start a durable server in an empty folder that holds the migrated database; the caller stops it."""
    server = template.started_in(folder, durable=True)
    if not database_exists(server.superuser_url, DATABASE):
        create_database(server.superuser_url, DATABASE, template=template.NAME)
    return server
