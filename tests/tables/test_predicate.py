"""The agreed rows are the same in PostgreSQL and in Python, and no value is ever SQL."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from yunshu.lib.tables import predicate
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.predicate import And, Eq, In, Or, Prefix, Range
from yunshu.lib.tables.schema import Column, TableSchema

TABLE = TableSchema(
    "public",
    "t",
    (
        Column("a", "text"),
        Column("n", "integer"),
        Column("d", "date"),
        Column("m", "numeric(8,2)"),
        Column("b", "boolean"),
    ),
)
WORDS = st.sampled_from(["", "榕城", "榕城区", "普宁", "a", "'; DROP TABLE t; --", "%s", "%", "\\", "Z", "é"])
VALUES = {
    "a": WORDS,
    "n": st.integers(-5, 5),
    "d": st.dates(date(2020, 1, 1), date(2020, 1, 6)).map(str),
    "m": st.decimals(-2, 2, places=2).map(str),
    "b": st.booleans(),
}
ROW = st.fixed_dictionaries(
    {
        "a": st.none() | WORDS,
        "n": st.none() | st.integers(-5, 5),
        "d": st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 6)),
        "m": st.none() | st.decimals(-2, 2, places=2),
        "b": st.none() | st.booleans(),
    }
)


def on(column):
    value = VALUES[column]
    return st.one_of(
        st.builds(Eq, st.just(column), value),
        st.builds(In, st.just(column), st.lists(value, max_size=3).map(tuple)),
        st.builds(Range, st.just(column), st.none() | value, st.none() | value),
        st.builds(Prefix, st.just(column), value.map(str)),
    )


def combined(parts):
    several = st.lists(parts, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several)


TREES = st.recursive(st.sampled_from(sorted(VALUES)).flatmap(on), combined, max_leaves=6)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREES, ROW)
def test_postgres_and_python_agree(pair, tree, row):
    given_row = sql.SQL(", ").join(
        sql.SQL("{}::{} AS {}").format(sql.Literal(row[c.name]), sql.SQL(c.type), sql.Identifier(c.name))
        for c in TABLE.columns
    )
    query = sql.SQL("SELECT count(*) FROM (SELECT {}) t WHERE {}").format(given_row, predicate.compiled(tree, TABLE))

    (found,) = pair.source.execute(query).fetchone()

    assert bool(found) is predicate.holds(tree, row)


@given(TREES)
def test_a_predicate_survives_its_json(tree):
    assert predicate.from_json(predicate.to_json(tree)) == tree


@pytest.mark.parametrize(
    "form",
    [
        {"is": "sql", "text": "1=1"},
        {"is": "eq", "column": "a", "value": 1.5},
        {"is": "eq", "column": "a", "value": "nul\0"},
        {"is": "in", "column": "a", "values": None},
        {"is": "and", "parts": [{"is": "eq"}]},
        {},
    ],
)
def test_a_malformed_predicate_is_refused(form):
    with pytest.raises(Unfit):
        predicate.from_json(form)


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(Unfit):
        predicate.compiled(Eq("x", 1), TABLE)


@pytest.mark.parametrize(("row", "holds"), [(Decimal("1.00"), True), (Decimal("2.00"), False), (None, False)])
def test_the_upper_end_of_a_range_is_open(row, holds):
    assert predicate.holds(Range("m", 1, 2), {"m": row}) is holds
