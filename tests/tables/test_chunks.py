"""Key ranges cover every row once, whatever the key."""

import pytest
from tests.tables import people

from yunshu.lib.tables.chunks import Chunk, plan
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.schema import TableSchema, read_postgres

TABLES = {
    "number": "CREATE TABLE t AS SELECT i::int AS k FROM generate_series(1, 1000) i; ALTER TABLE t ADD PRIMARY KEY (k)",
    "text": "CREATE TABLE t AS SELECT md5(i::text) || '区''%s' AS k FROM generate_series(1, 1000) i; ALTER TABLE t ADD PRIMARY KEY (k)",
    "composite": """
        CREATE TABLE t AS SELECT '镇' || i % 3 AS a, i::int AS k, timestamptz '2020-01-01' + i * interval '1 ms' AS at
        FROM generate_series(1, 1000) i; ALTER TABLE t ADD PRIMARY KEY (a, at)""",
    "partitioned": """
        CREATE TABLE t (k int PRIMARY KEY) PARTITION BY HASH (k);
        CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO t SELECT generate_series(1, 1000)""",
}


def counts(connection, extract, chunks):
    return [
        connection.execute(
            f"SELECT count(*) FROM ({extract.select(c.bounds(extract.table)).as_string(connection)}) s"
        ).fetchone()[0]
        for c in chunks
    ]


def whole(table):
    return Extract(table, tuple(Field(column.name) for column in table.columns))


@pytest.mark.parametrize("kind", TABLES)
def test_chunks_cover_every_row_once(pair, kind):
    pair.source.execute(TABLES[kind])
    extract = whole(read_postgres(pair.source, "public", "t"))

    chunks = plan(pair.source, extract, 300)

    assert counts(pair.source, extract, chunks) == [300, 300, 300, 100]
    assert plan(pair.source, extract, 300) == chunks
    assert [Chunk.from_json(chunk.to_json()) for chunk in chunks] == chunks


def test_rows_that_come_after_the_plan_are_in_a_chunk(pair):
    pair.source.execute(TABLES["number"])
    extract = whole(read_postgres(pair.source, "public", "t"))
    chunks = plan(pair.source, extract, 300)

    pair.source.execute("INSERT INTO t VALUES (-5), (5000)")

    assert counts(pair.source, extract, chunks) == [301, 300, 300, 101]


def test_a_view_is_walked_along_the_key_that_was_agreed(pair):
    people.fill(pair.source, 1000)
    pair.source.execute("CREATE VIEW v AS SELECT * FROM resident")
    view = read_postgres(pair.source, "public", "v")
    extract = whole(TableSchema(view.schema, view.name, view.columns, ("id",)))

    assert counts(pair.source, extract, plan(pair.source, extract, 300)) == [300, 300, 300, 100]


def test_a_large_table_is_sampled_and_cut_within_some_percent(pair, monkeypatch):
    monkeypatch.setattr("yunshu.lib.tables.chunks.SAMPLE_PAGES", 100)
    people.fill(pair.source, 50_000)
    extract = people.extract(pair.source)

    sizes = counts(pair.source, extract, plan(pair.source, extract, 10_000))

    assert sum(sizes) == 50_000
    assert max(sizes) < 15_000


def test_a_table_without_key_or_rows_is_one_chunk(pair):
    pair.source.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE TABLE e (a int PRIMARY KEY)")

    for name in ("t", "e"):
        assert plan(pair.source, whole(read_postgres(pair.source, "public", name)), 10) == [Chunk(0)]


def test_a_chunk_has_at_least_one_row(pair):
    people.fill(pair.source, 1)
    with pytest.raises(Unfit):
        plan(pair.source, people.extract(pair.source), 0)
