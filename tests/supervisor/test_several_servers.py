"""Addresses of several servers: the writable database of two, any message server of three; a failover needs no new setting."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from yunshu.config.bootstrap import EmbeddedNats, machine
from yunshu.config.settings import database
from yunshu.lib import bus
from yunshu.lib.outbox.process import DSN_KEYS


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[EmbeddedNats]:
    server = EmbeddedNats(tmp_path)
    server.start()
    yield server
    server.stop()


def test_of_several_databases_the_writable_one_is_asked_for_and_a_dead_one_not_waited_for() -> None:
    found = database("postgresql://yunshu_app:a%40b@db1:5432,db2:5433/city?sslmode=require")

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db1,db2", "5432,5433", "city")
    assert (found["USER"], found["PASSWORD"]) == ("yunshu_app", "a@b")
    assert found["OPTIONS"]["target_session_attrs"] == "read-write"
    assert found["OPTIONS"]["sslmode"] == "require"
    assert int(found["OPTIONS"]["connect_timeout"]) <= 10
    assert {"target_session_attrs", "connect_timeout", "sslmode"} <= set(DSN_KEYS)


def test_one_database_is_asked_for_as_it_is() -> None:
    assert database("postgresql://yunshu_app:x@127.0.0.1:6000/yunshu")["OPTIONS"].keys() == {"pool"}
    assert database("")["HOST"] == "127.0.0.1"


def test_a_database_whose_first_host_is_gone_is_reached_by_the_second(postgres) -> None:
    url = postgres.superuser_url.replace("@127.0.0.1:", f"@127.0.0.1:{machine.free_port()},127.0.0.1:")
    found = database(url)
    options = {name: value for name, value in found["OPTIONS"].items() if name != "pool"}
    words = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "password": found["PASSWORD"]}
    with psycopg.connect(make_conninfo(dbname=found["NAME"], **words, **options)) as connection:
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("off",)


def test_messages_are_reached_while_one_server_of_several_answers(nats: EmbeddedNats) -> None:
    with socket.socket() as taken:  # bound, not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        url = f"nats://x@127.0.0.1:{taken.getsockname()[1]},{nats.url}"

        async def stored() -> bool:
            async with bus.connection(url, "several") as client:
                return await bus.send(await bus.provision(client), "test.said.v1", b"{}", "outbox-1")

        assert bus.reachable(url)
        assert asyncio.run(stored())
        assert bus.once(url, lambda stream: stream.stream_info(bus.STREAM)).state.messages == 1
        assert not bus.reachable(url.partition(",")[0])
