"""A table followed by its watermark, and by its server's log."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.tables import people

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.lib.tables import relay
from yunshu.lib.tables.capture import Capture, _Applier
from yunshu.lib.tables.errors import Stopped, Unfit
from yunshu.lib.tables.incremental import Increments, Watermark
from yunshu.lib.tables.masking import Drop
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.predicate import Range
from yunshu.lib.tables.transfer import Transfer

BURYING = Watermark("made", tombstone="ok")


def increments(pair, watermark=BURYING, **masks):
    extract = people.extract(pair.source, **masks)
    return Increments("i", pair.source_url, extract, watermark, pair.target_url, ("public", "resident"))


@pytest.fixture
def filled(pair):
    people.fill(pair.source, 100)
    pair.source.execute("UPDATE resident SET ok = false")
    return pair


def ids(connection):
    return [row[0] for row in connection.execute("SELECT id FROM public.resident ORDER BY id")]


def test_only_what_is_new_is_sent(filled):
    assert increments(filled).run().rows == 100
    assert increments(filled).run() is None
    filled.source.execute("UPDATE resident SET name = '新', made = made + interval '1 day' WHERE id IN (3, 5)")

    assert increments(filled).run().rows == 2
    assert filled.target.execute("SELECT id FROM public.resident WHERE name = '新' ORDER BY id").fetchall() == [
        (3,),
        (5,),
    ]


def test_rows_with_the_same_watermark_are_told_apart_by_the_key(filled):
    filled.source.execute("UPDATE resident SET made = '2024-01-01'")
    increments(filled).run()
    filled.source.execute("INSERT INTO resident (id, name, made, ok) VALUES (500, '王', '2024-01-01', false)")

    assert increments(filled).run().rows == 1


def test_the_overlap_takes_rows_that_were_committed_late(filled):
    following = increments(filled, Watermark("made", overlap="10 seconds"))
    following.run()
    filled.source.execute(
        "INSERT INTO resident (id, name, made) SELECT 500, '迟', max(made) - interval '5 s' FROM resident"
    )
    filled.source.execute(
        "INSERT INTO resident (id, name, made) SELECT 501, '新', max(made) + interval '5 s' FROM resident"
    )

    following.run()

    assert ids(filled.target)[-2:] == [500, 501]


def test_a_tombstone_buries_its_row(filled):
    increments(filled).run()
    filled.source.execute("UPDATE resident SET ok = true, made = made + interval '1 day' WHERE id = 7")

    increments(filled).run()

    assert 7 not in ids(filled.target)


def test_comparing_keys_finds_what_was_deleted(filled):
    following = increments(filled, Watermark("made"), **people.MASKS)
    following.run()
    filled.source.execute("DELETE FROM resident WHERE id <= 10")

    following.prune("2026-01-01")

    assert ids(filled.target) == list(range(11, 101))


def test_an_increment_that_was_cut_off_is_finished_first(filled):
    asked = []
    with pytest.raises(Stopped):
        increments(filled).run(stop=lambda: asked.append(1) or len(asked) > 2)
    filled.source.execute("INSERT INTO resident (id, name, made, ok) VALUES (500, '王', '2030-01-01', false)")

    assert increments(filled).run().rows == 100
    assert increments(filled).run().rows == 1


def test_increments_need_the_key(filled):
    with pytest.raises(Unfit):
        increments(filled, id=Drop()).run()


@pytest.fixture(scope="module")
def logical(tmp_path_factory) -> Iterator[tuple[str, str]]:
    """Start a server whose log can be decoded."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("logical"), durable=False)
    server.start()
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET wal_level = logical")
    server.stop()
    server.start()
    urls = tuple(urlsplit(server.superuser_url)._replace(path=f"/{name}").geturl() for name in ("giver", "taker"))
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE giver")
        connection.execute("CREATE DATABASE taker")
        connection.execute("ALTER DATABASE giver SET synchronous_commit = on")  # what is not flushed is not decoded yet
    yield urls
    server.stop()


@pytest.fixture
def sides(logical):
    source, target = (relay.connect(url) for url in logical)
    for connection in (source, target):
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    people.fill(source, 50)
    yield source, target, *logical
    relay.connect(logical[0]).execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    relay.connect(logical[0]).execute("DROP PUBLICATION IF EXISTS follow")
    source.close()
    target.close()


def captured(sides, rows=None, **masks):
    source, _, source_url, target_url = sides
    extract = people.extract(source, rows, **masks)
    capture = Capture("follow", source_url, extract, target_url, ("public", "resident"))
    capture.begin()
    Transfer("first", PostgresSource(source_url, extract), target_url, ("public", "resident")).run()
    return capture


def same(sides, capture):
    source, target = sides[:2]
    query = capture.extract.select(ordered=True)
    names = ", ".join(c.name for c in capture.extract.output("", "").columns)
    return (
        target.execute(f"SELECT {names} FROM public.resident ORDER BY id").fetchall()
        == source.execute(query).fetchall()
    )


CHANGES = """
UPDATE resident SET name = '改' WHERE id % 3 = 0;
DELETE FROM resident WHERE id % 5 = 0;
INSERT INTO resident SELECT id + 1000, name, id_no, born, amount, area, made, ok, NULL FROM resident WHERE id < 20;
UPDATE resident SET id = id + 5000 WHERE id < 10;
UPDATE resident SET id_no = NULL, born = NULL WHERE id = 12;
"""


@pytest.mark.slow
@pytest.mark.parametrize("masks", [{}, {**people.MASKS, "made": people.Keep()}])
def test_every_change_arrives_masked_and_once(sides, masks):
    capture = captured(sides, **masks)
    sides[0].execute(CHANGES)
    sides[0].execute("DELETE FROM resident WHERE id = 12; INSERT INTO resident (id, name) VALUES (12, '又')")

    assert capture.apply() > 0
    assert same(sides, capture)
    assert capture.apply() == 0


@pytest.mark.slow
def test_changes_that_come_again_after_a_crash_change_nothing(sides):
    capture = captured(sides)
    sides[0].execute("UPDATE resident SET name = '一' WHERE id = 1")
    came = capture._peek(sides[0])
    assert _Applier(capture, sides[1]).apply(came) == 1
    sides[1].execute("UPDATE public.resident SET name = '二' WHERE id = 1")

    assert _Applier(capture, sides[1]).apply(came) == 0
    assert capture.apply() == 0
    assert sides[1].execute("SELECT name FROM public.resident WHERE id = 1").fetchone() == ("二",)


@pytest.mark.slow
def test_a_row_that_leaves_the_agreed_rows_leaves_the_target(sides):
    capture = captured(sides, Range("area", 445200, 445210))
    sides[0].execute(
        "UPDATE resident SET area = 445224 WHERE id < 5; UPDATE resident SET area = 445201 WHERE id BETWEEN 12 AND 14"
    )

    capture.apply()

    assert same(sides, capture)


@pytest.mark.slow
def test_a_large_value_that_was_not_touched_stays(sides):
    large = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(20000))
    sides[0].execute("UPDATE resident SET note = %s WHERE id = 1", (large,))
    capture = captured(sides)
    sides[0].execute("UPDATE resident SET name = '改' WHERE id = 1")

    capture.apply()

    assert same(sides, capture)


@pytest.mark.slow
def test_a_truncated_table_is_emptied(sides):
    capture = captured(sides)
    sides[0].execute("TRUNCATE resident; INSERT INTO resident (id, name) VALUES (1, '新')")

    capture.apply()

    assert same(sides, capture)


@pytest.mark.slow
def test_the_end_of_a_capture_leaves_no_slot(sides):
    captured(sides).end()

    assert sides[0].execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)
