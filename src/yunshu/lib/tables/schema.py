"""What a PostgreSQL table looks like, read from its catalogue, and how it differs from what was agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           coalesce(array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int), 0)
    FROM pg_attribute AS a
    LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column; ``type`` as PostgreSQL writes it (``character varying(50)``)."""

    name: str
    type: str
    is_required: bool = False


@dataclass(frozen=True, kw_only=True)
class TableSchema:
    """A table: ``name`` with its schema (``public.person``), its columns, the columns of its primary key in order."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """Return a column, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One difference: ``kind`` is missing, surplus or type."""

    kind: str
    column: str
    expected: str = ""
    found: str = ""


def read_schema(connection: psycopg.Connection[Any], table: str) -> TableSchema | None:
    """Return what ``table`` looks like, None where there is no such table."""
    rows = connection.execute(_COLUMNS, [quoted(table)]).fetchall()
    if not rows:
        return None
    key = sorted((place, name) for name, _type, _required, place in rows if place)
    columns = tuple(Column(name=n, type=t, is_required=r) for n, t, r, _place in rows)
    return TableSchema(name=table, columns=columns, key=tuple(name for _place, name in key))


def quoted(table: str) -> str:
    """Return ``schema.table`` with both parts quoted."""
    return ".".join('"{}"'.format(part.replace('"', '""')) for part in table.split("."))


def family(type_name: str) -> str:
    """Return what kind of value a type holds: text, number, date, instant, yesno, bytes or other."""
    bare = type_name.split("(")[0].strip()
    return _FAMILIES.get(bare, "other")


_FAMILIES = {
    **dict.fromkeys(("text", "character varying", "character", "bpchar", "name", "citext"), "text"),
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision", "money"), "number"),
    "date": "date",
    "timestamp without time zone": "instant",
    "timestamp with time zone": "instant",
    "boolean": "yesno",
    "bytea": "bytes",
}


def drift(agreed: Mapping[str, str], found: TableSchema, *, ignored: Sequence[str] = ()) -> list[Drift]:
    """Return how a table differs from what was agreed: ``agreed`` is column name → family."""
    differences = []
    for name, expected in agreed.items():
        column = found.column(name)
        if column is None:
            differences.append(Drift(kind="missing", column=name, expected=expected))
        elif expected not in ("", family(column.type)):
            differences.append(Drift(kind="type", column=name, expected=expected, found=column.type))
    known = {*agreed, *ignored}
    surplus = [c for c in found.columns if c.name not in known]
    return differences + [Drift(kind="surplus", column=c.name, found=c.type) for c in surplus]
