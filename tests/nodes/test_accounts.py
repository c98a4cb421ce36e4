"""What the server itself refuses a node, and that a stolen key is cut off at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import nats.errors
import pytest
from nats.aio.client import Client
from tests.nodes.running import ALICE, BOB, MALLORY, Hub, keys_of, opened, running, transfer

from yunshu.lib.nodes import connecting, hub, names
from yunshu.lib.nodes.keys import NodeKeys

SECOND = keys_of(BOB.card.org, "n2")
READER = names.reader(BOB.card.org, "n1")
STREAM = names.transfer_stream("t1")
FOREIGN = [
    names.reports(BOB.card.org, "n1"),
    names.chunks(BOB.card.org, "n1", "t1"),
    names.chunks(ALICE.card.org, "n1", "t1"),
    names.orders(BOB.card.org, "n1"),
    names.next_message(READER, STREAM),
    names.next_message(READER, names.ORDERS),
    names.reset(READER, STREAM),
    f"$JS.ACK.{STREAM}.{READER}.1.1.1.1.0",
    f"$JS.API.STREAM.INFO.{STREAM}",
    f"$JS.API.STREAM.MSG.GET.{STREAM}",
    f"$JS.API.DIRECT.GET.{STREAM}",
    f"$JS.API.STREAM.DELETE.{STREAM}",
    f"$JS.API.CONSUMER.CREATE.{STREAM}.{names.reader(MALLORY.card.org, 'n1')}",
    "$JS.API.STREAM.LIST",
    "$SYS.REQ.SERVER.PING",
]


async def among(folder: Path, who: NodeKeys, act: Callable[[Hub, Client, Client], Awaitable[None]]) -> None:
    """Let ``who`` act in a hub where a transfer has one message from Alice to Bob."""
    with running(folder, ALICE, BOB, MALLORY, SECOND) as found:
        async with opened(found, transfer()) as platform, connecting.connected(ALICE, found.urls) as alice:
            await alice.request(names.chunks(ALICE.card.org, "n1", "t1"), b"sealed")
            async with connecting.connected(who, found.urls) as client:
                await act(found, client, platform)


async def messages(platform: Client) -> int:
    return int((await hub.ask(platform, f"STREAM.INFO.{STREAM}"))["state"]["messages"])


@pytest.mark.slow
@pytest.mark.parametrize("who", [MALLORY, SECOND], ids=["another organisation", "another node of the organisation"])
def test_a_node_can_ask_nothing_that_is_anothers(tmp_path: Path, who: NodeKeys) -> None:
    async def act(found: Hub, client: Client, platform: Client) -> None:
        for subject in FOREIGN:
            with pytest.raises((nats.errors.TimeoutError, nats.errors.NoRespondersError)):
                await client.request(subject, b"", timeout=0.3)
        assert await messages(platform) == 1

    asyncio.run(among(tmp_path, who, act))


@pytest.mark.slow
def test_a_node_hears_nothing_that_is_anothers(tmp_path: Path) -> None:
    heard: list[str] = []

    async def hear(message: object) -> None:
        heard.append(str(message))

    async def act(found: Hub, client: Client, platform: Client) -> None:
        for subject in (">", "nodes.>", "_INBOX.>", names.inbox(BOB.card.org, "n1") + ".>", "$JS.>", "_R_.>"):
            await client.subscribe(subject, cb=hear)
        async with connecting.connected(BOB, found.urls) as bob:
            reports = names.reports(BOB.card.org, "n1")
            await bob.request(reports, b"report")
            await bob.request(names.reset(READER, STREAM), b"")
        await asyncio.sleep(0.2)
        assert heard == []

    asyncio.run(among(tmp_path, MALLORY, act))


def test_what_nobody_ordered_has_no_stream(tmp_path: Path) -> None:
    async def act(found: Hub, client: Client, platform: Client) -> None:
        with pytest.raises(nats.errors.NoRespondersError):
            await client.request(names.chunks(MALLORY.card.org, "n1", "t1"), b"flood", timeout=1)

    asyncio.run(among(tmp_path, MALLORY, act))


@pytest.mark.slow
def test_a_key_that_is_taken_out_is_disconnected_at_once_and_does_not_come_back(tmp_path: Path) -> None:
    async def act(found: Hub, client: Client, platform: Client) -> None:
        await client.flush()
        found.nodes.remove(MALLORY)
        began = time.monotonic()
        reloading = asyncio.create_task(asyncio.to_thread(found.reload))
        while client.is_connected:
            await asyncio.sleep(0.01)
        assert time.monotonic() - began < 1
        await reloading
        await asyncio.sleep(1)
        assert not client.is_connected
        assert platform.is_connected

    asyncio.run(among(tmp_path, MALLORY, act))


@pytest.mark.slow
def test_a_node_that_is_added_comes_in_without_a_restart(tmp_path: Path) -> None:
    newcomer = keys_of("minzheng")

    async def act(found: Hub, client: Client, platform: Client) -> None:
        found.nodes.append(newcomer)
        await asyncio.to_thread(found.reload)
        await asyncio.sleep(0.1)
        async with connecting.connected(newcomer, found.urls) as came:
            answer = await came.request(names.reports("minzheng", "n1"), b"report", timeout=2)
            assert b'"seq"' in answer.data
        assert client.is_connected

    asyncio.run(among(tmp_path, MALLORY, act))
