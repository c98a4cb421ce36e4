"""What arrives is what was agreed, whole, once; and nothing changes at the target until all of it stands."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.tables.conftest import PEOPLE, Pair

from yunshu.lib.tables import relay, transfer
from yunshu.lib.tables.digests import Algorithm
from yunshu.lib.tables.errors import Drifted, SourceFailed, Stopped, TargetFailed
from yunshu.lib.tables.masking import BadMask
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.staging import QUARANTINE

KEEP, HASH = {"kind": "keep"}, {"kind": "hash"}
FIELDS = (
    Field(name="id_number", mask=HASH, is_key=True, family="text"),
    Field(name="name", mask={"kind": "partial", "head": 1, "tail": 0}),
    Field(name="born_on", mask={"kind": "generalise", "unit": "month"}),
    Field(name="division", mask=KEEP),
    Field(name="income", mask={"kind": "generalise", "band": 100}),
)


def order(number: str = "t1", **more: Any) -> transfer.Order:
    words: dict[str, Any] = {
        "number": number,
        "extract": Extract(table="public.person", fields=more.pop("fields", FIELDS), rows=more.pop("rows", None)),
        "target": "public.person_in",
        "key": b"agreement key",
        "rows_per_chunk": 200,
    }
    return transfer.Order(**(words | more))


def rows(pair: Pair, query: str) -> list[tuple[Any, ...]]:
    with pair.target() as target:
        return target.execute(query).fetchall()


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_masked_rows_arrive_whole_and_are_read_back(pair: Pair, algorithm: Algorithm) -> None:
    with pair.source() as source, pair.target() as target:
        told = transfer.run(source, target, order(algorithm=algorithm, reads_back=True))
    assert (told.rows, told.rows_at_target, told.quarantined, told.verified) == (PEOPLE, PEOPLE, 0, "readback")
    assert told.chunks == 5
    (found,) = rows(
        pair, "SELECT min(length(id_number)), max(length(id_number)), count(DISTINCT id_number) FROM person_in"
    )
    assert found == (64, 64, PEOPLE)
    (plain,) = rows(
        pair, "SELECT name, born_on::text, division, income FROM person_in ORDER BY income DESC, name LIMIT 1"
    )
    assert plain[0].startswith("揭***")
    assert plain[1].endswith("-01")


def test_only_the_agreed_rows_and_columns_leave(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        told = transfer.run(source, target, order(rows={"field": "division", "prefix": ["445202"]}))
    assert told.rows == PEOPLE // 3
    assert rows(pair, "SELECT DISTINCT division FROM person_in") == [("445202",)]
    found = rows(pair, "SELECT column_name FROM information_schema.columns WHERE table_name = 'person_in'")
    assert {name for (name,) in found} == {f.name for f in FIELDS}


def test_a_value_of_the_predicate_is_a_value_and_not_sql(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        told = transfer.run(source, target, order(rows={"field": "division", "in": ["x') OR ('1'='1"]}))
    assert told.rows == 0


def test_the_digest_does_not_depend_on_the_path(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    with pair.source() as source, pair.target() as target:
        direct = transfer.run(source, target, order("t1", reads_back=True))
    monkeypatch.setattr(relay, "is_plain", lambda _connection: False)
    with pair.source() as source, pair.target() as target:
        by_libpq = transfer.run(source, target, order("t2", reads_back=True))
    assert direct == by_libpq


def test_a_second_delivery_replaces_the_first(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        transfer.run(source, target, order("t1"))
        source.execute("DELETE FROM person WHERE division = '445202'")
        transfer.run(source, target, order("t2"))
    assert rows(pair, "SELECT count(*) FROM person_in WHERE division = '445202'") == [(0,)]


def test_a_table_with_a_view_on_it_keeps_it(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        transfer.run(source, target, order("t1"))
        target.execute("CREATE VIEW people AS SELECT division FROM person_in")
        source.execute("DELETE FROM person WHERE division = '445202'")
        transfer.run(source, target, order("t2"))
    assert rows(pair, "SELECT DISTINCT division FROM people") == [("445281",)]


def test_a_stopped_transfer_leaves_the_target_and_can_go_on(pair: Pair) -> None:
    asked = iter([False, False, False, False, True])
    with pair.source() as source, pair.target() as target, pytest.raises(Stopped):
        transfer.run(source, target, order(reads_back=True), is_stopped=lambda: next(asked))
    assert rows(pair, "SELECT to_regclass('public.person_in')::text") == [(None,)]
    progress: list[tuple[int, int]] = []
    with pair.source() as source, pair.target() as target:
        told = transfer.run(source, target, order(reads_back=True), on_progress=lambda a, b: progress.append((a, b)))
    assert told.rows == PEOPLE
    assert len(progress) < 5  # what stood was not sent again


def test_a_drifted_source_is_refused_before_anything_moves(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        source.execute("ALTER TABLE person DROP COLUMN income")
        with pytest.raises(Drifted, match="income"):
            transfer.run(source, target, order())
        with pytest.raises(Drifted, match=r"division \(type"):
            transfer.run(source, target, order(fields=(Field(name="division", mask=KEEP, family="number"),)))
    assert rows(pair, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_mask_that_does_not_fit_is_refused(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target, pytest.raises(BadMask, match="income"):
        transfer.run(source, target, order(fields=(Field(name="income", mask=HASH),)))


def test_rows_that_break_the_agreement_are_set_aside_and_counted(pair: Pair) -> None:
    fields = (
        Field(name="id_number", mask=KEEP, is_key=True),
        Field(name="name", mask=KEEP, is_required=True),
        Field(name="note", mask=KEEP, length=3),
    )
    with pair.source() as source, pair.target() as target:
        told = transfer.run(source, target, order(fields=fields))
    reasons = dict(rows(pair, f"SELECT reason, count(*) FROM {QUARANTINE} GROUP BY reason"))
    assert reasons["name: missing"] == PEOPLE // 7
    assert told.quarantined == sum(reasons.values())
    assert told.rows_at_target + told.quarantined == told.rows


def test_a_key_that_comes_twice_is_set_aside(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        source.execute(
            "ALTER TABLE person DROP CONSTRAINT person_pkey; INSERT INTO person SELECT * FROM person LIMIT 3"
        )
        told = transfer.run(source, target, order(fields=(Field(name="id_number", mask=KEEP, is_key=True),)))
    assert (told.quarantined, told.rows_at_target) == (3, PEOPLE)


def test_a_source_that_fails_in_the_middle_says_why(pair: Pair) -> None:
    with pair.source() as source, pair.target() as target:
        source.execute("ALTER TABLE person RENAME TO real_person")
        source.execute(
            "CREATE VIEW person AS SELECT id_number, name, born_on, division, income / (visits - 900) AS income FROM real_person"
        )
        with pytest.raises(SourceFailed, match="division by zero"):
            transfer.run(source, target, order(fields=(Field(name="income", mask=KEEP),)))
        assert source.closed


def test_a_target_that_fails_says_why(pair: Pair) -> None:
    def portions() -> Iterator[bytes]:
        yield b"d\x00\x00\x00\x08junk"
        yield b"d\x00\x00\x00\x08junk"

    with pair.target() as target:
        target.execute("CREATE TABLE t (a int)")
        with pytest.raises(TargetFailed, match="COPY file signature"):
            relay.CopyIn(target, "public.t", ("a",)).load(portions(), lambda _portion: None)


def test_a_connection_is_usable_after_a_copy(pair: Pair) -> None:
    with pair.source() as source:
        out = relay.CopyOut(source, psycopg.sql.SQL("SELECT * FROM person"))
        assert sum(map(len, out)) > 0
        assert out.rows == PEOPLE
        assert source.execute("SELECT 1").fetchone() == (1,)


def test_data_that_imitates_the_end_of_the_stream_is_data(pair: Pair) -> None:
    imitation = b"c\x00\x00\x00\x04C\x00\x00\x00\x0bCOPY 1\x00Z\x00\x00\x00\x05I"
    with pair.source() as source:
        source.execute("CREATE TABLE tricks (b bytea)")
        source.execute("INSERT INTO tricks SELECT %s FROM generate_series(1, 50000)", [imitation])
        out = relay.CopyOut(source, psycopg.sql.SQL("SELECT b FROM tricks"))
        assert sum(portion.count(b"COPY 1") for portion in out) >= 49_000
        assert out.rows == 50_000
