"""What is taken out of a table: which columns under which masks, which rows. ``Extract.select`` is what the source runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from yunshu.lib.tables import masking, predicate
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.masking import Encrypt, Hash, Keep, Mask
from yunshu.lib.tables.predicate import Predicate
from yunshu.lib.tables.schema import Column, TableSchema

_KEEP = Keep()


@dataclass(frozen=True)
class Field:
    """One column that leaves, its mask, and the name it has at the target (the same, if not given)."""

    column: str
    mask: Mask = _KEEP
    name: str = ""

    @property
    def target(self) -> str:
        """Return the name at the target."""
        return self.name or self.column


@dataclass(frozen=True)
class Extract:
    """An agreed extract of a table. A column without a field does not leave."""

    table: TableSchema
    fields: tuple[Field, ...]
    rows: Predicate | None = None

    def output(self, schema: str, name: str) -> TableSchema:
        """Return the table that comes out, called so; its key is empty if a key column is dropped or blurred.

        Raises Unfit (``column_unknown``, ``mask_unfit``, ``mask_malformed``, ``nothing_leaves``, ``name_twice``).
        """
        columns: list[Column] = []
        for field in self.fields:
            made = masking.fit(field.mask, self.table.column(field.column), self.table)
            if made is not None:
                columns.append(Column(field.target, made.type, made.nullable))
        if not columns:
            raise Unfit("nothing_leaves", f"no column of {self.table.schema}.{self.table.name} leaves")
        if len({column.name for column in columns}) < len(columns):
            raise Unfit("name_twice", "two columns have the same name at the target")
        return TableSchema(schema, name, tuple(columns), self._key())

    def _key(self) -> tuple[str, ...]:
        kept = {field.column: field.target for field in self.fields if isinstance(field.mask, Keep | Hash)}
        return tuple(kept[column] for column in self.table.key) if all(c in kept for c in self.table.key) else ()

    @property
    def needs_rows(self) -> bool:
        """Say whether a mask exists only in Python, so that the transfer must take the row path."""
        return any(isinstance(field.mask, Encrypt) for field in self.fields)

    def condition(self, bounds: sql.Composable | None = None) -> sql.Composable:
        """Return the WHERE clause, or nothing: the agreed rows, and ``bounds`` of a chunk."""
        parts = [] if self.rows is None else [predicate.compiled(self.rows, self.table)]
        parts += [] if bounds is None else [bounds]
        return sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(parts)) if parts else sql.SQL("")

    def select(self, bounds: sql.Composable | None = None, *, ordered: bool = False) -> sql.Composed:
        """Return the SELECT for PostgreSQL; ``ordered`` by the key as it comes out. Raises Unfit."""
        output = self.output("", "")
        expressions = [
            sql.SQL("{} AS {}").format(
                masking.postgres(field.mask, self.table.column(field.column)), sql.Identifier(field.target)
            )
            for field in self.fields
            if not isinstance(field.mask, masking.Drop)
        ]
        body = sql.SQL("SELECT {} FROM {}{}").format(
            sql.SQL(", ").join(expressions), self.table.identifier, self.condition(bounds)
        )
        return sql.SQL("SELECT * FROM ({}) AS made ORDER BY {}").format(body, order(output)) if ordered else body

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form (with the masks' keys in it)."""
        fields = [{"column": f.column, "name": f.target, **masking.to_json(f.mask)} for f in self.fields]
        rows = None if self.rows is None else predicate.to_json(self.rows)
        return {"table": self.table.to_json(), "fields": fields, "rows": rows}

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "Extract":
        """Read the JSON form; raise Unfit."""
        fields = []
        for written in form["fields"]:
            mask = {key: value for key, value in written.items() if key not in ("column", "name")}
            name = written.get("name", "")
            fields.append(Field(written["column"], masking.from_json(mask), "" if name == written["column"] else name))
        rows = None if form.get("rows") is None else predicate.from_json(form["rows"])
        return cls(TableSchema.from_json(form["table"]), tuple(fields), rows)


def order(table: TableSchema) -> sql.Composable:
    """Return the order by key that any two servers agree on: text by code point. Raises Unfit (``key_missing``)."""
    if not table.key:
        raise Unfit("key_missing", f"{table.name} has no key to order its rows by")
    return sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if table.column(name).family == "text" else "{}").format(sql.Identifier(name))
        for name in table.key
    )
