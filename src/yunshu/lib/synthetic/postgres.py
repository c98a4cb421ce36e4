"""The made-up tables in PostgreSQL: created with Chinese comments, filled by COPY, kept alive day by day."""

from collections.abc import Iterable
from itertools import chain

from psycopg import Connection, sql

from yunshu.lib.synthetic.city import TRUTH, World
from yunshu.lib.synthetic.living import Changes
from yunshu.lib.synthetic.registers import Row
from yunshu.lib.synthetic.tables import DepartmentTable

_Any = Connection[tuple[object, ...]]


def create_sql(table: DepartmentTable) -> sql.Composed:
    """Return the statements that make ``table``, its comments, and the index of its watermark."""
    name = sql.Identifier(table.name)
    columns = [
        sql.SQL("{} {}{}").format(sql.Identifier(c.name), sql.SQL(c.type), sql.SQL(" NOT NULL" if c.required else ""))
        for c in table.columns
    ]
    columns.append(sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, table.primary_key))))
    parts = [
        sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)),
        sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(table.title)),
    ]
    parts += [
        sql.SQL("COMMENT ON COLUMN {} IS {}").format(sql.Identifier(table.name, c.name), sql.Literal(c.label))
        for c in table.columns
    ]
    if table.watermark:
        index = sql.Identifier(f"{table.name}_{table.watermark}")
        parts.append(sql.SQL("CREATE INDEX {} ON {} ({})").format(index, name, sql.Identifier(table.watermark)))
    return sql.SQL("; ").join(parts)


def load(connection: _Any, table: DepartmentTable, rows: Iterable[Row]) -> int:
    """Copy ``rows`` into ``table`` and return how many; the caller commits."""
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for count, row in enumerate(rows, 1):  # noqa: B007 - counted
            copy.write_row(row)
    return count


def fill(connection: _Any, city: World, *, truth: _Any | None = None) -> int:
    """Create the departments' tables, load the whole city block by block, and return the number of rows.

    The truth is created and loaded only where ``truth`` points, so that it need not lie beside what it judges.
    """
    for table in city.tables:
        connection.execute(create_sql(table))
    if truth is not None:
        truth.execute(create_sql(TRUTH))
    count = 0
    for plot in city.plots:
        for table in city.tables:
            records = list(city.records(table, plot))
            count += load(connection, table, (r.row for r in records))
            if truth is not None:
                load(truth, TRUTH, chain.from_iterable(r.truths for r in records))
    return count


def apply(connection: _Any, changes: Changes) -> None:
    """Carry out one table's day; the truth of what is new is left to the caller."""
    table = changes.table
    name, key = sql.Identifier(table.name), sql.Identifier(table.primary_key[0])
    connection.execute(sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(name, key), [list(changes.deletes)])
    rest = table.columns[1:]
    settings = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(c.name)) for c in rest)
    statement = sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(name, settings, key)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*row[1:], row[0]) for row in changes.updates])
    load(connection, table, changes.inserts)
