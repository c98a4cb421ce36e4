"""The query that runs in the source: agreed columns under their masks, agreed rows, one range of the key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from yunshu.lib.tables import masking
from yunshu.lib.tables.errors import Drifted
from yunshu.lib.tables.masking import Mask
from yunshu.lib.tables.schema import TableSchema, drift, family

Rows = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One agreed column; ``family`` what kind of value was agreed (empty: any)."""

    name: str
    mask: Mask
    family: str = ""
    is_key: bool = False
    is_required: bool = False
    length: int | None = None


@dataclass(frozen=True, kw_only=True)
class Extract:
    """What may leave a table: fields, and rows as a predicate (``{"field": …, "in": […]}`` or ``"prefix"``)."""

    table: str
    fields: tuple[Field, ...]
    rows: Rows | None = None


@dataclass(frozen=True, kw_only=True)
class Range:
    """A range of the key's first column, as text: from (included) to (excluded); None: open."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, kw_only=True)
class Query:
    """An extract compiled for a table as it is; ``types`` are the columns at the target."""

    select: sql.Composed
    types: Mapping[str, str] = field(default_factory=dict)


def compile_extract(extract: Extract, schema: TableSchema, key: bytes) -> Query:
    """Return the query without a range. Raises Drifted where the table lacks what was agreed, and BadMask."""
    wanted = {f.name: f.family for f in extract.fields}
    wrong = [d for d in drift(wanted, schema) if d.kind != "surplus"]
    if wrong:
        words = ", ".join(f"{d.column} ({d.kind} {d.found})".replace(" )", ")") for d in wrong)
        raise Drifted(f"{schema.name} is not what was agreed: {words}")
    columns = [
        sql.SQL("{} AS {}").format(masking.compiled(f.mask, f.name, schema, key), sql.Identifier(f.name))
        for f in extract.fields
    ]
    select = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(columns), _table(extract.table))
    types = {f.name: _type_under(f, schema) for f in extract.fields}
    return Query(select=select + sql.SQL(" WHERE ") + rows_condition(extract.rows, schema), types=types)


def _table(name: str) -> sql.Composable:
    return sql.Identifier(*name.split("."))


def _type_under(wanted: Field, schema: TableSchema) -> str:
    found = schema.column(wanted.name)
    kept = found.type if found else "text"
    kind = wanted.mask["kind"]
    if kind in ("hash", "partial") or (kind == "generalise" and "prefix" in wanted.mask):
        return "text"
    return "date" if kind == "generalise" and "unit" in wanted.mask else kept


def rows_condition(rows: Rows | None, schema: TableSchema) -> sql.Composable:
    """Return the condition of the agreed rows; raises Drifted where its column is not there."""
    if not rows:
        return sql.SQL("true")
    column = schema.column(str(rows["field"]))
    if column is None:
        raise Drifted(f"{schema.name} has no column {rows['field']}, by which the agreed rows are told")
    value = sql.SQL("{}::text").format(sql.Identifier(column.name))
    if family(column.type) == "text":
        value = sql.SQL("{}").format(sql.Identifier(column.name))
    if "prefix" in rows:
        tests = [sql.SQL("starts_with({}, {})").format(value, sql.Literal(str(p))) for p in rows["prefix"]]
        return sql.SQL("(") + sql.SQL(" OR ").join(tests) + sql.SQL(")")
    return sql.SQL("{} IN ({})").format(value, sql.SQL(", ").join(sql.Literal(str(v)) for v in rows["in"]))


def ranged(query: Query, key: Sequence[str], schema: TableSchema, wanted: Range) -> sql.Composed:
    """Return the query for one range of the key's first column."""
    bounds: list[sql.Composable] = [query.select]
    if key:
        column = schema.column(key[0])
        kind = sql.SQL(column.type if column else "text")
        name = sql.Identifier(key[0])
        if wanted.first is not None:
            bounds.append(sql.SQL("{} >= {}::{}").format(name, sql.Literal(wanted.first), kind))
        if wanted.last is not None:
            bounds.append(sql.SQL("{} < {}::{}").format(name, sql.Literal(wanted.last), kind))
    return sql.Composed([sql.SQL(" AND ").join(bounds)])
