"""Tables are read from a catalogue and compared with what was agreed."""

import pytest
from sqlalchemy import BigInteger, Date, DateTime, Integer, MetaData, Numeric, String, Table, Text, create_engine
from sqlalchemy import Column as Col

from yunshu.lib.tables.errors import Drifted, Unfit
from yunshu.lib.tables.foreign import read_any
from yunshu.lib.tables.schema import Column, Drift, TableSchema, drift, read_postgres

AGREED = TableSchema(
    "public", "t", (Column("id", "bigint", False), Column("name", "text"), Column("born", "date")), ("id",)
)


def test_a_table_is_read_with_types_and_key(pair):
    pair.source.execute('CREATE TABLE "表" (b int, "姓名" varchar(20) NOT NULL, a numeric(12,2), PRIMARY KEY (a, b))')

    table = read_postgres(pair.source, "public", "表")

    assert table.key == ("a", "b")
    assert table.columns == (
        Column("b", "integer", False),
        Column("姓名", "character varying(20)", False),
        Column("a", "numeric(12,2)", False),
    )
    assert TableSchema.from_json(table.to_json()) == table


def test_a_table_that_is_not_there_is_named(pair):
    with pytest.raises(Drifted, match=r"public\.t"):
        read_postgres(pair.source, "public", "t")


def test_a_type_that_users_defined_is_refused(pair):
    pair.source.execute("CREATE TYPE colour AS ENUM ('red'); CREATE TABLE t (c colour)")

    with pytest.raises(Unfit, match="colour"):
        read_postgres(pair.source, "public", "t")


@pytest.mark.parametrize("written", ["text; DROP TABLE t", 'text"', "int) --", "colour'", ""])
def test_what_is_no_type_is_refused(written):
    with pytest.raises(Unfit):
        Column("c", written)


def test_every_sort_of_drift_is_told():
    found = TableSchema("public", "t", (Column("id", "integer"), Column("name", "text"), Column("new", "text")), ())

    assert drift(AGREED, found) == [
        Drift("id", "type", "bigint", "integer"),
        Drift("id", "nullable", "not null", "nullable"),
        Drift("born", "missing", "date"),
        Drift("new", "surplus", "", "text"),
        Drift("", "key", "id", ""),
    ]


def test_no_drift_where_nothing_changed():
    assert drift(AGREED, AGREED) == []


def test_any_database_is_read_through_sqlalchemy(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    columns = (
        Col("n", Integer),
        Col("m", Numeric(8, 2)),
        Col("s", String(9)),
        Col("x", Text),
        Col("d", Date),
        Col("w", DateTime),
    )
    Table("t", MetaData(), Col("id", BigInteger, primary_key=True), *columns).create(engine)

    with engine.connect() as connection:
        table = read_any(connection, "", "t")
    engine.dispose()

    assert [c.type for c in table.columns] == [
        "numeric(20,0)",
        "bigint",
        "numeric(8,2)",
        "character varying(9)",
        "text",
        "date",
        "timestamp without time zone",
    ]
    assert table.key == ("id",)
