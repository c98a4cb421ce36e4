"""Roles and databases: ``yunshu_owner`` owns every object, ``yunshu_app`` reads and writes rows and nothing else."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from yunshu.lib.kernel.errors import Refused

OWNER = "yunshu_owner"
APP = "yunshu_app"
_ROLE = sql.SQL("{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def ensure_roles(superuser_url: str, *, passwords: Mapping[str, str] | None = None) -> None:
    """Create the two roles if they are absent, and set their passwords if any are given."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in (OWNER, APP):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            statement = _ROLE.format(verb=sql.SQL("ALTER" if known else "CREATE"), role=sql.Identifier(role))
            if passwords and role in passwords:
                statement += sql.SQL(" PASSWORD {}").format(sql.Literal(passwords[role]))
            connection.execute(statement)


def database_exists(superuser_url: str, name: str) -> bool:
    """Say whether a database of this name exists."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def create_database(superuser_url: str, name: str, template: str | None = None) -> None:
    """Create ``name`` with its privileges; from ``template`` (a database made by this function) it is a copy.

    The application's role may connect, read and write rows, use sequences and call functions of everything
    the owner will ever create: no TRUNCATE, no DDL, no disabling of triggers.
    """
    database = sql.Identifier(name)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                database, sql.Identifier(OWNER), sql.Identifier(template or "template0")
            )
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APP)))
    if template is None:
        prepare_database(make_conninfo(superuser_url, dbname=name))


def prepare_server(superuser_url: str, owner_url: str, app_url: str) -> str:
    """Make roles, passwords and database on a server that others keep, as the two addresses say; return its name.

    Raises Refused ``addresses_unfit`` if they do not name the two roles and one database. Safe to repeat.
    """
    owner, app = conninfo_to_dict(owner_url), conninfo_to_dict(app_url)
    name = str(owner.get("dbname", ""))
    if (owner.get("user"), app.get("user"), app.get("dbname")) != (OWNER, APP, name) or not name:
        raise Refused(
            "addresses_unfit", f"DATABASE_OWNER_URL 应以 {OWNER}、DATABASE_URL 应以 {APP} 登录同一个数据库，请检查。"
        )
    ensure_roles(superuser_url, passwords={OWNER: str(owner["password"]), APP: str(app["password"])})
    if not database_exists(superuser_url, name):
        create_database(superuser_url, name)
    return name


def prepare_database(superuser_url: str) -> None:
    """Give the database at ``superuser_url`` its extension, its schema's owner and the default privileges."""
    with psycopg.connect(superuser_url) as connection:
        for statement in (
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            f"ALTER SCHEMA public OWNER TO {OWNER}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            f"GRANT USAGE ON SCHEMA public TO {APP}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT ON SEQUENCES TO {APP}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT EXECUTE ON FUNCTIONS TO {APP}",
        ):
            connection.execute(sql.SQL(statement))


def drop_database(superuser_url: str, name: str) -> None:
    """Drop ``name`` if it is there, with whoever is connected to it."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
