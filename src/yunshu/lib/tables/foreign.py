"""Schemas through SQLAlchemy: MySQL, MariaDB, any dialect. Apart from ``schema``, for SQLAlchemy alone takes 22 MB of a node."""

from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy import types as sa

from yunshu.lib.tables.errors import Drifted, Unfit
from yunshu.lib.tables.schema import Column, TableSchema


def read_any(connection: Connection, schema: str, name: str) -> TableSchema:
    """Read a table or view through SQLAlchemy (MySQL, MariaDB, any dialect); types become PostgreSQL's.

    Raises Drifted (``table_missing``) and Unfit (``type_unsupported``).
    """
    inspector = inspect(connection)
    if not inspector.has_table(name, schema=schema or None) and name not in inspector.get_view_names(schema or None):
        raise Drifted("table_missing", f"there is no table {schema}.{name}")
    columns = tuple(
        Column(c["name"], postgres_type(c["name"], c["type"]), bool(c["nullable"]))
        for c in inspector.get_columns(name, schema=schema or None)
    )
    key = inspector.get_pk_constraint(name, schema=schema or None)["constrained_columns"]
    return TableSchema(schema, name, columns, tuple(key))


def postgres_type(name: str, kind: sa.TypeEngine[Any]) -> str:
    """Return the PostgreSQL type that holds every value of an SQLAlchemy type; raise Unfit (``type_unsupported``)."""
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        return f"numeric({kind.precision},{kind.scale or 0})" if kind.precision else "numeric"
    if isinstance(kind, sa.DateTime):
        return "timestamp with time zone" if kind.timezone else "timestamp without time zone"
    for base, written in _BY_BASE:
        if isinstance(kind, base):
            length = getattr(kind, "length", None)
            short = written == "text" and length and not isinstance(kind, sa.Text | sa.Enum)
            return f"character varying({length})" if short else written
    raise Unfit("type_unsupported", f"column {name} has a type that cannot be moved: {kind!r}")


_BY_BASE: tuple[tuple[type[sa.TypeEngine[Any]], str], ...] = (
    (sa.Boolean, "boolean"),
    (sa.SmallInteger, "integer"),  # MySQL: may be unsigned
    (sa.BigInteger, "numeric(20,0)"),  # MySQL: may be unsigned
    (sa.Integer, "bigint"),
    (sa.Float, "double precision"),
    (sa.Date, "date"),
    (sa.Time, "time without time zone"),
    (sa.Uuid, "uuid"),
    (sa.LargeBinary, "bytea"),
    (sa.String, "text"),
)
