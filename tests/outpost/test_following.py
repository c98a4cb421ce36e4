"""A table is followed by its server's log through two nodes: what changed arrives, what is gone goes, kills and all."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.nodes.running import ALICE, BOB
from tests.outpost.office import FIELDS, database, spec, two
from tests.tables import people
from tests.tables.conftest import Pair, scratch_urls
from tests.tables.test_incremental import logical

from yunshu.lib.nodes.orders import Verb
from yunshu.lib.outpost import sending
from yunshu.lib.outpost import slots as keeping
from yunshu.lib.outpost.__main__ import main
from yunshu.lib.outpost.book import Book
from yunshu.lib.outpost.settings import NodeSettings
from yunshu.lib.outpost.terms import slot_of
from yunshu.lib.outpost.work import BOOK, TableWork
from yunshu.lib.tables import open_sealed, relay
from yunshu.lib.tables.following import Snapshot

pytestmark = pytest.mark.slow

__all__ = ["logical", "scratch_urls"]
FOLLOW = {"mode": "refresh", "follow": True}
SLOT = slot_of("JX-2026-1")


@pytest.fixture
def pair(logical: tuple[str, str]) -> Iterator[Pair]:
    source, target = (relay.connect(url) for url in logical)
    for connection in (source, target):
        connection.execute("SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    target.execute("DROP SCHEMA IF EXISTS incoming CASCADE")
    people.fill(source, 200)
    yield Pair(*logical, source, target)
    source.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    source.execute(f"DROP PUBLICATION IF EXISTS {SLOT}")
    source.close()
    target.close()


def places(pair: Pair) -> tuple[Any, Any]:
    return database(pair.source_url, send=("public.*",)), database(pair.target_url, receive="incoming")


def came(pair: Pair, query: str = "SELECT * FROM incoming.residents ORDER BY id") -> list[Any]:
    return pair.target.execute(query).fetchall()


def slots(pair: Pair) -> int:
    return len(pair.source.execute("SELECT FROM pg_replication_slots WHERE slot_name = %s", (SLOT,)).fetchall())


def test_changes_and_deletions_arrive_and_nothing_else_is_sent(tmp_path: Path, pair: Pair) -> None:
    async def story() -> list[int]:
        async with two(tmp_path, *places(pair), "t1", "t2", "t3", "t4") as desk:
            first = await desk.deliver("t1", **FOLLOW)
            pair.source.execute("UPDATE resident SET area = 1 WHERE id <= 5; DELETE FROM resident WHERE id > 190")
            pair.source.execute("INSERT INTO resident (id, name) VALUES (900, '新来')")
            second = await desk.deliver("t2", **FOLLOW, since="t1")
            state = len(came(pair)), len(came(pair, "SELECT FROM incoming.residents WHERE area = 1"))
            third = await desk.deliver("t3", **FOLLOW, since="t2")
            pair.source.execute("UPDATE resident SET id = 901 WHERE id = 900")
            await desk.deliver("t4", **FOLLOW, since="t3")
            return [first.receipt.source.rows, second.receipt.source.rows, *state, third.receipt.source.rows]

    assert asyncio.run(story()) == [200, 6, 191, 5, 0]
    assert came(pair, "SELECT id FROM incoming.residents WHERE id >= 900") == [(901,)]


def test_rows_come_and_go_with_the_agreed_rows_and_keys_may_be_hashed(tmp_path: Path, pair: Pair) -> None:
    fields = [dict(field) for field in FIELDS]
    fields[0] |= {"type": "C", "mask": {"mask": "hash"}}
    terms = FOLLOW | {"fields": fields, "rows": {"is": "in", "column": "area", "values": ["445202"]}}
    pair.source.execute("ALTER TABLE resident ALTER id TYPE text USING id::text")

    pair.source.execute("ALTER TABLE resident REPLICA IDENTITY FULL")

    async def story() -> tuple[int, int]:
        async with two(tmp_path, *places(pair), "t1", "t2") as desk:
            await desk.deliver("t1", **terms)
            before = len(came(pair))
            pair.source.execute("UPDATE resident SET area = 445203 WHERE id IN ('2', '27')")  # they leave
            pair.source.execute("UPDATE resident SET area = 445202 WHERE id = '3'")  # it comes
            assert (await desk.deliver("t2", **terms, since="t1")).receipt.source.rows == 1
            return before, len(came(pair))

    before, after = asyncio.run(story())
    assert (before, after) == (8, 7)
    assert all(len(row[0]) == 64 for row in came(pair))


@pytest.mark.parametrize("identity", ["FULL", "DEFAULT"])
def test_of_rows_that_never_were_agreed_not_even_the_key_leaves(tmp_path: Path, pair: Pair, identity: str) -> None:
    terms = FOLLOW | {"rows": {"is": "in", "column": "area", "values": ["445202"]}}
    pair.source.execute(f"ALTER TABLE resident REPLICA IDENTITY {identity}")
    said: list[dict[str, Any]] = []

    async def story() -> None:
        async with two(tmp_path, *places(pair), "t1", "t2") as desk:
            await desk.deliver("t1", **terms)
            pair.source.execute("INSERT INTO resident (id, name, area) VALUES (7777, '外地', 445299)")
            pair.source.execute("UPDATE resident SET area = 445298 WHERE area = 445203")
            pair.source.execute("DELETE FROM resident WHERE area = 445204 OR id = 2")  # 2 was agreed
            await desk.deliver("t2", **terms, since="t1")
            book = Book(tmp_path / BOB.card.org / BOOK)
            said.append(json.loads(book.expected("t2") or b"{}"))
            book.close()

    asyncio.run(story())
    assert said[0]["gone"] == ([["2"]] if identity == "FULL" else [])
    assert said[0]["whole"] == (identity == "DEFAULT")
    assert {row[4] for row in came(pair)} == {445202}
    assert 2 not in {row[0] for row in came(pair)}


def test_changes_during_a_whole_delivery_that_failed_are_not_lost(tmp_path: Path, pair: Pair) -> None:
    async def story() -> int:
        async with two(tmp_path, *places(pair), "t1", "t2", "t3") as desk:
            await desk.deliver("t1", **FOLLOW)
            pair.source.execute("DELETE FROM resident WHERE id <= 10")
            began = await desk.say(ALICE, Verb.RUN, spec("send", **FOLLOW), "t2")  # whole: a new slot; it never arrives
            await desk.until(began, "done", "failed")
            for who, role in ((ALICE, "send"), (BOB, "receive")):
                stop = spec(role, **FOLLOW) | {"discard": True}
                await desk.until(await desk.say(who, Verb.STOP, stop, "t2"), "stopped")
            await desk.deliver("t3", **FOLLOW, since="t1")
            return len(came(pair))

    assert asyncio.run(story()) == 190


def test_what_did_not_arrive_is_sent_again(tmp_path: Path, pair: Pair) -> None:
    async def story() -> int:
        async with two(tmp_path, *places(pair), "t1", "t2", "t3") as desk:
            await desk.deliver("t1", **FOLLOW)
            pair.source.execute("UPDATE resident SET area = 2 WHERE id <= 3")
            lost = await desk.say(ALICE, Verb.RUN, spec("send", **FOLLOW, since="t1"), "t2")
            await desk.until(lost, "done", "failed")
            for who, role in ((ALICE, "send"), (BOB, "receive")):
                words = spec(role, **FOLLOW, since="t1") | {"discard": True}
                await desk.until(await desk.say(who, Verb.STOP, words, "t2"), "stopped")
            pair.source.execute("DELETE FROM resident WHERE id = 3")
            return (await desk.deliver("t3", **FOLLOW, since="t1")).receipt.source.rows

    assert asyncio.run(story()) == 2
    assert [row[0] for row in came(pair, "SELECT id FROM incoming.residents WHERE area = 2 ORDER BY id")] == [1, 2]
    assert len(came(pair)) == 199


def test_a_commit_that_a_standby_has_not_confirmed_comes_when_it_can_be_read(tmp_path: Path, pair: Pair) -> None:
    def late(url: str) -> None:
        with relay.connect(url) as writer:
            writer.execute("UPDATE resident SET area = 7 WHERE id = 7")

    async def story() -> tuple[int, int, int]:
        async with two(tmp_path, *places(pair), "t1", "t2", "t3") as desk:
            await desk.deliver("t1", **FOLLOW)
            pair.source.execute("UPDATE resident SET area = 5 WHERE id = 5")
            waits_for_a_standby(pair.source, "nobody")
            waiting = asyncio.create_task(asyncio.to_thread(late, pair.source_url))
            try:
                await until(lambda: waiting_for_a_standby(pair.source))
                early = await desk.deliver("t2", **FOLLOW, since="t1")
            finally:
                waits_for_a_standby(pair.source, "")
            await waiting
            after = await desk.deliver("t3", **FOLLOW, since="t2")
            return early.receipt.source.rows, after.receipt.source.rows, len(came(pair))

    assert asyncio.run(story()) == (1, 1, 200)
    assert came(pair, "SELECT id FROM incoming.residents WHERE area IN (5, 7) ORDER BY id") == [(5,), (7,)]


def waits_for_a_standby(source: relay.Connection, name: str) -> None:
    source.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    source.execute("SELECT pg_reload_conf()")


def waiting_for_a_standby(source: relay.Connection) -> bool:
    return bool(source.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchall())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("after", "running", "xid", "seen"),
    [
        (1_000, {990}, 989, True),
        (1_000, {990}, 990, False),
        (1_000, set(), 1_000, False),
        (2**32 + 5, set(), 2**32 - 1, True),
        (2**32 + 5, {2**32 - 1}, 2**32 - 1, False),
        (2**32 + 5, {2**32 + 3}, 3, False),
        (2**32 - 2, set(), 1, False),
    ],
)
def test_a_transactions_short_number_is_placed_beside_the_snapshot(
    after: int, running: set[int], xid: int, seen: bool
) -> None:
    assert Snapshot(after, frozenset(running)).shows(xid) is seen


@pytest.mark.parametrize("harm", ["slot", "truncate", "many"])
def test_where_the_log_does_not_tell_the_whole_table_is_sent(
    tmp_path: Path, pair: Pair, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> int:
        async with two(tmp_path, *places(pair), "t1", "t2") as desk:
            await desk.deliver("t1", **FOLLOW)
            pair.source.execute("DELETE FROM resident WHERE id <= 50")
            if harm == "slot":
                pair.source.execute("SELECT pg_drop_replication_slot(%s)", (SLOT,))
            if harm == "truncate":
                pair.source.execute("CREATE TABLE kept AS TABLE resident; TRUNCATE resident")
                pair.source.execute("INSERT INTO resident TABLE kept")
            if harm == "many":
                monkeypatch.setattr(sending, "MOST_GONE", 49)
            return (await desk.deliver("t2", **FOLLOW, since="t1")).receipt.source.rows

    assert asyncio.run(story()) == 150
    assert len(came(pair)) == 150
    assert slots(pair) == 1


def test_the_end_of_an_agreement_lets_go_of_the_log(tmp_path: Path, pair: Pair) -> None:
    async def story() -> tuple[int, int]:
        async with two(tmp_path, *places(pair)) as desk:
            await desk.deliver("t1", **FOLLOW)
            kept = slots(pair)
            words = spec("send", **FOLLOW) | {"discard": True, "end_following": True}
            await desk.until(await desk.say(ALICE, Verb.STOP, words), "stopped")
            return kept, slots(pair)

    assert asyncio.run(story()) == (1, 0)


def followed(tmp_path: Path, pair: Pair) -> tuple[NodeSettings, Path]:
    """Deliver once by the log; return the sending node's settings and its folder."""

    async def story() -> None:
        async with two(tmp_path, *places(pair)) as desk:
            await desk.deliver(**FOLLOW)

    asyncio.run(story())
    assert slots(pair) == 1
    found = NodeSettings(hub=("nats://127.0.0.1:1",), databases={"main": database(pair.source_url)}, keep_log_days=2)
    return found, tmp_path / ALICE.card.org


def test_a_log_that_nobody_reads_is_let_go_without_any_order(tmp_path: Path, pair: Pair) -> None:
    found, folder = followed(tmp_path, pair)
    book = Book(folder / BOOK)
    read_at = book.slots()[0].read_at

    assert not keeping.stale(found, book, read_at + timedelta(days=2))
    late = keeping.stale(found, book, read_at + timedelta(days=2, seconds=1))
    elsewhere = replace(found, databases={})
    assert keeping.end_all(elsewhere, book, late) == late
    assert slots(pair) == 1
    assert keeping.end_all(found, book, late) == []
    assert (slots(pair), book.slots()) == (0, [])
    book.close()


def test_a_node_without_a_hub_looks_after_its_logs(tmp_path: Path, pair: Pair) -> None:
    found, folder = followed(tmp_path, pair)

    async def story() -> None:
        work, stopped = TableWork(replace(found, keep_log_days=1e-9), folder), asyncio.Event()
        watching = asyncio.create_task(work.watch(stopped))
        await until(lambda: not work.book.slots())
        stopped.set()
        await watching
        work.book.close()

    asyncio.run(asyncio.wait_for(story(), 30))
    assert slots(pair) == 0


def test_a_node_that_is_given_up_lets_go_of_all_logs(
    tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    _, folder = followed(tmp_path, pair)
    (folder / "node.toml").write_text(f'hub = ["nats://x"]\n[databases.main]\nurl = "{pair.source_url}"\n')

    assert main(["release", str(folder)]) == 0
    assert f"已删除  {SLOT}（main）" in capsys.readouterr().out
    assert slots(pair) == 0
    assert main(["release", str(folder)]) == 0
    assert "没有建立复制槽" in capsys.readouterr().out


def test_a_column_is_encrypted_on_the_way_and_opened_with_the_key_that_came(
    tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = [dict(field) for field in FIELDS]
    fields[2] |= {"mask": {"mask": "encrypt"}}

    async def story() -> None:
        async with two(tmp_path, *places(pair), "t1", "t2") as desk:
            await desk.deliver("t1", **FOLLOW, fields=fields)
            pair.source.execute("UPDATE resident SET id_no = 'new' WHERE id = 7")
            await desk.deliver("t2", **FOLLOW, fields=fields, since="t1")

    asyncio.run(story())
    assert main(["keys", str(tmp_path / BOB.card.org)]) == 0
    agreement, key = capsys.readouterr().out.split()[-2:]
    sealed = dict(came(pair, "SELECT id, id_no FROM incoming.residents"))
    assert agreement == "JX-2026-1"
    assert open_sealed(sealed[7], "id_no", {agreement: bytes.fromhex(key)}) == "new"
    plain = dict(pair.source.execute("SELECT id, id_no FROM resident").fetchall())
    assert {n: open_sealed(s, "id_no", {agreement: bytes.fromhex(key)}) for n, s in sealed.items()} == plain
    assert b"44520219" not in b"".join(sealed.values())


def test_a_partitioned_table_is_followed_like_any_other(tmp_path: Path, pair: Pair) -> None:
    pair.source.execute("ALTER TABLE resident RENAME TO plain")
    pair.source.execute("CREATE TABLE resident (LIKE plain INCLUDING ALL) PARTITION BY RANGE (id)")
    pair.source.execute("CREATE TABLE low PARTITION OF resident FOR VALUES FROM (0) TO (100)")
    pair.source.execute("CREATE TABLE high PARTITION OF resident DEFAULT; INSERT INTO resident TABLE plain")

    async def story() -> int:
        async with two(tmp_path, *places(pair), "t1", "t2") as desk:
            await desk.deliver("t1", **FOLLOW)
            pair.source.execute("UPDATE resident SET area = 7 WHERE id IN (5, 150); DELETE FROM resident WHERE id = 6")
            return (await desk.deliver("t2", **FOLLOW, since="t1")).receipt.source.rows

    assert asyncio.run(story()) == 2
    assert len(came(pair)) == 199


def test_a_key_that_cannot_be_asked_for_is_refused_at_once(tmp_path: Path, pair: Pair) -> None:
    pair.source.execute("ALTER TABLE resident DROP CONSTRAINT resident_pkey")
    pair.source.execute("ALTER TABLE resident ALTER id_no TYPE char(18), ADD PRIMARY KEY (id_no)")

    fields = [dict(field) for field in FIELDS]
    fields[2] |= {"mask": {"mask": "keep"}}

    async def story() -> str:
        async with two(tmp_path, *places(pair)) as desk:
            sent = await desk.say(ALICE, Verb.RUN, spec("send", **FOLLOW, fields=fields))
            return str((await desk.until(sent, "failed", "done")).details["code"])

    assert asyncio.run(story()) == "key_unfit"


def test_a_server_without_a_logical_log_says_so(tmp_path: Path, scratch_urls: tuple[str, str]) -> None:
    with psycopg.connect(scratch_urls[0], autocommit=True) as source:
        source.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        people.fill(source, 10)

    async def story() -> str:
        here, there = database(scratch_urls[0], send=("public.*",)), database(scratch_urls[1], receive="incoming")
        async with two(tmp_path, here, there) as desk:
            sent = await desk.say(ALICE, Verb.RUN, spec("send", **FOLLOW))
            return str((await desk.until(sent, "failed", "done")).details["code"])

    assert asyncio.run(story()) == "55000"
