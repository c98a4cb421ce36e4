"""Transfers between two nodes, beside bare JetStream publish and consume of the same parts in the same run.

    uv run python bench/nodes.py [--quick] [--suite x25519-aes256gcm]

Sender, receiver and server are three processes. Bare: the same server, stream, part size and bytes on the way; a
publisher that counts acknowledgements and a puller that acknowledges each batch: no sealing, digests or journal.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from tests.nodes.running import ALICE, BOB, Hub, running, transfer

from yunshu.lib.nodes import connecting, hub, names, parts, streaming
from yunshu.lib.nodes.envelope import Suite
from yunshu.lib.nodes.journal import Journal
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.lane import MOST_ON_THE_WAY
from yunshu.lib.nodes.streaming import Transfer

FULL_MIB, QUICK_MIB, CHUNK, MIB = 4096, 512, 8 << 20, 1 << 20


@dataclass
class Fixed:
    """The same chunk again and again: the source costs nothing."""

    count: int
    size: int

    async def chunks(self, first: int) -> AsyncGenerator[bytes, None]:
        """Yield it."""
        chunk = os.urandom(self.size)
        for _ in range(first, self.count):
            yield chunk

    def tally(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--suite", type=Suite, choices=list(Suite), default=Suite.AES)
    parser.add_argument("--part", type=int, default=parts.PART_BYTES, help="bytes")
    given = parser.parse_args()
    size = (QUICK_MIB if given.quick else FULL_MIB) * MIB
    what = transfer("bench", suite=given.suite)
    for name, send, take in (("bare JetStream", publish, pull), ("transfer", ours_send, ours_receive)):
        with tempfile.TemporaryDirectory(prefix="bench-nodes-") as folder, running(Path(folder), ALICE, BOB) as found:
            seconds, peaks = asyncio.run(measure(found, what, (send, take), size, given.part))
            rate = size / MIB / seconds
            print(f"{name}: {rate:,.0f} MiB/s, {size // MIB} MiB in {seconds:.1f} s, parts of {given.part} bytes")
            print(f"  memory above start: sender {peaks[0]} MiB, receiver {peaks[1]} MiB")
            found_rates.append(rate)
    print(f"ratio: {found_rates[1] / found_rates[0]:.2f} of the bare rate ({given.suite})")


found_rates: list[float] = []
Work = Callable[[Client, Transfer, int, int, Path], Any]


async def measure(
    found: Hub, what: Transfer, works: tuple[Work, Work], size: int, part: int
) -> tuple[float, list[int]]:
    """Run the two works in processes of their own; return the seconds and their memory."""
    async with found.platform() as platform:
        await hub.provision(platform)
        await hub.open_transfer(platform, what, most_bytes=16 << 30)
    context = multiprocessing.get_context("fork")
    ready, peaks = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=run, args=(work, keys, found, what, size, part, ready, peaks, order))
        for order, (work, keys) in enumerate(zip(works, (ALICE, BOB), strict=True))
    ]
    for process in processes:
        process.start()
    ready.wait()
    started = time.perf_counter()
    for process in processes:
        process.join(300)
    seconds = time.perf_counter() - started
    return seconds, [peak for _order, peak in sorted(peaks.get() for _ in processes)]


def run(
    work: Work, keys: NodeKeys, found: Hub, what: Transfer, size: int, part: int, ready: Any, peaks: Any, order: int
) -> None:
    """Be one process."""

    async def inner() -> None:
        async with connecting.connected(keys, found.urls) as client:
            ready.wait()
            await work(client, what, size, part, found.folder)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asyncio.run(inner())
    peaks.put((order, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024))


async def publish(client: Client, what: Transfer, size: int, part: int, folder: Path) -> None:
    """Publish parts, so many bytes without acknowledgement."""
    room, data = asyncio.Semaphore(MOST_ON_THE_WAY // part), os.urandom(part)
    inbox, count = client.new_inbox(), size // part
    full = 0

    async def hear(message: Any) -> None:
        nonlocal full
        full += b'"error"' in message.data
        room.release()

    await client.subscribe(inbox, cb=hear)
    subject = names.chunks(what.sender.org, what.sender.node, what.id)
    for _ in range(count):
        await room.acquire()
        await client.publish(subject, data, reply=inbox)
    for _ in range(MOST_ON_THE_WAY // part):
        await room.acquire()
    if full:
        raise RuntimeError(f"the stream was full {full} times: the bare rate is not comparable")


async def pull(client: Client, what: Transfer, size: int, part: int, folder: Path) -> None:
    """Pull batches, acknowledge each."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    inbox, left, batch = client.new_inbox(), size // part, 8
    await client.subscribe(inbox, cb=queue.put)
    subject = names.next_message(names.reader(what.receiver.org, what.receiver.node), names.transfer_stream(what.id))
    question, asked = json.dumps({"batch": batch, "expires": 20_000_000_000}).encode(), 0
    while left > 0:
        if asked <= batch // 2:
            await client.publish(subject, question, reply=inbox)
            asked += batch
        message = await queue.get()
        asked, left = asked - 1, left - 1
        if left % batch == 0:
            await client.publish(message.reply, b"+ACK")
    await client.flush()


async def ours_send(client: Client, what: Transfer, size: int, part: int, folder: Path) -> None:
    """Send as nodes do."""
    journal = Journal(folder / "sender.sqlite")
    limits = streaming.Limits(part_bytes=part)
    await streaming.send(client, what, Fixed(size // CHUNK, CHUNK), keys=ALICE, journal=journal, limits=limits)


async def ours_receive(client: Client, what: Transfer, size: int, part: int, folder: Path) -> None:
    """Receive as nodes do; committing costs nothing."""
    journal = Journal(folder / "receiver.sqlite")

    async def commit(number: int, chunk: bytes) -> None:
        pass

    await streaming.receive(client, what, commit, keys=BOB, journal=journal, stopped=asyncio.Event())


if __name__ == "__main__":
    main()
