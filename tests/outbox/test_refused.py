"""A message server whose disk was full stores nothing until it is started again: the relay finds that out and says so."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yunshu.config.bootstrap import EmbeddedNats
from yunshu.lib.outbox import relay
from yunshu.lib.outbox.process import database_dsn

FACT = "INSERT INTO outbox_outboxentry (subject, payload, occurred_at, request_id) VALUES ('a.b.c.v1', '{}', now(), '')"


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[EmbeddedNats]:
    server = EmbeddedNats(tmp_path)
    server.start()
    yield server
    server.stop()


async def not_stored(*_: object, **__: object) -> bool:
    return False


def test_the_relay_says_that_the_server_is_there_and_stores_nothing(
    committed_db, nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(committed_db.app_url) as connection:
        connection.execute(FACT)
    monkeypatch.setattr(relay, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(relay.bus, "send", not_stored)  # a disk that was full cannot be had here

    with pytest.raises(relay.StreamRefuses):
        asyncio.run(relay.run(database_dsn(), nats.url, stopped=asyncio.Event()))

    with psycopg.connect(committed_db.app_url) as connection:
        waiting = connection.execute("SELECT count(*) FROM outbox_outboxentry WHERE published_at IS NULL").fetchone()
    assert waiting == (1,)
