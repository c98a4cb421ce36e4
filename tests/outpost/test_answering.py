"""Questions: asked by the hub, answered by a node from its own database or service; what a node never answers."""

import asyncio
import base64
import json
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from nats.aio.msg import Msg
from tests.nodes.running import ALICE, BOB, MALLORY, NOW, opened, running
from tests.nodes.test_agent import HUB_KEY
from tests.outpost.conftest import Pair
from tests.outpost.office import FIELDS, database

from yunshu.lib.cascade.simulator.serving import server
from yunshu.lib.crypto import keys as crypto_keys
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.kernel.errors import Refused, Unavailable
from yunshu.lib.nodes import asking, connecting, names, orders
from yunshu.lib.nodes.agent import Agent, Settings
from yunshu.lib.nodes.asking import Answer
from yunshu.lib.nodes.orders import Order, Verb
from yunshu.lib.outpost.settings import NodeSettings, Service
from yunshu.lib.outpost.work import TableWork

pytestmark = pytest.mark.slow
RESIDENTS = """
CREATE TABLE resident (id int PRIMARY KEY, name text, id_no text, born date, area numeric, secret text);
INSERT INTO resident SELECT i, '张三' || i, lpad(i::text, 18, '0'), date '1980-05-06', 445202 + i % 2, '内部'
FROM generate_series(1, 100) AS i
"""
TABLE = {"database": "main", "table": "public.resident", "mode": "swap", "fields": FIELDS, "rows": None, "limit": 20}
AREA = {"is": "in", "column": "area", "values": [445202]}


@pytest.fixture
def source(pair: Pair) -> str:
    with psycopg.connect(pair.source_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS resident")
        connection.execute(RESIDENTS)
    return pair.source_url


class Office:
    """The hub's connection, and one node that answers."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def ask(self, spec: dict[str, Any], *, signer: Any = HUB_KEY, to: Any = ALICE, **about: Any) -> Answer:
        order = question(spec, **about)
        data = await asking.ask(self.client, orders.write_order(order, [signer]), to.card.org, to.card.node, wait_s=3)
        return asking.read_answer(data, to.card, order)


def question(spec: dict[str, Any], *, to: Any = ALICE, valid: Any = asking.VALID) -> Order:
    return orders.new_order(Verb.ASK, to.card, agreement="XY-1", spec=spec, valid=valid, now=NOW)


@asynccontextmanager
async def office(folder: Path, url: str, **services: Service) -> AsyncGenerator[Office, None]:
    place = database(url, send=("public.resident",))
    with running(folder, ALICE, BOB) as hub:
        node = folder / "alice"
        work = TableWork(NodeSettings(hub=tuple(hub.urls), databases={"main": place}, services=services), node)
        settings = Settings(urls=hub.urls, hub=(HUB_KEY.public,), folder=node, version="1", health_s=0.5)
        agent, stopped = Agent(settings, ALICE, work, now=lambda: NOW), asyncio.Event()
        task = asyncio.create_task(agent.run(stopped))
        try:
            async with opened(hub) as client:
                found = Office(client)
                await _up(found)
                yield found
        finally:
            stopped.set()
            await asyncio.wait_for(task, 15)


async def _up(found: Office) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await found.ask({**TABLE, "key": {"id": "1"}})
            except Unavailable as away:
                if away.code != "node_away":
                    raise
                await asyncio.sleep(0.1)
            else:
                return


def rows(answer: Answer) -> list[dict[str, Any]]:
    assert not answer.code, (answer.code, answer.message)
    found: list[dict[str, Any]] = json.loads(answer.rows)
    return found


def test_a_person_is_found_masked_as_agreed_and_nothing_else_leaves(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            (row,) = rows(await desk.ask({**TABLE, "key": {"id": "7"}}))
            assert set(row) == {each["name"] for each in FIELDS}
            assert (row["id"], row["name"], row["born"], row["area"]) == (7, "张**", "1980-01-01", 445203)
            assert len(row["id_no"]) == 64

            by_number = await desk.ask({**TABLE, "key": {"id_no": "7".rjust(18, "0")}})
            assert rows(by_number) == [row]
            assert rows(await desk.ask({**TABLE, "key": {"id": "999"}})) == []
            answers = await asyncio.gather(*(desk.ask({**TABLE, "key": {"id": str(n)}}) for n in range(1, 61)))
            assert [rows(each)[0]["id"] for each in answers] == list(range(1, 61))

            listed = await desk.ask({**TABLE, "key": {}, "limit": 5})
            assert (listed.count, listed.more) == (5, True)

    asyncio.run(main())


def test_rows_outside_the_agreement_are_not_there(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            assert rows(await desk.ask({**TABLE, "rows": AREA, "key": {"id": "7"}})) == []
            assert len(rows(await desk.ask({**TABLE, "rows": AREA, "key": {"id": "8"}}))) == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"table": "pg_catalog.pg_authid"}, "table_closed"),
        ({"database": "other"}, "database_unknown"),
        ({"key": {"id": "1; DROP TABLE resident"}}, "key_malformed"),
        ({"key": {"nobody": "1"}}, "column_unknown"),
        ({"key": {"id": ["1"]}}, "order_malformed"),
        ({"key": {"id": "1"}, "limit": 100_000}, "order_malformed"),
        ({"fields": [{"name": "nobody", "type": "C", "mask": {"mask": "keep"}}]}, "column_unknown"),
        ({"fields": [{"name": "secret", "type": "C", "mask": {"mask": "encrypt"}}]}, "mask_unfit"),
        ({"service": "none"}, "service_unknown"),
    ],
)
def test_what_a_node_does_not_answer(tmp_path: Path, source: str, words: dict[str, Any], code: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            answer = await desk.ask({**TABLE, "key": {"id": "1"}, **words})
            assert (answer.code, answer.rows) == (code, "[]")
            assert rows(await desk.ask({**TABLE, "key": {"name": "' OR true --"}})) == []

    asyncio.run(main())


def test_only_the_hub_is_answered_and_only_in_time(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            stranger = crypto_keys.generate(Algorithm.ED25519)
            for bad in ({"signer": stranger}, {"valid": -asking.VALID}):
                with pytest.raises(Unavailable, match="没有按时答复"):
                    await desk.ask({**TABLE, "key": {"id": "1"}}, **bad)
            with pytest.raises(Unavailable, match="不在线"):
                await desk.ask({**TABLE, "key": {"id": "1"}}, to=BOB)

    asyncio.run(main())


def test_an_answer_changed_on_the_way_is_not_taken(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            order = question({**TABLE, "key": {"id": "1"}})
            data = await asking.ask(desk.client, orders.write_order(order, [HUB_KEY]), ALICE.card.org, ALICE.card.node)
            with pytest.raises(Refused, match="签名不符"):
                asking.read_answer(data.replace("张".encode(), "李".encode()), ALICE.card, order)
            with pytest.raises(Refused, match="签名不符"):
                asking.read_answer(data, MALLORY.card, order)
            with pytest.raises(Refused, match="不是对这次查询"):
                asking.read_answer(data, ALICE.card, question({**TABLE, "key": {"id": "2"}}))

    asyncio.run(main())


def test_a_node_may_not_ask(tmp_path: Path) -> None:
    async def main() -> None:
        with running(tmp_path, ALICE, BOB) as hub:
            async with connecting.connected(BOB, hub.urls) as client:
                order = question({**TABLE, "key": {"id": "1"}})
                with pytest.raises(Unavailable):
                    await asking.ask(
                        client, orders.write_order(order, [HUB_KEY]), ALICE.card.org, ALICE.card.node, wait_s=0.5
                    )

    asyncio.run(main())


# a department's own service -------------------------------------------------------------------------------------------


class Department(BaseHTTPRequestHandler):
    """An HTTP service of a department, with people of its own; ``mood`` says how it answers."""

    mood = "well"
    people = {str(n): {"id": n, "who": {"name": f"张三{n}"}, "id_no": str(n).rjust(18, "0"), "born": "1980-05-06",
                       "area": 445202 + n % 2, "secret": "内部"} for n in range(1, 10)}  # fmt: skip

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        found = self.people.get(asked.get("no", [""])[0])
        body: Any = {"data": {"list": [found] if found else []}}
        if self.mood == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        if self.mood == "huge":
            body = {"data": {"list": [{"id": 1, "who": {"name": "x" * 5_000_000}}]}}
        if self.mood == "odd":
            body = {"data": {"list": [{**(found or {}), "born": "昨天"}]}}
        data = json.dumps(body).encode() if self.mood != "text" else b"<html>"
        self.send_response(500 if self.mood == "broken" else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def department(mood: str = "well") -> Iterator[Service]:
    handler = type("Handler", (Department,), {"mood": mood})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Service(
        name="people", url=f"http://127.0.0.1:{server.server_port}/query", method="GET", parameters={"id": "no"},
        items={"name": "who.name"}, rows="data.list", headers={},
    )  # fmt: skip
    server.shutdown()
    server.server_close()


CALL = {"service": "people", "database": "", "table": "", "mode": "swap", "fields": FIELDS, "rows": None, "limit": 5}


def test_a_service_is_called_by_its_node_and_narrowed_to_the_agreement(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        with department() as service:
            async with office(tmp_path, source, people=service) as desk:
                (row,) = rows(await desk.ask({**CALL, "key": {"id": "8"}}))
                (same,) = rows(await desk.ask({**TABLE, "key": {"id": "8"}}))
                assert {**row, "area": float(row["area"])} == {**same, "area": float(same["area"])}
                assert rows(await desk.ask({**CALL, "key": {"id": "77"}})) == []
                assert rows(await desk.ask({**CALL, "rows": AREA, "key": {"id": "7"}})) == []
                other = await desk.ask({**CALL, "key": {"id_no": "1"}})
                assert other.code == "key_unknown"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("elsewhere", "service_refused"),
        ("broken", "service_refused"),
        ("text", "service_malformed"),
        ("odd", "service_malformed"),
        ("huge", "answer_too_large"),
    ],
)
def test_a_service_that_misbehaves(tmp_path: Path, source: str, mood: str, code: str) -> None:
    async def main() -> None:
        with department(mood) as service:
            async with office(tmp_path, source, people=service) as desk:
                answer = await desk.ask({**CALL, "key": {"id": "8"}})
                assert (answer.code, answer.rows) == (code, "[]")

    asyncio.run(main())


def test_a_service_that_is_away(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        with department() as service:
            pass
        async with office(tmp_path, source, people=service) as desk:
            assert (await desk.ask({**CALL, "key": {"id": "8"}})).code == "service_away"

    asyncio.run(main())


def test_the_subject_of_questions_is_one_node_s() -> None:
    assert names.questions("gongan", "n1") == "nodes.ask.gongan.n1"


def test_a_question_that_was_lost_on_the_way_is_asked_once_more(tmp_path: Path) -> None:
    async def main() -> None:
        heard: list[bytes] = []

        async def hear(message: Msg) -> None:
            heard.append(message.data)
            if len(heard) % 2 == 0:
                await message.respond(b"found")

        with running(tmp_path, ALICE) as hub:
            async with connecting.connected(ALICE, hub.urls) as node, hub.platform() as platform:
                await node.subscribe(names.questions(ALICE.card.org, ALICE.card.node), cb=hear)
                await node.flush()
                where = (ALICE.card.org, ALICE.card.node)
                assert await asking.ask(platform, b"who", *where, wait_s=2) == b"found"
                assert heard == [b"who", b"who"]

    asyncio.run(main())


# published views ------------------------------------------------------------------------------------------------------


async def pages(desk: Office, spec: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Take a view page by page to its end."""
    found, after = [], ""
    while True:
        answer = await desk.ask({**spec, "after": after})
        found.append(rows(answer))
        assert answer.more == bool(answer.next)
        if not (after := answer.next):
            return found


HIDDEN = [field for field in FIELDS if field["name"] != "id"]


@pytest.mark.parametrize("key", ["int", "text", "two columns"])
def test_a_view_is_listed_to_its_end_each_agreed_row_once(tmp_path: Path, source: str, key: str) -> None:
    change = {
        "int": "SELECT 1",
        "text": "ALTER TABLE resident ALTER id TYPE text USING id::text",
        "two columns": "ALTER TABLE resident DROP CONSTRAINT resident_pkey, ADD PRIMARY KEY (area, id)",
    }[key]
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(change)

    async def main() -> list[list[dict[str, Any]]]:
        async with office(tmp_path, source) as desk:
            return await pages(desk, {**TABLE, "fields": HIDDEN, "rows": AREA, "limit": 7, "key": {}})

    found = asyncio.run(main())
    assert [len(page) for page in found] == [7] * 7 + [1]
    listed = [row for page in found for row in page]
    assert len({row["id_no"] for row in listed}) == 50
    assert all(set(row) == {field["name"] for field in HIDDEN} and row["area"] == 445202 for row in listed)


def test_a_page_says_nothing_of_a_hidden_key_and_cannot_be_made_up(tmp_path: Path, source: str) -> None:
    view = {**TABLE, "fields": HIDDEN, "limit": 10, "key": {}}

    async def main() -> None:
        async with office(tmp_path, source) as desk:
            first = await desk.ask({**view, "after": ""})
            assert "10" not in base64.urlsafe_b64decode(first.next).decode("latin-1")
            turned = first.next[:-2] + ("AA" if first.next[-2:] != "AA" else "BB")
            for after in (turned, "x", "10", base64.urlsafe_b64encode(b'["10"]').decode(), "' OR 1=1 --"):
                assert (await desk.ask({**view, "after": after})).code == "cursor_malformed"
            other = {**view, "table": "public.other", "after": first.next}
            assert (await desk.ask(other)).code == "table_closed"
            for after in (7, ["1"], "x" * 5000):
                assert (await desk.ask({**view, "after": after})).code == "order_malformed"

    asyncio.run(main())


def test_a_page_of_another_agreement_is_not_turned(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            first = await desk.ask({**TABLE, "limit": 10, "key": {}, "after": ""})
            order = orders.new_order(
                Verb.ASK,
                ALICE.card,
                agreement="XY-2",
                spec={**TABLE, "limit": 10, "key": {}, "after": first.next},
                valid=asking.VALID,
                now=NOW,
            )
            data = await asking.ask(desk.client, orders.write_order(order, [HUB_KEY]), ALICE.card.org, "n1", wait_s=3)
            assert asking.read_answer(data, ALICE.card, order).code == "cursor_malformed"

    asyncio.run(main())


def test_a_view_may_be_narrowed_by_its_items_only_to_agreed_rows(tmp_path: Path, source: str) -> None:
    async def main() -> None:
        async with office(tmp_path, source) as desk:
            view = {**TABLE, "rows": AREA, "limit": 30}
            inside = await pages(desk, {**view, "key": {"area": "445202"}})
            outside = await pages(desk, {**view, "key": {"area": "445203"}})
            assert ([len(page) for page in inside], outside) == ([30, 20], [[]])

    asyncio.run(main())


def test_a_table_without_a_key_is_not_listed(tmp_path: Path, source: str) -> None:
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("ALTER TABLE resident DROP CONSTRAINT resident_pkey")

    async def main() -> None:
        async with office(tmp_path, source) as desk:
            assert (await desk.ask({**TABLE, "key": {}, "after": ""})).code == "key_missing"

    asyncio.run(main())


def test_a_level_aboves_interface_is_answered_through_the_citys_node(tmp_path: Path, source: str) -> None:
    fields = [{"name": name, "type": "C", "mask": {"mask": "keep"}} for name in ("id", "name")]

    async def main(address: str) -> None:
        gateway = Service(
            name="upper",
            url=f"{address}/gateway/query",
            method="GET",
            parameters={"id": "id"},
            items={},
            rows="data.list",
            headers={},
        )
        async with office(tmp_path, source, upper=gateway) as desk:
            asked = {"service": "upper", "mode": "swap", "database": "", "table": "", "fields": fields, "rows": None}
            (row,) = rows(await desk.ask({**asked, "key": {"id": "440000"}, "limit": 5}))
            assert row == {"id": "440000", "name": "模拟记录"}  # not its state: that was not agreed

    with province_gateway() as address:
        asyncio.run(main(address))


@contextmanager
def province_gateway() -> Iterator[str]:
    """The simulator of a province, of which only the gateway is asked."""
    serving = server("127.0.0.1", 0, None)  # type: ignore[arg-type]
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()
    thread.join()
