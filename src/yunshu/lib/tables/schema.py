"""What a table looks like: columns, types, key; read from a catalogue, and compared with what was agreed.

Types are written as PostgreSQL writes them (``format_type``), whatever the source is: the target is PostgreSQL.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql

from yunshu.lib.tables.errors import Drifted, Unfit

Family = Literal["text", "integer", "number", "date", "timestamp", "timestamptz", "boolean", "uuid", "bytes", "other"]

_FAMILIES: dict[str, Family] = {
    "text": "text",
    "character varying": "text",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "date": "date",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "boolean": "boolean",
    "uuid": "uuid",
    "bytea": "bytes",
}
_TYPE = re.compile(r"[a-z][a-z0-9 ]*(\([0-9]{1,4}(,-?[0-9]{1,4})?\))?[a-z ]*(\[\])?")
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, a.atttypid::int8
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY a.attnum
"""
_KEY = """
SELECT a.attname
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
WHERE n.nspname = %s AND c.relname = %s AND i.indisprimary ORDER BY k.place
"""
_FIRST_OWN_OID = (
    16384  # PostgreSQL: what users define begins here; a binary value of such a type means nothing elsewhere
)


@dataclass(frozen=True)
class Column:
    """One column; ``type`` as PostgreSQL writes it."""

    name: str
    type: str
    nullable: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no name of a built-in type: it will stand in a query. Raises Unfit (``type_malformed``)."""
        if not _TYPE.fullmatch(self.type):
            raise Unfit("type_malformed", f"column {self.name}: {self.type!r} is no type that can be moved")

    @property
    def family(self) -> Family:
        """Return what sort of values it holds, as far as masks and predicates care."""
        return _FAMILIES.get(re.sub(r"\s*\([^)]*\)", "", self.type), "other")


@dataclass(frozen=True)
class TableSchema:
    """A table or view: where it is, its columns in order, its primary key (empty if it has none)."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return one column; raise Unfit (``column_unknown``)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise Unfit("column_unknown", f"{self.schema}.{self.name} has no column {name}")

    @property
    def identifier(self) -> sql.Identifier:
        """Return the qualified name, quoted for PostgreSQL."""
        return sql.Identifier(self.schema, self.name)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        columns = [{"name": c.name, "type": c.type, "nullable": c.nullable} for c in self.columns]
        return {"schema": self.schema, "name": self.name, "columns": columns, "key": list(self.key)}

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "TableSchema":
        """Read the JSON form."""
        columns = tuple(Column(c["name"], c["type"], c["nullable"]) for c in form["columns"])
        return cls(form["schema"], form["name"], columns, tuple(form["key"]))


@dataclass(frozen=True)
class Drift:
    """One difference between the agreed and the found table."""

    column: str
    kind: Literal["missing", "surplus", "type", "nullable", "key"]
    expected: str = ""
    found: str = ""


def read_postgres(connection: psycopg.Connection[Any], schema: str, name: str) -> TableSchema:
    """Read a table or view from PostgreSQL's catalogue.

    Raises Drifted (``table_missing``), and Unfit (``type_unsupported``) for a type that users defined.
    """
    found = connection.execute(_COLUMNS, (schema, name)).fetchall()
    if not found:
        raise Drifted("table_missing", f"there is no table {schema}.{name}")
    for column, kind, _, oid in found:
        if oid >= _FIRST_OWN_OID:
            raise Unfit("type_unsupported", f"column {column} has a type of its own, {kind}")
    key = tuple(row[0] for row in connection.execute(_KEY, (schema, name)))
    return TableSchema(schema, name, tuple(Column(*row[:3]) for row in found), key)


def drift(expected: TableSchema, found: TableSchema) -> list[Drift]:
    """Return how ``found`` differs from ``expected``: columns in the agreed order, then the surplus ones, then the key."""
    now = {column.name: column for column in found.columns}
    drifts: list[Drift] = []
    for column in expected.columns:
        other = now.pop(column.name, None)
        drifts += [Drift(column.name, "missing", column.type)] if other is None else _changes(column, other)
    drifts += [Drift(column.name, "surplus", "", column.type) for column in now.values()]
    if expected.key != found.key:
        drifts.append(Drift("", "key", ",".join(expected.key), ",".join(found.key)))
    return drifts


def _changes(expected: Column, found: Column) -> list[Drift]:
    changes: list[Drift] = []
    if expected.type != found.type:
        changes.append(Drift(expected.name, "type", expected.type, found.type))
    if expected.nullable != found.nullable:
        words = ("not null", "nullable")
        changes.append(Drift(expected.name, "nullable", words[expected.nullable], words[found.nullable]))
    return changes


def describe(drifts: Sequence[Drift]) -> str:
    """Return the differences in one line, for an error or a log."""
    return "; ".join(f"{d.column or 'key'}: {d.kind} {d.expected or '-'} -> {d.found or '-'}" for d in drifts)
