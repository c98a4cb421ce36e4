"""What the application's role may do, table by table: rows of business, and of the trail only new ones. Nothing else."""

import pytest
from django.db import DatabaseError, connection, transaction

from yunshu.config.bootstrap.privileges import CONTEXT
from yunshu.domains.directory.selectors.trail import trail_tables

pytestmark = pytest.mark.django_db
ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE"}
ELSE = ("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
KEPT = {"yunshu_migration": {"SELECT"}, "directory_usedpassword": {"SELECT", "INSERT"}, CONTEXT: ROWS - {"DELETE"}}


def rights() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_remove(array_agg(CASE WHEN has_table_privilege('yunshu_app', c.oid, p) THEN p END), NULL)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(%s::text[]) p"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') GROUP BY 1",
            [[*ROWS, *ELSE]],
        )
        return {name: set(held) for name, held in cursor.fetchall()}


def test_the_applications_role_holds_no_more_than_is_stated():
    trail = {name: {"SELECT", "INSERT"} for name in trail_tables()} | KEPT
    more = {name: held - trail.get(name, ROWS) for name, held in rights().items()}

    assert {name: held for name, held in more.items() if held} == {}
    assert set(trail) <= set(rights())


def test_the_applications_role_has_no_power_over_the_server():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,"
            " (SELECT count(*) FROM pg_auth_members WHERE member = r.oid),"
            " has_database_privilege(current_database(), 'CREATE'), has_database_privilege(current_database(), 'TEMP'),"
            " has_schema_privilege('public', 'CREATE') FROM pg_roles r WHERE rolname = current_user AND rolname = 'yunshu_app'"
        )
        assert cursor.fetchone() == (False, False, False, False, False, 0, False, False, False)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "DROP TABLE directory_signin",
        "TRUNCATE directory_signin",
        "DELETE FROM directory_signin",
        "UPDATE directory_roleevent SET name = 'x'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/passwd')",
        "COPY directory_org TO PROGRAM 'cat'",
        "COPY directory_org TO '/tmp/orgs'",
        "ALTER SYSTEM SET log_statement = 'none'",
        "SET ROLE yunshu_owner",
        "CREATE EXTENSION dblink",
    ],
)
def test_what_reaches_further_is_refused_by_the_database(statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
