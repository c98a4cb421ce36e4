"""A table's whole way between two databases."""

import threading
import time
from dataclasses import replace

import psycopg
import pytest
from tests.tables import people

from yunshu.lib.tables.errors import Drifted, Stopped, TargetFailed, Unfit
from yunshu.lib.tables.masking import Encrypt
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.predicate import Range
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.rules import Between, Length, NotNull, Pattern
from yunshu.lib.tables.schema import TableSchema, read_postgres
from yunshu.lib.tables.sealing import open_sealed
from yunshu.lib.tables.transfer import Options, Transfer


def transfer(pair, extract=None, keys=None, name="t1", **terms):
    extract = extract or people.extract(pair.source)
    terms = {"options": Options(chunk_rows=300), **terms}
    return Transfer(
        name, PostgresSource(pair.source_url, extract, keys), pair.target_url, ("public", "resident"), **terms
    )


def rows(connection):
    return connection.execute("SELECT * FROM public.resident ORDER BY id").fetchall()


@pytest.fixture
def filled(pair):
    people.fill(pair.source, 1000)
    return pair


def test_what_arrives_is_what_was_there(filled):
    tally = transfer(filled).run()

    assert rows(filled.target) == rows(filled.source)
    assert (tally.rows, tally.chunks, tally.quarantined, tally.verified) == (1000, 4, 0, "received")


def test_masked_columns_leave_masked(filled):
    transfer(filled, people.extract(filled.source, **people.MASKS)).run()

    found = filled.target.execute("SELECT name, length(id_no), born FROM public.resident WHERE id = 1").fetchone()
    assert found == ("张*", 64, psycopg.Date(1950, 1, 1))
    with pytest.raises(psycopg.errors.UndefinedColumn):
        filled.target.execute("SELECT note FROM public.resident")


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_reading_back_gives_the_digest_that_was_sent(filled, algorithm):
    options = Options(algorithm, 300, readback=True)

    tally = transfer(filled, people.extract(filled.source, **people.MASKS), options=options).run()

    assert (tally.verified, tally.algorithm, tally.rows) == ("readback", algorithm, 1000)


def test_only_the_agreed_rows_leave(filled):
    tally = transfer(filled, people.extract(filled.source, Range("id", 10, 20))).run()

    assert tally.rows == 10


def test_a_transfer_that_was_switched_moves_nothing_again(filled):
    first = transfer(filled).run()
    filled.source.execute("DELETE FROM resident")
    seen = []

    assert transfer(filled).run(progress=seen.append) == first
    assert seen == []
    assert len(rows(filled.target)) == 1000


def test_the_same_name_with_other_terms_is_refused(filled):
    transfer(filled).run()

    with pytest.raises(Unfit, match="another agreement"):
        transfer(filled, mode="upsert").run()


def test_a_stop_leaves_the_target_as_it_was(filled):
    filled.target.execute("CREATE TABLE public.resident AS SELECT 7 AS id")
    seen = []

    with pytest.raises(Stopped):
        transfer(filled).run(stop=lambda: len(seen) > 3, progress=seen.append)

    assert rows(filled.target) == [(7,)]


def test_after_a_stop_only_the_rest_is_sent(filled):
    seen = []
    with pytest.raises(Stopped):
        transfer(filled).run(stop=lambda: len(seen) >= 3, progress=seen.append)
    again = []

    tally = transfer(filled).run(progress=again.append)

    assert [p.chunk for p in again if p.step == "sending"] == [1, 2, 3]
    assert tally.rows == 1000
    assert rows(filled.target) == rows(filled.source)


def test_a_stop_is_seen_within_a_second_though_the_source_is_silent(filled):
    extract = without_key(view(filled, "SELECT id, pg_sleep(30)::text AS waited FROM resident"))
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()

    with pytest.raises(Stopped):
        transfer(filled, extract).run(stop=stop.is_set)

    assert time.monotonic() - began < 2


def without_key(extract):
    return replace(extract, table=replace(extract.table, key=()))


def test_discarding_leaves_nothing_behind(filled):
    seen = []
    with pytest.raises(Stopped):
        transfer(filled).run(stop=lambda: len(seen) >= 3, progress=seen.append)

    transfer(filled).discard()

    left = filled.target.execute("SELECT relname FROM pg_class WHERE relname LIKE 'yunshu_in_%%'").fetchall()
    lines = filled.target.execute("SELECT count(*) FROM public.yunshu_transfer_chunk").fetchone()
    assert (left, lines) == ([], (0,))


def test_rows_that_break_a_rule_are_kept_apart_with_the_reason(filled):
    checks = (NotNull("note"), Length("name", 1, 5), Pattern("id_no", r"\d{18}"), Between("id", "1", "990"))

    tally = transfer(filled, rules=checks).run()

    reasons = filled.target.execute("SELECT DISTINCT reasons FROM public.yunshu_quarantine ORDER BY 1").fetchall()
    assert tally.quarantined == 1000 // 7 + 10 - 1
    assert reasons == [(["id:between"],), (["note:not_null"],), (["note:not_null", "id:between"],)]
    assert len(rows(filled.target)) == 1000 - tally.quarantined


def test_an_upsert_changes_and_adds_and_deletes_nothing(filled):
    transfer(filled).run()
    filled.source.execute("DELETE FROM resident WHERE id <= 10; UPDATE resident SET name = '李' WHERE id = 11")
    filled.source.execute("INSERT INTO resident (id, name) VALUES (5000, '王')")

    transfer(filled, name="t2", mode="upsert").run()

    assert len(rows(filled.target)) == 1001
    assert filled.target.execute("SELECT name FROM public.resident WHERE id IN (11, 5000) ORDER BY id").fetchall() == [
        ("李",),
        ("王",),
    ]


def test_a_refresh_also_deletes_what_did_not_come(filled):
    transfer(filled).run()
    filled.source.execute("DELETE FROM resident WHERE id <= 10")

    transfer(filled, name="t2", mode="refresh").run()

    assert rows(filled.target) == rows(filled.source)


def test_a_swap_keeps_the_grants(filled):
    transfer(filled).run()
    filled.target.execute("GRANT SELECT ON public.resident TO PUBLIC")

    transfer(filled, name="t2").run()

    (acl,) = filled.target.execute("SELECT relacl::text FROM pg_class WHERE relname = 'resident'").fetchone()
    assert "=r/" in acl


def test_a_source_that_drifted_is_named(filled):
    agreed = people.extract(filled.source)
    filled.source.execute("ALTER TABLE resident ALTER area TYPE bigint")

    with pytest.raises(Drifted, match="area: type integer -> bigint"):
        transfer(filled, agreed).run()


def test_a_target_that_refuses_says_why_and_stays(filled):
    filled.target.execute(
        "CREATE TABLE public.resident AS SELECT 7 AS id; CREATE VIEW watching AS SELECT * FROM public.resident"
    )

    with pytest.raises(TargetFailed, match="watching"):
        transfer(filled).run()

    assert rows(filled.target) == [(7,)]


def test_an_encrypted_column_takes_the_row_path_and_opens_again(filled):
    keys = {"2026": b"0123456789abcdef"}
    extract = people.extract(filled.source, id_no=Encrypt("2026"))

    tally = transfer(filled, extract, keys).run()

    (sealed,) = filled.target.execute("SELECT id_no FROM public.resident WHERE id = 12").fetchone()
    assert tally.rows == 1000
    assert open_sealed(bytes(sealed), "id_no", keys) == "445202190000000012"


def test_two_runs_of_one_transfer_do_not_meet(filled, monkeypatch):
    monkeypatch.setattr("yunshu.lib.tables.journal.LOCK_SECONDS", 1)
    inside = []

    def again(progress):
        if not inside:
            inside.append(progress)
            with pytest.raises(TargetFailed, match="another process"):
                transfer(filled).run()

    assert transfer(filled).run(progress=again).rows == 1000


ODD = "表%s \"{}'s"


def test_names_may_hold_any_character(pair):
    quoted = '"' + ODD.replace('"', '""') + '"'
    pair.source.execute(f'CREATE TABLE {quoted} ({quoted} text PRIMARY KEY, "占比%" numeric)')
    pair.source.execute(f"INSERT INTO {quoted} SELECT '%s{{}}\"' || i, i FROM generate_series(1, 10) i")
    table = read_postgres(pair.source, "public", ODD)
    extract = Extract(table, tuple(Field(c.name) for c in table.columns))
    source, options = PostgresSource(pair.source_url, extract), Options(chunk_rows=3)
    first, again = (
        Transfer(name, source, pair.target_url, ("public", ODD), mode, options=options) for name, mode in MODES
    )

    assert (first.run().rows, first.run().chunks) == (10, 4)
    assert again.run().rows == 10


MODES = ((ODD, "swap"), ("again", "refresh"))


def test_a_regular_expression_that_is_none_is_refused_before_anything_moves(filled):
    seen = []

    with pytest.raises(TargetFailed, match="regular expression"):
        transfer(filled, rules=(Pattern("name", "("),)).run(progress=seen.append)

    assert seen == []


def test_a_stop_is_seen_though_the_switch_waits_for_a_lock(filled):
    filled.target.execute("CREATE TABLE public.resident AS SELECT 7 AS id")
    reader = psycopg.connect(filled.target_url)
    reader.execute("SELECT * FROM public.resident")
    stop = threading.Event()

    def note(progress):
        if progress.step == "switching":
            threading.Timer(0.3, stop.set).start()

    began = time.monotonic()
    with pytest.raises(Stopped):
        transfer(filled).run(stop=stop.is_set, progress=note)
    reader.close()

    assert time.monotonic() - began < 2
    assert rows(filled.target) == [(7,)]


def view(pair, text):
    pair.source.execute(f"CREATE VIEW v AS {text}")
    found = read_postgres(pair.source, "public", "v")
    table = TableSchema(found.schema, found.name, found.columns, ("id",))
    return Extract(table, tuple(Field(column.name) for column in found.columns))


def test_a_stop_is_seen_though_the_source_is_being_planned(filled):
    extract = view(filled, "SELECT id, pg_sleep(30)::text AS waited FROM resident ORDER BY 2")
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()

    with pytest.raises(Stopped):
        transfer(filled, extract).run(stop=stop.is_set)


def test_a_view_is_moved_along_the_key_that_was_agreed(filled):
    tally = transfer(filled, view(filled, "SELECT id, name FROM resident")).run()

    assert (tally.rows, tally.chunks) == (1000, 4)


def test_a_view_whose_key_is_null_somewhere_is_refused(filled):
    with pytest.raises(Unfit, match="NULL"):
        transfer(filled, view(filled, "SELECT nullif(id, 7) AS id, name FROM resident")).run()
