"""The living city: days follow from the seed alone, and a database that follows them stays whole. Real PostgreSQL."""

from datetime import timedelta
from itertools import islice

import psycopg
import pytest
from psycopg import sql

from yunshu.lib.identifiers import ric
from yunshu.lib.synthetic import TRUTH, World, apply, fill, load, world
from yunshu.lib.synthetic.people import EPOCH
from yunshu.lib.synthetic.tables import COMPANIES, POPULATION

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def city() -> World:
    return world(11, 2000)


@pytest.fixture
def connection(postgres):
    with psycopg.connect(postgres.superuser_url) as connection:
        connection.execute("CREATE SCHEMA synthetic; SET search_path TO synthetic")
        yield connection
        connection.rollback()


def count(connection: psycopg.Connection, table) -> int:
    return connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))).fetchone()[0]


def test_a_city_is_loaded_as_it_was_made(connection, city: World) -> None:
    total = fill(connection, city, truth=connection)
    counts = {table.name: count(connection, table) for table in city.tables}
    assert counts == {table.name: len(list(city.rows(table))) for table in city.tables}
    assert total == sum(counts.values())
    assert count(connection, TRUTH) == len(list(city.truth()))
    first = connection.execute("SELECT * FROM gaj_hjrk ORDER BY rybh LIMIT 1").fetchone()
    assert first == next(city.rows(POPULATION))


def test_labels_and_the_watermarks_index_are_in_the_database(connection, city: World) -> None:
    fill(connection, city)
    labels = connection.execute(
        "SELECT col_description('gaj_hjrk'::regclass, n) FROM generate_series(1, 3) AS n"
    ).fetchall()
    assert labels == [("人员编号",), ("公民身份号码",), ("姓名",)]
    assert connection.execute(
        "SELECT count(*) FROM pg_indexes WHERE schemaname = 'synthetic' AND indexdef LIKE '%(updated_at)%'"
    ).fetchone() == (len(city.tables),)
    assert connection.execute("SELECT to_regclass('truth')").fetchone() == (None,)


def test_sql_finds_exactly_the_transposed_numbers(connection, city: World) -> None:
    fill(connection, city, truth=connection)
    faulty = ric.faults_sql("aac002").replace("%", "%%")
    found = connection.execute(f"SELECT aac001 FROM rsj_cbxx WHERE cardinality({faulty}) > 0 ORDER BY 1", ()).fetchall()
    known = connection.execute(
        "SELECT record_key FROM truth WHERE table_name = 'rsj_cbxx' AND 'transposed' = ANY(faults) ORDER BY 1"
    ).fetchall()
    assert found == known != []


def test_a_day_follows_from_the_seed_alone(city: World) -> None:
    later = EPOCH + 5 * DAY
    assert list(city.changes(later)) == list(world(11, 2000).changes(later))
    assert list(city.changes(later)) != list(city.changes(later + DAY))


def test_every_change_meets_a_row_that_is_there(connection, city: World) -> None:
    fill(connection, city)
    for day in (EPOCH + n * DAY for n in range(1, 4)):
        for changes in city.changes(day):
            table, before = changes.table, count(connection, changes.table)
            keys = [*changes.deletes, *(row[0] for row in changes.updates)]
            key = sql.Identifier(table.primary_key[0])
            there = sql.SQL("SELECT count(*) FROM {} WHERE {} = ANY(%s)").format(sql.Identifier(table.name), key)
            assert connection.execute(there, [keys]).fetchone() == (len(keys),)
            apply(connection, changes)
            assert count(connection, table) == before + len(changes.inserts) - len(changes.deletes)


def test_a_watermark_finds_all_that_a_day_wrote(connection, city: World) -> None:
    fill(connection, city)
    day = EPOCH + 2 * DAY
    changes = next(c for c in city.changes(day) if c.table is POPULATION)
    apply(connection, changes)
    since = f"{day} 00:00+08"
    written = connection.execute("SELECT rybh FROM gaj_hjrk WHERE updated_at >= %s", [since]).fetchall()
    assert {key for (key,) in written} == {row[0] for row in (*changes.inserts, *changes.updates)}
    assert written


def test_children_are_born_with_numbers_of_their_own(city: World) -> None:
    number, born = POPULATION.index("gmsfhm"), POPULATION.index("csrq")
    days = [next(city.changes(EPOCH + n * DAY)) for n in range(1, 19)]
    rows = [row for changes in days for row in changes.inserts if row[born] >= EPOCH]
    numbers = [row[number] for row in rows]
    assert len(set(numbers)) == len(numbers) > 3
    assert all(ric.parse(n).born_on == row[born] for n, row in zip(numbers, rows, strict=True))


def test_a_company_is_struck_off_not_removed(city: World) -> None:
    state = COMPANIES.index("regstate")
    days = [changes for n in range(1, 19) for changes in islice(city.changes(EPOCH + n * DAY), 1, 2)]
    assert {changes.table for changes in days} == {COMPANIES}
    assert not any(changes.deletes for changes in days)
    ended = {str(EPOCH + n * DAY) for n in range(1, 19)}
    struck = [row for changes in days for row in changes.updates if str(row[COMPANIES.index("candate")]) in ended]
    assert struck
    assert all(row[state] == "注销" for row in struck)


def test_new_records_come_with_their_truth(city: World) -> None:
    for changes in city.changes(EPOCH + 3 * DAY):
        assert {key for _, key, *_ in changes.truth} == {row[0] for row in changes.inserts}


def test_the_city_lives_only_after_it_was_made(city: World) -> None:
    with pytest.raises(ValueError, match="2026-01-01"):
        list(city.changes(EPOCH))


def test_rows_of_any_source_are_loaded(connection) -> None:
    connection.execute("CREATE TABLE truth (table_name text, record_key bigint, role text, entity text, faults text[])")
    assert load(connection, TRUTH, [("t", 1, "本人", "P1", []), ("t", 2, "本人", "P2", ["a"])]) == 2
