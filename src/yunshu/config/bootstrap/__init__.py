"""The servers a machine without servers needs: PostgreSQL and NATS from their wheels, roles, databases, migrations.

Everything lives under one data folder: ``postgres/``, ``nats/``, ``secrets.json`` (0600). Nothing here is
needed in production, where ``DATABASE_URL`` and ``NATS_URL`` name servers that others keep.
"""

from yunshu.config.bootstrap.databases import create_database, drop_database, ensure_roles
from yunshu.config.bootstrap.messages import EmbeddedNats, nats_server
from yunshu.config.bootstrap.migrations import migrate
from yunshu.config.bootstrap.postgres import EmbeddedPostgres

__all__ = [
    "EmbeddedNats",
    "EmbeddedPostgres",
    "create_database",
    "drop_database",
    "ensure_roles",
    "migrate",
    "nats_server",
]
