"""A transfer from one node to the other over a real server: whole, in order, bounded, unreadable on the way."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
from nats.aio.client import Client
from tests.nodes.running import ALICE, BOB, Chunks, Hub, opened, running, transfer

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import connecting, hub, names, parts, streaming
from yunshu.lib.nodes.envelope import Suite
from yunshu.lib.nodes.journal import Journal
from yunshu.lib.nodes.streaming import Limits, Transfer


def into(got: list[bytes]) -> Callable[[int, bytes], Awaitable[None]]:
    async def commit(number: int, chunk: bytes) -> None:
        assert number == len(got)
        got.append(chunk)

    return commit


async def send(found: Hub, what: Transfer, source: Chunks, folder: Path, limits: Limits | None = None):
    journal = Journal(folder / "sender.sqlite")
    try:
        async with connecting.connected(ALICE, found.urls) as client:
            return await streaming.send(client, what, source, keys=ALICE, journal=journal, limits=limits)
    finally:
        journal.close()


async def receive(found: Hub, what: Transfer, got: list[bytes], folder: Path):
    journal = Journal(folder / "receiver.sqlite")
    try:
        async with connecting.connected(BOB, found.urls) as client:
            return await streaming.receive(client, what, into(got), keys=BOB, journal=journal, stopped=asyncio.Event())
    finally:
        journal.close()


@pytest.mark.parametrize("suite", list(Suite))
def test_every_chunk_arrives_once_and_in_order(tmp_path: Path, suite: Suite) -> None:
    what, source, got = transfer(suite=suite), Chunks(12, 300_000), []

    async def both():
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, what) as platform:
                limits = Limits(part_bytes=100_000)
                sent, received = await asyncio.gather(
                    send(found, what, source, tmp_path, limits), receive(found, what, got, tmp_path)
                )
                await asyncio.sleep(0.1)
                state = (await hub.ask(platform, f"STREAM.INFO.{names.transfer_stream(what.id)}"))["state"]
                return sent, received, state["messages"]

    sent, received, left = asyncio.run(both())
    assert got == [source.chunk(number) for number in range(12)]
    assert sent == received
    assert (sent.chunks, sent.size_bytes, sent.tally) == (12, 3_600_000, {"rows": 12})
    assert left == 0


@pytest.mark.slow
def test_a_slow_receiver_makes_the_sender_wait(tmp_path: Path) -> None:
    what, source, got = transfer(), Chunks(40, 300_000), []

    async def both() -> int:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, what, most_bytes=1_000_000) as platform:
                sending = asyncio.create_task(send(found, what, source, tmp_path, Limits(part_bytes=100_000)))
                await asyncio.sleep(0.3)
                kept = (await hub.ask(platform, f"STREAM.INFO.{names.transfer_stream(what.id)}"))["state"]["bytes"]
                await asyncio.gather(sending, receive(found, what, got, tmp_path))
                return int(kept)

    assert asyncio.run(both()) <= 1_000_000
    assert got == [source.chunk(number) for number in range(40)]


def test_the_hub_cannot_read_what_it_carries(tmp_path: Path) -> None:
    what, source = transfer(), Chunks(3)

    async def sent() -> bytes:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, what) as platform:
                await send(found, what, source, tmp_path)
                stream, raw = names.transfer_stream(what.id), b""
                for sequence in range(1, 6):
                    message = await platform.jetstream().get_msg(stream, sequence)
                    raw += (message.data or b"") + str(message.headers).encode()
                return raw

    raw = asyncio.run(sent())
    assert len(raw) > 300_000
    assert b"citizen" not in raw
    stored = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert len(stored) > 300_000
    assert b"citizen" not in stored


Message = tuple[dict[str, str], bytes]


def subject_of(what: Transfer) -> str:
    return names.chunks(ALICE.card.org, "n1", what.id)


async def taken(platform: Client, what: Transfer) -> list[Message]:
    """Take everything out of a transfer's stream, as the hub's operator can."""
    stream, js = names.transfer_stream(what.id), platform.jetstream()
    count = (await hub.ask(platform, f"STREAM.INFO.{stream}"))["state"]["messages"]
    raw = [await js.get_msg(stream, sequence) for sequence in range(1, count + 1)]
    await hub.close_transfer(platform, what.id)
    await hub.open_transfer(platform, what)
    return [({parts.HEADER: each.headers[parts.HEADER]}, each.data) for each in raw]


PARTS = 4  # of a chunk: 100,016 bytes in parts of 30,000


def turned(messages: list[Message]) -> list[Message]:
    headers, data = messages[7]
    return [*messages[:7], (headers, data[:5] + bytes([data[5] ^ 1]) + data[6:]), *messages[8:]]


HARMS: dict[str, tuple[Callable[[list[Message]], list[Message]], str, int]] = {
    "a bit turned": (turned, "chunk_tampered", 1),
    "a part dropped": (lambda all_: [*all_[:6], *all_[7:]], "parts_missing", 1),
    "a chunk dropped": (lambda all_: [*all_[: 1 + PARTS], *all_[1 + 2 * PARTS :]], "parts_missing", 1),
    "two parts swapped": (lambda all_: [*all_[:6], all_[7], all_[6], *all_[8:]], "parts_missing", 1),
    "the end cut off": (lambda all_: [*all_[: 1 + 2 * PARTS], all_[-1]], "parts_missing", 2),
    "the opening dropped": (lambda all_: all_[1:], "parts_missing", 0),
    "a chunk under another number": (
        lambda all_: [*all_[: 1 + PARTS], *((h | {parts.HEADER: h[parts.HEADER].replace(".c.2.", ".c.1.")}, d)
                                            for h, d in all_[1 + 2 * PARTS :])],
        "chunk_tampered", 1,
    ),
    "a part without a name": (lambda all_: [({}, d) for _h, d in all_], "part_malformed", 0),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("harm", list(HARMS))
def test_harm_on_the_way_is_found(tmp_path: Path, harm: str) -> None:
    """The hub's operator changes the stream before the receiver reads it."""
    change, code, whole = HARMS[harm]
    what, source, got = transfer(), Chunks(3), []

    async def story() -> str:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, what) as platform:
                await send(found, what, source, tmp_path, Limits(part_bytes=30_000))
                for headers, data in change(await taken(platform, what)):
                    await platform.jetstream().publish(subject_of(what), data, headers=headers)
                with pytest.raises(Refused) as refused:
                    await receive(found, what, got, tmp_path)
                return refused.value.code

    assert asyncio.run(story()) == code
    assert got == [source.chunk(number) for number in range(whole)]


class Breaking(Chunks):
    """A source that fails before its third chunk."""

    async def chunks(self, first: int) -> AsyncGenerator[bytes, None]:
        async for chunk in super().chunks(first):
            await asyncio.sleep(0.1)
            yield chunk
            if chunk == self.chunk(1):
                raise ConnectionError("the database is gone")


@pytest.mark.slow
def test_an_earlier_session_that_is_played_again_changes_nothing(tmp_path: Path) -> None:
    what, source, got = transfer(), Chunks(6), []

    async def story() -> None:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, what) as platform:
                with pytest.raises(ConnectionError):
                    await send(found, what, Breaking(6, changed=b"before"), tmp_path)
                await send(found, what, source, tmp_path)
                sent = await taken(platform, what)
                earlier = [each for each in sent if each[0][parts.HEADER].startswith("1.")]
                assert len(earlier) >= 2
                for headers, data in [*sent[:-2], *earlier, *sent[-2:]]:
                    await platform.jetstream().publish(subject_of(what), data, headers=headers)
                await receive(found, what, got, tmp_path)

    asyncio.run(story())
    assert source.asked == [2]
    assert got[-1] == source.chunk(5)
    assert len(got) == 6


@pytest.mark.parametrize("side", ["send", "receive"])
def test_a_transfer_without_a_stream_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    monkeypatch.setattr("yunshu.lib.nodes.lane.UNHEARD_S", 0.2)
    monkeypatch.setattr("yunshu.lib.nodes.pulling.ASK_S", 0.1)

    async def story() -> None:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found):
                works = {
                    "send": send(found, transfer(), Chunks(3), tmp_path),
                    "receive": receive(found, transfer(), [], tmp_path),
                }
                chosen = works.pop(side)
                works.popitem()[1].close()
                await chosen

    with pytest.raises(Refused) as refused:
        asyncio.run(story())
    assert refused.value.code == "stream_missing"


@pytest.mark.slow
def test_a_stream_that_lost_its_end_gets_it_again(tmp_path: Path) -> None:
    """As after a power cut of the hub: the stream goes back, its sender had the words acknowledged."""
    what, source, got = transfer(), Chunks(30), []

    async def story() -> None:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, what) as platform:
                half = Chunks(30)
                half.count = 20
                await send(found, what, half, tmp_path)
                journal = Journal(tmp_path / "sender.sqlite")
                journal.rewind(what.id, "send", 20)
                journal.close()
                await hub.close_transfer(platform, what.id)
                await hub.open_transfer(platform, what)
                await asyncio.gather(send(found, what, source, tmp_path), receive(found, what, got, tmp_path))

    asyncio.run(story())
    assert got == [source.chunk(number) for number in range(30)]
    assert source.asked == [0]


@pytest.mark.slow
def test_a_receiver_stops_when_told(tmp_path: Path) -> None:
    async def story() -> object:
        with running(tmp_path, ALICE, BOB) as found:
            async with opened(found, transfer()), connecting.connected(BOB, found.urls) as client:
                stopped, journal = asyncio.Event(), Journal(tmp_path / "receiver.sqlite")
                asyncio.get_running_loop().call_later(0.2, stopped.set)
                async with asyncio.timeout(3):
                    return await streaming.receive(
                        client, transfer(), into([]), keys=BOB, journal=journal, stopped=stopped
                    )

    assert asyncio.run(story()) is None
