"""What a row must satisfy before the target is switched: typed rules with a JSON form, checked set-based in SQL.

A value that is NULL breaks only ``NotNull``. ``reasons`` is what the quarantine keeps beside the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from psycopg import sql

from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.schema import TableSchema


@dataclass(frozen=True)
class NotNull:
    """The value is there."""

    column: str


@dataclass(frozen=True)
class Length:
    """The text has so many characters, ends included."""

    column: str
    low: int = 0
    high: int | None = None


@dataclass(frozen=True)
class Pattern:
    """The whole text matches this regular expression of PostgreSQL."""

    column: str
    regex: str


@dataclass(frozen=True)
class Between:
    """The number or date lies in the range, ends included; written as PostgreSQL reads it."""

    column: str
    low: str | None = None
    high: str | None = None


Rule = NotNull | Length | Pattern | Between
_NAMES: dict[str, type[Rule]] = {"not_null": NotNull, "length": Length, "pattern": Pattern, "between": Between}
_TYPES = {
    "integer": "numeric",
    "number": "numeric",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
}


def to_json(rule: Rule) -> dict[str, Any]:
    """Return the JSON form."""
    return {"rule": name_of(rule), **asdict(rule)}


def from_json(form: Mapping[str, Any]) -> Rule:
    """Read the JSON form; raise Unfit (``rule_malformed``)."""
    try:
        return _NAMES[form["rule"]](**{key: value for key, value in form.items() if key != "rule"})
    except (KeyError, TypeError) as error:
        raise Unfit("rule_malformed", f"this is no rule: {error}") from error


def name_of(rule: Rule) -> str:
    """Return the rule's name in JSON."""
    return next(name for name, kind in _NAMES.items() if kind is type(rule))


def broken(rule: Rule, table: TableSchema) -> sql.Composable:
    """Return the condition that is true for a row that breaks the rule; raise Unfit (``rule_unfit``, ``column_unknown``)."""
    column, name = table.column(rule.column), sql.Identifier(rule.column)
    match rule:
        case NotNull():
            return sql.SQL("{} IS NULL").format(name)
        case Length(_, low, high) if column.family == "text":
            top = (
                sql.SQL("")
                if high is None
                else sql.SQL(" OR char_length({}) > {}").format(name, sql.Literal(int(high)))
            )
            return sql.SQL("(char_length({}) < {}{})").format(name, sql.Literal(int(low)), top)
        case Pattern(_, regex) if column.family == "text":
            return sql.SQL("{} !~ {}").format(name, sql.Literal(f"^(?:{regex})$"))
        case Between(_, low_end, high_end) if column.family in _TYPES:
            kind = sql.SQL(_TYPES[column.family])
            parts = [
                sql.SQL("{} {} {}::{}").format(name, sql.SQL(sign), sql.Literal(_end(end, column.family)), kind)
                for sign, end in (("<", low_end), (">", high_end))
                if end is not None
            ]
            return sql.SQL("({})").format(sql.SQL(" OR ").join([sql.SQL("false"), *parts]))
    raise Unfit("rule_unfit", f"{name_of(rule)} does not fit column {column.name} of type {column.type}")


def _end(written: Any, family: str) -> str:
    """Return the end as text; raise Unfit (``rule_malformed``) for what is no number."""
    if family in ("integer", "number"):
        try:
            return format(Decimal(written), "f")
        except (InvalidOperation, TypeError) as error:
            raise Unfit("rule_malformed", f"{written!r} is no number") from error
    return str(written)


def reasons(rules: Sequence[Rule], table: TableSchema) -> sql.Composable:
    """Return the array of what a row breaks, each as ``column:rule``."""
    cases = sql.SQL(", ").join(
        sql.SQL("CASE WHEN {} THEN {} END").format(broken(r, table), sql.Literal(f"{r.column}:{name_of(r)}"))
        for r in rules
    )
    return sql.SQL("array_remove(ARRAY[{}]::text[], NULL)").format(cases)


def any_broken(rules: Sequence[Rule], table: TableSchema) -> sql.Composable:
    """Return the condition that is true for a row that breaks any of the rules (at least one is given)."""
    return sql.SQL("({})").format(sql.SQL(" OR ").join([sql.SQL("({})").format(broken(rule, table)) for rule in rules]))
