"""What the application's role may do, table by table: everything by default, and less where a table is a record.

The trail takes rows and gives none back: nothing is changed or deleted there, whatever the code of the application asks, and
a deletion before the time of keeping is over is refused by the database itself (GB/T 22239-2019, 8.1.4.3 c).
"""

import psycopg
from psycopg import sql

from yunshu.config.bootstrap.databases import APP
from yunshu.domains.directory.selectors.trail import trail_tables

CONTEXT = "pghistory_context"
"""A running request adds to its own context; a trigger lets it change nothing that stands there (directory 0002)."""


def narrow(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Take back the right to change and delete rows of the trail. Run by the owner after each migration; safe to repeat."""
    for table in trail_tables():
        rights = sql.SQL("DELETE" if table == CONTEXT else "UPDATE, DELETE")
        connection.execute(
            sql.SQL("REVOKE {} ON {} FROM {}").format(rights, sql.Identifier(table), sql.Identifier(APP))
        )
    connection.execute(sql.SQL("REVOKE UPDATE, DELETE ON directory_usedpassword FROM {}").format(sql.Identifier(APP)))
