"""The target's side: a staging table, its chunks, the quarantine, and the switch that makes it the target in one transaction.

Start at ``Staging``. Until ``swap`` or ``merge`` commits, no reader of the target sees anything of the transfer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from yunshu.lib.tables import rules as checks
from yunshu.lib.tables.errors import Drifted, Unfit
from yunshu.lib.tables.journal import Journal
from yunshu.lib.tables.query import order
from yunshu.lib.tables.relay import Connection
from yunshu.lib.tables.rules import NotNull, Rule
from yunshu.lib.tables.schema import TableSchema, describe, drift, read_postgres

_EARLIER_PAGES = 4096  # a COPY may fill pages that an earlier one added and left empty; far fewer than this


@dataclass(frozen=True)
class Staging:
    """The staging table of one transfer; ``target`` is what it becomes."""

    journal: Journal
    target: TableSchema

    @property
    def connection(self) -> Connection:
        """Return the connection to the target's database."""
        return self.journal.connection

    def _called(self, kind: str) -> str:
        name = f"{self.journal.transfer}\0{self.target.schema}\0{self.target.name}"
        return f"yunshu_{kind}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    @property
    def table(self) -> sql.Identifier:
        """Return the staging table's qualified name: the same at every attempt."""
        return sql.Identifier(self.target.schema, self._called("in"))

    @property
    def columns(self) -> sql.Composed:
        """Return the names of the columns."""
        return sql.SQL(", ").join(sql.Identifier(column.name) for column in self.target.columns)

    def create(self) -> None:
        """Create the table: agreed types, no constraint yet, so that a row that breaks a rule can be told from the others."""
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in self.target.columns
        )
        form = sql.SQL("CREATE TABLE {} ({}) WITH (autovacuum_enabled = false)")
        self.connection.execute(form.format(self.table, columns))

    def drop(self) -> None:
        """Drop the table, if it is there."""
        self.connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(self.table))

    def pages(self) -> int:
        """Return how many pages the table has now."""
        query = "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::int"
        row = self.connection.execute(query, (self.table.as_string(self.connection),)).fetchone()
        return int(row[0]) if row else 0

    def rows_of_this_transaction(self, pages_before: int) -> sql.Composed:
        """Return the SELECT of the rows loaded in the current transaction, in the order of the key.

        Raises Unfit (``key_missing``).
        """
        first = f"({max(0, pages_before - _EARLIER_PAGES)},0)"
        form = sql.SQL("SELECT {} FROM {} WHERE ctid >= {}::tid AND xmin = pg_current_xact_id()::xid ORDER BY {}")
        return form.format(self.columns, self.table, sql.Literal(first), order(self.target))

    def check(self, rules: Sequence[Rule]) -> None:
        """Let the server read the rules (a wrong regular expression, say); raise psycopg.Error and Unfit."""
        if rules:
            form = sql.SQL("SELECT {} FROM (SELECT {}) AS row")
            empty = [
                sql.SQL("{}::{} AS {}").format(
                    sql.Literal("" if c.family == "text" else None), sql.SQL(c.type), sql.Identifier(c.name)
                )
                for c in self.target.columns
            ]
            self.connection.execute(form.format(checks.any_broken(rules, self.target), sql.SQL(", ").join(empty)))

    def quarantine(self, rules: Sequence[Rule]) -> int:
        """Move the rows that break a rule out of the staging table; return how many are in quarantine."""
        if rules:
            form = sql.SQL(
                "WITH bad AS (DELETE FROM {staging} WHERE {broken} RETURNING *)"
                " INSERT INTO {quarantine} SELECT {transfer}, {reasons}, to_jsonb(bad) FROM bad"
            )
            query = form.format(
                staging=self.table,
                broken=checks.any_broken(rules, self.target),
                quarantine=self.journal.table("quarantine"),
                transfer=sql.Literal(self.journal.transfer),
                reasons=checks.reasons(rules, self.target),
            )
            self.connection.execute(query)
        return self.journal.quarantined()

    def all_rules(self, rules: Sequence[Rule], *, trusted: Sequence[str]) -> list[Rule]:
        """Return ``rules`` and NOT NULL for each column agreed so, but those the source itself guarantees (``trusted``)."""
        given = {rule.column for rule in rules if isinstance(rule, NotNull)}
        needed = [
            c.name for c in self.target.columns if not c.nullable and c.name not in given and c.name not in trusted
        ]
        return [*rules, *(NotNull(name) for name in needed)]

    def harden(self) -> None:
        """Give the staging table the agreed constraints, before a swap; safe to repeat."""
        strict = [column.name for column in self.target.columns if not column.nullable]
        actions = [sql.SQL("ALTER {} SET NOT NULL").format(sql.Identifier(name)) for name in strict]
        if self.target.key and not self._has_key():
            key = sql.SQL(", ").join(sql.Identifier(name) for name in self.target.key)
            form = sql.SQL("ADD CONSTRAINT {} PRIMARY KEY ({})")
            actions.append(form.format(sql.Identifier(self._called("key")), key))
        if actions:
            self.connection.execute(sql.SQL("ALTER TABLE {} {}").format(self.table, sql.SQL(", ").join(actions)))
        self.connection.execute(sql.SQL("ALTER TABLE {} RESET (autovacuum_enabled)").format(self.table))
        self.connection.execute(sql.SQL("ANALYZE {}").format(self.table))

    def _has_key(self) -> bool:
        query = "SELECT 1 FROM pg_index WHERE indrelid = %s::regclass AND indisprimary"
        return self.connection.execute(query, (self.table.as_string(self.connection),)).fetchone() is not None

    def _target_exists(self) -> bool:
        query = "SELECT to_regclass(%s)"
        row = self.connection.execute(query, (self.target.identifier.as_string(self.connection),)).fetchone()
        return row is not None and row[0] is not None

    def swap(self, result: dict[str, Any]) -> None:
        """Put the staging table in the target's place, with the old one's grants; the old one is dropped, its indexes too.

        A view on the old table makes the server refuse, and nothing changes: such a target is merged instead.
        """
        old = sql.Identifier(self._called("old"))
        with self.connection.transaction():
            if self._target_exists():
                grants = self._grants()
                rename = sql.SQL("ALTER TABLE {} RENAME TO {}")
                self.connection.execute(rename.format(self.target.identifier, old))
                drop = sql.SQL("DROP TABLE {}")
                self.connection.execute(drop.format(sql.Identifier(self.target.schema, self._called("old"))))
                for grant in grants:
                    self.connection.execute(grant.format(self.table))
            name = sql.Identifier(self.target.name)
            self.connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(self.table, name))
            self.journal.finish(result)

    def _grants(self) -> list[sql.SQL]:
        query = """
            SELECT format('GRANT %%s ON {} TO %%s%%s', privilege_type,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass(%s) AND grantee <> relowner"""
        rows = self.connection.execute(query, (self.target.identifier.as_string(self.connection),))
        return [sql.SQL(row[0]) for row in rows]

    def merge(
        self, result: dict[str, Any], *, put: bool, delete_missing: bool, gone: Sequence[Sequence[str]] = ()
    ) -> None:
        """In one transaction ``put``: insert and update the target's rows by key; ``delete_missing``: delete the others;
        delete those whose keys, as text, are ``gone``.

        Raises Unfit (``key_missing``) and Drifted (``target_drifted``).
        """
        if not self.target.key:
            raise Unfit("key_missing", f"{self.target.name} has no key to merge by")
        if put and not self._target_exists():
            self.harden()
            self.swap(result)
            return
        self._see_that_the_target_fits()
        with self.connection.transaction():
            if put:
                self.connection.execute(self._upsert())
            if delete_missing:
                form = sql.SQL("DELETE FROM {t} AS t WHERE NOT EXISTS (SELECT FROM {s} AS s WHERE {same})")
                same = sql.SQL(" AND ").join(
                    sql.SQL("s.{0} = t.{0}").format(sql.Identifier(name)) for name in self.target.key
                )
                self.connection.execute(form.format(t=self.target.identifier, s=self.table, same=same))
            if gone:
                self._delete(gone)
            self.drop()
            self.journal.finish(result)

    def _delete(self, gone: Sequence[Sequence[str]]) -> None:
        """Delete the rows of these keys, but not those that were just put."""
        types = {column.name: column.type for column in self.target.columns}
        places = range(len(self.target.key))
        lists = sql.SQL(", ").join(sql.SQL("%s::text[]") for _ in places)
        names = sql.SQL(", ").join(sql.Identifier(f"k{place}") for place in places)

        def same(other: str) -> sql.Composed:
            form = sql.SQL("{}.{} = gone.{}::{}")
            return sql.SQL(" AND ").join(
                form.format(sql.SQL(other), sql.Identifier(name), sql.Identifier(f"k{place}"), sql.SQL(types[name]))
                for place, name in enumerate(self.target.key)
            )

        form = sql.SQL(
            "DELETE FROM {} AS t USING unnest({}) AS gone ({}) WHERE {} AND NOT EXISTS (SELECT FROM {} AS s WHERE {})"
        )
        query = form.format(self.target.identifier, lists, names, same("t"), self.table, same("s"))
        self.connection.execute(query, [[key[place] for key in gone] for place in places])

    def _see_that_the_target_fits(self) -> None:
        found = read_postgres(self.connection, self.target.schema, self.target.name)
        wrong = [d for d in drift(self.target, found) if d.kind in ("missing", "type", "key")]
        if wrong:
            raise Drifted("target_drifted", f"{self.target.schema}.{self.target.name}: {describe(wrong)}")

    def _upsert(self) -> sql.Composed:
        rest = [sql.Identifier(c.name) for c in self.target.columns if c.name not in self.target.key]
        key = sql.SQL(", ").join(sql.Identifier(name) for name in self.target.key)
        insert = sql.SQL("INSERT INTO {} AS t ({}) SELECT {} FROM {} ON CONFLICT ({}) ").format(
            self.target.identifier, self.columns, self.columns, self.table, key
        )
        if not rest:
            return insert + sql.SQL("DO NOTHING")
        changes = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(name) for name in rest)
        old = sql.SQL(", ").join(sql.SQL("t.{}").format(name) for name in rest)
        new = sql.SQL(", ").join(sql.SQL("excluded.{}").format(name) for name in rest)
        return insert + sql.SQL("DO UPDATE SET {} WHERE ({}) IS DISTINCT FROM ({})").format(changes, old, new)
