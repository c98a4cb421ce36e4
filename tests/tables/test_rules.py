"""Rules have a JSON form, and only fit columns that they can speak of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from yunshu.lib.tables import rules
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.rules import Between, Length, NotNull, Pattern
from yunshu.lib.tables.schema import Column, TableSchema

TABLE = TableSchema(
    "public", "t", (Column("a", "text"), Column("n", "integer"), Column("d", "date"), Column("j", "jsonb"))
)
NUMBERS = st.none() | st.integers().map(str)
RULES = st.one_of(
    st.builds(NotNull, st.text()),
    st.builds(Length, st.text(), st.integers(0, 9), st.none() | st.integers(0, 9)),
    st.builds(Pattern, st.text(), st.text()),
    st.builds(Between, st.text(), NUMBERS, NUMBERS),
)


@given(RULES)
def test_a_rule_survives_its_json(rule):
    assert rules.from_json(rules.to_json(rule)) == rule


@pytest.mark.parametrize(
    "form", [{"rule": "sql"}, {"rule": "length"}, {"rule": "not_null", "column": "a", "more": 1}, {}]
)
def test_a_malformed_rule_is_refused(form):
    with pytest.raises(Unfit):
        rules.from_json(form)


@pytest.mark.parametrize(
    "rule",
    [NotNull("x"), Length("n"), Pattern("n", "."), Between("a", "1"), Between("j", "1"), Between("n", "1 OR true")],
)
def test_a_rule_that_does_not_fit_is_refused(rule):
    with pytest.raises(Unfit):
        rules.broken(rule, TABLE)


ROWS = [("榕城", 5, "2020-01-01"), ("", 9, "2021-01-01"), (None, None, None)]


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        (NotNull("a"), [False, False, True]),
        (Length("a", 1, 2), [False, True, False]),
        (Length("a", 0, 1), [True, False, False]),
        (Pattern("a", "榕|城"), [True, True, False]),
        (Pattern("a", "榕.|"), [False, False, False]),
        (Between("n", "5", "8"), [False, True, False]),
        (Between("n", "5.5"), [True, False, False]),
        (Between("d", None, "2020-12-31"), [False, True, False]),
    ],
)
def test_a_rule_is_broken_by_the_right_rows(pair, rule, broken):
    pair.source.execute("CREATE TABLE t (a text, n integer, d date)")
    for row in ROWS:
        pair.source.execute("INSERT INTO t VALUES (%s, %s, %s)", row)
    query = sql.SQL("SELECT coalesce({}, false) FROM t").format(rules.broken(rule, TABLE))

    assert [found for (found,) in pair.source.execute(query)] == broken
