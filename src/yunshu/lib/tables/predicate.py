"""Which rows were agreed: a small typed tree with a JSON form, never free SQL.

Start at ``from_json``; ``compiled`` gives the condition for PostgreSQL, ``compiled_mysql`` the one for MySQL with its
parameters, ``holds`` the answer for one row in Python. As in SQL a NULL is never equal, in or between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.schema import TableSchema
from yunshu.lib.tables.values import like, text_of

Value = str | int | bool
_COMPARABLE = frozenset({"text", "integer", "number", "date", "timestamp", "timestamptz", "boolean", "uuid"})


def see_that_keys_compare(table: TableSchema) -> None:
    """Raise Unfit (``key_unfit``) if a column of the key is of a type whose values cannot be asked for one by one."""
    unfit = [name for name in table.key if table.column(name).family not in _COMPARABLE]
    if unfit:
        raise Unfit("key_unfit", f"the key {', '.join(unfit)} of {table.name} is of a type that cannot be compared")


@dataclass(frozen=True)
class Eq:
    """The column has this value."""

    column: str
    value: Value


@dataclass(frozen=True)
class In:
    """The column has one of these values."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Range:
    """``low`` <= column < ``high``; either end may be open (the column is not NULL all the same). Text is compared by code point."""

    column: str
    low: Value | None = None
    high: Value | None = None


@dataclass(frozen=True)
class Prefix:
    """The column's text begins so: an area code, a year."""

    column: str
    text: str


@dataclass(frozen=True)
class After:
    """The columns, compared one after the other, come after these values; ``upto``: they come before or are these."""

    columns: tuple[str, ...]
    values: tuple[Value, ...]
    upto: bool = False


@dataclass(frozen=True)
class And:
    """All of these hold; true if there are none."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True)
class Or:
    """At least one of these holds; false if there are none."""

    parts: tuple["Predicate", ...]


Predicate = Eq | In | Range | Prefix | After | And | Or


def to_json(predicate: Predicate) -> dict[str, Any]:
    """Return the JSON form: the operator by name, and what it takes."""
    match predicate:
        case Eq(column, value):
            return {"is": "eq", "column": column, "value": value}
        case In(column, values):
            return {"is": "in", "column": column, "values": list(values)}
        case Range(column, low, high):
            return {"is": "range", "column": column, "low": low, "high": high}
        case Prefix(column, text):
            return {"is": "prefix", "column": column, "text": text}
        case After(columns, values, upto):
            return {"is": "after", "columns": list(columns), "values": list(values), "upto": upto}
        case And(parts) | Or(parts):
            return {"is": type(predicate).__name__.lower(), "parts": [to_json(part) for part in parts]}


def from_json(form: Mapping[str, Any]) -> Predicate:
    """Read the JSON form; raise Unfit (``predicate_malformed``)."""
    try:
        match form["is"]:
            case "eq":
                return Eq(str(form["column"]), _value(form["value"]))
            case "in":
                return In(str(form["column"]), tuple(_value(value) for value in form["values"]))
            case "range":
                low, high = (None if form.get(end) is None else _value(form[end]) for end in ("low", "high"))
                return Range(str(form["column"]), low, high)
            case "prefix":
                return Prefix(str(form["column"]), str(form["text"]))
            case "after" if len(form["columns"]) == len(form["values"]) > 0:
                names = tuple(str(name) for name in form["columns"])
                return After(names, tuple(_value(value) for value in form["values"]), bool(form["upto"]))
            case "and":
                return And(tuple(from_json(part) for part in form["parts"]))
            case "or":
                return Or(tuple(from_json(part) for part in form["parts"]))
    except (KeyError, TypeError) as error:
        raise Unfit("predicate_malformed", f"this is no predicate: {error}") from error
    raise Unfit("predicate_malformed", f"there is no predicate {form['is']!r}")


def _value(value: Any) -> Value:
    if not isinstance(value, str | int) or "\0" in str(value):
        raise TypeError(f"a value is text, a whole number or true/false, not {value!r}")
    return value


def columns_of(predicate: Predicate) -> frozenset[str]:
    """Return the columns it speaks of."""
    match predicate:
        case And(parts) | Or(parts):
            return frozenset().union(*(columns_of(part) for part in parts))
        case After(columns):
            return frozenset(columns)
        case Eq(column) | In(column) | Range(column) | Prefix(column):
            return frozenset({column})


def compiled(predicate: Predicate, table: TableSchema) -> sql.Composable:
    """Return the condition for PostgreSQL, values quoted by psycopg; raise Unfit for a column that is not there."""
    match predicate:
        case And(parts) | Or(parts):
            if not parts:
                return sql.SQL("true" if isinstance(predicate, And) else "false")
            word = " AND " if isinstance(predicate, And) else " OR "
            return sql.SQL("({})").format(sql.SQL(word).join(compiled(part, table) for part in parts))
        case Eq(column, value):
            return sql.SQL("{} = {}").format(_operand(table, column), _literal(table, column, value))
        case In(column, values):
            if not values:
                return sql.SQL("false")
            listed = sql.SQL(", ").join(_literal(table, column, value) for value in values)
            return sql.SQL("{} IN ({})").format(_operand(table, column), listed)
        case Range(column, low, high):
            ends = [
                sql.SQL("{} {} {}").format(_ordered(table, column), sql.SQL(sign), _literal(table, column, end))
                for sign, end in ((">=", low), ("<", high))
                if end is not None
            ]
            return sql.SQL("({})").format(
                sql.SQL(" AND ").join([sql.SQL("{} IS NOT NULL").format(_operand(table, column)), *ends])
            )
        case After(columns, values, upto):
            pairs = list(zip(columns, values, strict=True))
            return sql.SQL("({}) {} ({})").format(
                sql.SQL(", ").join(_ordered(table, column) for column, _ in pairs),
                sql.SQL("<=" if upto else ">"),
                sql.SQL(", ").join(_literal(table, column, value) for column, value in pairs),
            )
        case Prefix(column, text):
            table.column(column)
            return sql.SQL("starts_with({}::text, {})").format(sql.Identifier(column), sql.Literal(text))


def _operand(table: TableSchema, column: str) -> sql.Composable:
    if table.column(column).family not in _COMPARABLE:
        raise Unfit("column_incomparable", f"rows cannot be chosen by column {column}")
    return sql.Identifier(column)


def _ordered(table: TableSchema, column: str) -> sql.Composable:
    """Only order needs a collation; without one in an equality, PostgreSQL may use its index."""
    operand = _operand(table, column)
    return sql.SQL('{} COLLATE "C"').format(operand) if table.column(column).family == "text" else operand


def _literal(table: TableSchema, column: str, value: Value) -> sql.Composable:
    return sql.SQL("{}::{}").format(sql.Literal(str(value)), sql.SQL(_CASTS[table.column(column).family]))


_CASTS = {
    "text": "text",
    "integer": "bigint",
    "number": "numeric",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "boolean": "boolean",
    "uuid": "uuid",
}


def compiled_mysql(predicate: Predicate, table: TableSchema) -> tuple[str, list[Value]]:
    """Return the condition for MySQL and its parameters, in the order of its ``%s``."""
    match predicate:
        case And(parts) | Or(parts):
            if not parts:
                return ("TRUE" if isinstance(predicate, And) else "FALSE"), []
            made = [compiled_mysql(part, table) for part in parts]
            word = " AND " if isinstance(predicate, And) else " OR "
            return f"({word.join(text for text, _ in made)})", [value for _, values in made for value in values]
        case Eq(column, value):
            return f"{_mysql(table, column)} = %s", [value]
        case In(column, values):
            marks = ", ".join(["%s"] * len(values))
            return (f"{_mysql(table, column)} IN ({marks})" if values else "FALSE"), list(values)
        case Range(column, low, high):
            ends = [(sign, end) for sign, end in ((">=", low), ("<", high)) if end is not None]
            texts = [f"{_mysql(table, column)} {sign} %s" for sign, _ in ends]
            return f"({' AND '.join([f'{_mysql(table, column)} IS NOT NULL', *texts])})", [end for _, end in ends]
        case After(columns, values, upto):
            names = ", ".join(_mysql(table, column) for column in columns)
            return f"({names}) {'<=' if upto else '>'} ({', '.join(['%s'] * len(values))})", list(values)
        case Prefix(column, text):
            return f"LEFT({_mysql(table, column)}, CHAR_LENGTH(%s)) = %s", [text, text]


def _mysql(table: TableSchema, column: str) -> str:
    family = table.column(column).family
    quoted = f"`{column.replace('`', '``')}`".replace("%", "%%")
    return f"CAST({quoted} AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin" if family == "text" else quoted


def holds(predicate: Predicate, row: Mapping[str, Any]) -> bool:
    """Say whether the row is among those agreed."""
    match predicate:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case After(columns, values, upto):
            return _after(tuple(row[column] for column in columns), values) is (not upto)
        case Prefix(column, text):
            return row[column] is not None and text_of(row[column]).startswith(text)
        case Eq(column, value):
            return row[column] is not None and bool(row[column] == like(row[column], value))
        case In(column, values):
            return row[column] is not None and any(row[column] == like(row[column], value) for value in values)
        case Range(column, low, high):
            found = row[column]
            return found is not None and (
                (low is None or bool(found >= like(found, low))) and (high is None or bool(found < like(found, high)))
            )


def _after(found: tuple[Any, ...], values: tuple[Value, ...]) -> bool | None:
    """Compare as SQL compares rows: the first difference decides, and a NULL before it leaves the answer open."""
    for one, written in zip(found, values, strict=True):
        if one is None:
            return None
        other = like(one, written)
        if one != other:
            return bool(one > other)
    return False
