"""Deliveries from one department's database to another's, by two outposts and a hub that reads nothing."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from tests.nodes.running import ALICE, BOB
from tests.outpost.conftest import Pair
from tests.outpost.office import FIELDS, database, spec, two
from tests.tables import people
from tests.tables.test_sources import mariadb

from yunshu.lib.nodes import receipts
from yunshu.lib.nodes.orders import Report, Verb
from yunshu.lib.outpost import sending
from yunshu.lib.outpost.receiving import make_schema
from yunshu.lib.outpost.sending import Sending
from yunshu.lib.outpost.settings import Database

__all__ = ["mariadb"]
CARDS = {"source": ALICE.card, "target": BOB.card}


def places(pair: Pair) -> tuple[Database, Database]:
    return database(pair.source_url, send=("public.*",)), database(pair.target_url, receive="incoming")


def rows(pair: Pair, query: str = "SELECT * FROM incoming.residents ORDER BY id") -> list[Any]:
    return pair.target.execute(query).fetchall()


def test_a_table_arrives_masked_whole_and_receipted_by_both(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 3000)

    async def story() -> receipts.Signed:
        async with two(tmp_path, *places(pair)) as desk:
            return await desk.deliver()

    signed = asyncio.run(story())
    assert receipts.check(signed, CARDS) == []
    assert (signed.receipt.source.rows, signed.receipt.target.rows) == (3000, 3000)
    came = rows(pair)
    assert len(came) == 3000
    assert [column.name for column in pair.target.execute("SELECT * FROM incoming.residents").description] == [
        field["name"] for field in FIELDS
    ]
    number, name, pseudonym, born, area = came[41]
    plain = pair.source.execute("SELECT * FROM resident WHERE id = %s", (number,)).fetchone()
    assert name == plain[1][0] + "*" * (len(plain[1]) - 1)
    assert len(pseudonym) == 64
    assert pseudonym != plain[2]
    assert (born.month, born.day, born.year) == (1, 1, plain[3].year)
    assert area == plain[5]


def test_agreed_rows_only_leave(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 500)

    async def story() -> None:
        async with two(tmp_path, *places(pair)) as desk:
            await desk.deliver(rows={"is": "in", "column": "area", "values": ["445202", "445203"]})

    asyncio.run(story())
    assert {row[4] for row in rows(pair)} == {445202, 445203}


def test_rows_that_break_the_agreement_are_set_aside_and_counted(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 100)
    fields = [dict(field) for field in FIELDS]
    fields[1] |= {"length": 1, "mask": {"mask": "keep"}}
    pair.source.execute("UPDATE resident SET name = '欧' WHERE id > 60")

    async def story() -> receipts.Signed:
        async with two(tmp_path, *places(pair)) as desk:
            return await desk.deliver(fields=fields)

    signed = asyncio.run(story())
    assert receipts.check(signed, CARDS) == []
    assert (signed.receipt.source.rows, signed.receipt.target.rows, signed.receipt.quarantined_rows) == (100, 40, 60)
    assert len(rows(pair)) == 40
    assert rows(pair, "SELECT DISTINCT reasons FROM incoming.yunshu_quarantine") == [(["name:length"],)]


def test_a_second_delivery_takes_what_is_new_and_a_whole_one_deletes_what_is_gone(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 200)
    following = {"mode": "upsert", "watermark": "made"}

    async def story() -> list[int]:
        async with two(tmp_path, *places(pair), "t1", "t2", "t3") as desk:
            first = await desk.deliver("t1", **following)
            pair.source.execute("UPDATE resident SET area = 1, made = made + interval '1 day' WHERE id <= 5")
            pair.source.execute("DELETE FROM resident WHERE id > 190")
            second = await desk.deliver("t2", **following, since="t1")
            between = len(rows(pair))
            third = await desk.deliver("t3", mode="refresh")
            return [first.receipt.source.rows, second.receipt.source.rows, between, third.receipt.source.rows]

    assert asyncio.run(story()) == [200, 5, 200, 190]
    assert len(rows(pair)) == 190
    assert len(rows(pair, "SELECT FROM incoming.residents WHERE area = 1")) == 5


def test_a_chunk_that_would_be_too_large_is_cut(tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    people.fill(pair.source, 2000)
    monkeypatch.setattr(sending, "MOST_CHUNK_BYTES", 40_000)

    async def story() -> receipts.Signed:
        async with two(tmp_path, *places(pair)) as desk:
            return await desk.deliver()

    signed = asyncio.run(story())
    assert signed.receipt.source.chunks > 5
    assert len(rows(pair)) == 2000


def test_a_file_is_delivered_like_a_table(tmp_path: Path, pair: Pair) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    lines = ["id,name,id_no,born,area", *(f"{n},李\t{n},{n:018d},1990-0{n % 9 + 1}-01,445202" for n in range(1, 501))]
    (exports / "resident.csv").write_text("\n".join(lines), encoding="gb18030")
    source = Database(alias="main", kind="folder", at=str(exports), send=("*.csv",))

    async def story() -> receipts.Signed:
        async with two(tmp_path, source, places(pair)[1]) as desk:
            sent = await desk.say(ALICE, Verb.RUN, spec("send", table="resident.csv"))
            taken = await desk.say(BOB, Verb.RUN, spec("receive"))
            reports = [await desk.until(each, "done", "failed") for each in (sent, taken)]
            assert [each.news for each in reports] == ["done", "done"], [each.details for each in reports]
            return reports[1].details["receipt"]["receipt"]["target"]["rows"]

    assert asyncio.run(story()) == 500
    assert rows(pair)[6][:2] == (7, "李**")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"table": "secret.salaries"}, "table_closed"),
        ({"database": "other"}, "database_unknown"),
        ({"mode": "drop"}, "order_malformed"),
        ({"fields": [{"name": "salary", "type": "N", "mask": {"mask": "keep"}}]}, "source_drifted"),
        ({"fields": [{"name": "area", "type": "N", "mask": {"mask": "partial", "head": 1, "tail": 0}}]}, "mask_unfit"),
    ],
)
def test_an_order_beyond_the_nodes_own_settings_is_refused(
    tmp_path: Path, pair: Pair, changed: dict[str, Any], code: str
) -> None:
    people.fill(pair.source, 10)

    async def story() -> Report:
        async with two(tmp_path, *places(pair)) as desk:
            return await desk.until(await desk.say(ALICE, Verb.RUN, spec("send") | changed), "failed", "refused")

    report = asyncio.run(story())
    assert report.details["code"] == code
    assert "4452" not in report.details["message"]


def test_a_sender_cannot_add_a_column_to_what_its_receiver_was_told(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 10)

    async def story() -> Report:
        async with two(tmp_path, *places(pair)) as desk:
            await desk.say(ALICE, Verb.RUN, spec("send"))
            taken = await desk.say(BOB, Verb.RUN, spec("receive", fields=FIELDS[:3]))
            return await desk.until(taken, "failed", "done")

    assert asyncio.run(story()).details["code"] == "column_not_agreed"
    assert rows(pair, "SELECT to_regclass('incoming.residents')") == [(None,)]


def test_what_is_stopped_for_good_leaves_nothing_at_the_target(
    tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.fill(pair.source, 2000)
    monkeypatch.setattr(sending, "MOST_CHUNK_BYTES", 20_000)
    read = Sending._read
    monkeypatch.setattr(Sending, "_read", lambda self, number: (time.sleep(0.1), read(self, number))[1])
    staged = "SELECT count(*) FROM pg_class WHERE relname LIKE 'yunshu_in_%' AND relkind = 'r'"

    async def story() -> int:
        async with two(tmp_path, *places(pair)) as desk:
            await desk.say(BOB, Verb.RUN, spec("receive"))
            await desk.say(ALICE, Verb.RUN, spec("send"))
            while rows(pair, staged) == [(0,)]:
                await asyncio.sleep(0.02)
            for node, role in ((BOB, "receive"), (ALICE, "send")):
                await desk.until(await desk.say(node, Verb.STOP, spec(role, discard=True)), "stopped")
            return len(rows(pair, "SELECT FROM incoming.yunshu_transfer"))

    assert asyncio.run(story()) == 0
    assert rows(pair, staged) == [(0,)]
    assert rows(pair, "SELECT to_regclass('incoming.residents')") == [(None,)]


def test_a_node_that_reaches_both_databases_moves_the_table_itself(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 400)
    both = database(pair.source_url, send=("public.*",), receive="incoming")

    async def story() -> dict[str, Any]:
        async with two(tmp_path, both, places(pair)[1]) as desk:
            to = {"database": "main", "table": "residents"}
            words = spec("send") | {"role": "direct", "to": to, "chunk_rows": 100}
            return (await desk.until(await desk.say(ALICE, Verb.RUN, words), "done", "failed")).details

    details = asyncio.run(story())
    assert details["receipt"]["receipt"]["target"]["rows"] == 400
    assert pair.source.execute("SELECT count(*) FROM incoming.residents").fetchone() == (400,)


def test_a_first_delivery_of_many_at_once_makes_the_schema_once(pair: Pair) -> None:
    connections = [psycopg.connect(pair.target_url, autocommit=True) for _number in range(8)]
    failed: list[Exception] = []

    def make(connection: psycopg.Connection[Any]) -> None:
        try:
            make_schema(connection, "incoming")
        except psycopg.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=make, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    assert failed == []
    assert rows(pair, "SELECT count(*) FROM pg_namespace WHERE nspname = 'incoming'") == [(1,)]


@pytest.mark.slow
def test_a_table_of_mariadb_is_delivered_like_any_other(tmp_path: Path, pair: Pair, mariadb: str) -> None:
    engine = sa.create_engine(mariadb)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE resident (id BIGINT PRIMARY KEY, name VARCHAR(50) NOT NULL, id_no CHAR(18), born DATE, area INT)"
            " CHARACTER SET utf8mb4"
        )
        lines = [(n, f"李{n}", f"{n:018d}", "1990-05-06", 445202) for n in range(1, 501)]
        connection.exec_driver_sql("INSERT INTO resident VALUES (%s, %s, %s, %s, %s)", lines)
    engine.dispose()
    source = Database(alias="main", kind="url", at=mariadb, send=("test.*",))

    async def story() -> receipts.Signed:
        async with two(tmp_path, source, places(pair)[1]) as desk:
            return await desk.deliver(table="test.resident")

    signed = asyncio.run(story())
    assert receipts.check(signed, CARDS) == []
    assert signed.receipt.target.rows == 500
    number, name, pseudonym, born, area = rows(pair, 'SELECT * FROM incoming."test.resident" ORDER BY id')[6]
    assert (number, name, len(pseudonym), born.isoformat(), area) == (7, "李*", 64, "1990-01-01", 445202)
