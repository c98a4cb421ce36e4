"""Four members over a real JetStream: what is submitted becomes final at all of them, with receipts that verify."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.consortium.world import LEDGER, NAMES, charter, message, seals

from yunshu.config.bootstrap import EmbeddedNats
from yunshu.lib import bus
from yunshu.lib.consortium.charter import Limits
from yunshu.lib.consortium.ordering import Order
from yunshu.lib.consortium.peer import Peer
from yunshu.lib.consortium.voice import Settings
from yunshu.lib.kernel import tasks
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.hashing import SHA256, SM3
from yunshu.lib.tlog.policy import parse_policy
from yunshu.lib.tlog.proof_file import parse_proof_file

GENESIS = charter(limits=Limits(entries=50, size_bytes=100_000))


@pytest.fixture
def nats() -> Iterator[EmbeddedNats]:
    with tempfile.TemporaryDirectory(prefix="yunshu-nats-") as folder:
        server = EmbeddedNats(Path(folder))
        server.start()
        yield server
        server.stop()


def peer(name: str, folder: Path, url: str) -> Peer:
    settings = Settings(member=name, slug="test", folder=folder / name, nats_url=url, cut_after_s=0.05)
    return Peer(settings, GENESIS, seals(name))


async def until(condition: object, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def submitted(url: str, batches: int) -> None:
    async with bus.connection(url, "test") as client:
        order = Order(client, "test", 1)
        await order.create()
        for number in range(1, batches + 1):
            await order.post(message(number, [b"%d-%d" % (number, at) for at in range(7)]), f"b-{number}")


def final_size(one: Peer) -> int:
    last = one.disk.last_final()
    return 0 if last is None else last[1].size


def test_what_is_submitted_becomes_final_at_every_member(nats: EmbeddedNats, tmp_path: Path) -> None:
    async def main() -> None:
        stopped = asyncio.Event()
        peers = [peer(name, tmp_path, nats.url) for name in NAMES]
        running = [asyncio.create_task(one.run(stopped)) for one in peers]
        try:
            await submitted(nats.url, 30)
            await until(lambda: all(one.disk.batch("445200-dsj", 30) for one in peers))
            size = peers[0].log.state.size
            await until(lambda: all(final_size(one) == size and one.published.size() == size for one in peers))

            heads = {one.disk.last_final() for one in peers}
            assert len(heads) == 1
            assert not any(one.disk.alarms() for one in peers)
            _check_receipt(peers[3])
            stopped.set()
            await asyncio.gather(*running)
        finally:
            await tasks.end(running)

    asyncio.run(main())


def _check_receipt(one: Peer) -> None:
    placed = one.disk.batch("445200-dsj", 17)
    assert placed is not None
    index = placed.first + 3
    (leaf,) = one.disk.leaves(index, index + 1)
    assert leaf == b"entry\n17-3"
    receipt = parse_proof_file(one.published.receipt(index, leaf))
    extra = json.loads(receipt.extra)
    for name, tree_hash, proof in (
        ("sha256", SHA256, receipt),
        ("sm3", SM3, parse_proof_file(base64text.decode(extra["sm3"]))),
    ):
        verdict = proof.verify(
            tree_hash.leaf(leaf),
            parse_policy(GENESIS.policy(name).encode()),
            origin=f"{LEDGER}/1/{name}",
            tree_hash=tree_hash,
        )
        assert verdict.good
        assert len(verdict.cosigned) >= 3
