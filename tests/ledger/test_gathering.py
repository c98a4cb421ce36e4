"""What the members notice reaches this installation and its people, with evidence that convicts."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from tests.conftest import Database
from tests.consortium.running import SLUG, Town, town, until
from tests.consortium.world import NAMES, seals

from yunshu.domains.ledger.gathering import Gatherer
from yunshu.domains.ledger.models import Alarm
from yunshu.lib.consortium import evidence
from yunshu.lib.consortium.epochs import Head
from yunshu.lib.consortium.signing import word_message
from yunshu.lib.kernel import clock
from yunshu.lib.outbox.models import OutboxEntry
from yunshu.lib.outbox.process import in_thread

pytestmark = pytest.mark.chaos
SECONDS = 2.0
"""The issue's limit from the misdeed to the alarm."""


@asynccontextmanager
async def gathering(city: Town) -> AsyncIterator[None]:
    stopped = asyncio.Event()
    task = asyncio.create_task(Gatherer([(name, city.url(name)) for name in NAMES]).run(stopped))
    yield
    stopped.set()
    await task


async def lie(city: Town, size: int) -> None:
    """Let the police sign two heads of one size."""
    for word in (b"one", b"other"):
        root = b64encode(sha256(word).digest()).decode()
        said = seals("police").head(city.genesis, 1, Head(size, root, root), 1_800_000_000)
        await city.client.publish(f"ledger-words.{SLUG}", word_message(said))


def kept() -> list[Alarm]:
    return list(Alarm.objects.filter(kind="equivocation"))


def test_a_misdeed_that_three_members_report_is_one_alarm_with_its_evidence(
    committed_db: Database, tmp_path: Path
) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 2)
            await city.final_with(2)
            async with gathering(city):
                await lie(city, city.peers["police"].log.state.size + 100)
                await until(lambda: all("equivocation" in city.alarms()[name] for name in NAMES if name != "police"))
                found: list[Alarm] = []
                async with asyncio.timeout(SECONDS):
                    while not found:
                        found = await in_thread(kept)
                        await asyncio.sleep(0.05)
                await asyncio.sleep(SECONDS)
            assert len(await in_thread(kept)) == 1
            assert evidence.convicted(city.genesis, found[0].evidence) == "police"

    asyncio.run(main())
    assert OutboxEntry.objects.filter(subject="ledger.alarm.raised.v1").count() == Alarm.objects.count()


def test_a_member_that_answers_nonsense_or_nothing_stops_nobody(committed_db: Database, tmp_path: Path) -> None:
    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[{"id":1}')
        await writer.drain()
        writer.close()

    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 1)
            await city.final_with(1)
            server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            peers = [
                ("liar", f"http://127.0.0.1:{port}"),
                ("gone", "http://127.0.0.1:9"),
                ("bureau", city.url("bureau")),
            ]
            stopped = asyncio.Event()
            task = asyncio.create_task(Gatherer(peers).run(stopped))
            await lie(city, city.peers["police"].log.state.size + 100)
            async with asyncio.timeout(10):
                while not await in_thread(kept):
                    await asyncio.sleep(0.05)
            stopped.set()
            await task
            server.close()

    asyncio.run(main())
    assert {alarm.member for alarm in Alarm.objects.all()} == {"bureau"}
    assert Alarm.objects.filter(raised_at__lte=clock.now()).exists()
