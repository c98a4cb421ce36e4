"""One side of a transfer as a process of its own, to be killed: ``python mover.py send|receive <folder> <port> <count>``.

It writes a line to ``<role>.log`` for each chunk read (sender) or committed (receiver), before anything else happens.
"""

import asyncio
import hashlib
import os
import pickle
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.nodes.running import Chunks, transfer

from yunshu.lib.crypto.ed25519 import Ed25519Private
from yunshu.lib.nodes import connecting, streaming
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.journal import Journal
from yunshu.lib.nodes.keys import NodeKeys

CHUNK = 400_000


def packed(keys: NodeKeys) -> bytes:
    """Return test keys so that another process can read them."""
    seed = keys.signers[0]._key.private_bytes_raw()
    return pickle.dumps((keys.card.words, seed, keys.exchange.private_bytes_raw(), keys.bus.private_bytes_raw()))


def unpacked(data: bytes) -> NodeKeys:
    words, seed, exchange, bus = pickle.loads(data)
    signer = Ed25519Private.from_seed(seed)
    own = X25519PrivateKey.from_private_bytes(exchange), Ed25519PrivateKey.from_private_bytes(bus)
    return NodeKeys(NodeCard.of(words), (signer,), *own)


def note(path: Path, line: str) -> None:
    with path.open("a") as log:
        log.write(line + "\n")
        log.flush()
        os.fsync(log.fileno())


class Logged(Chunks):
    """Chunks that say when they are read."""

    log: Path

    async def chunks(self, first: int) -> AsyncGenerator[bytes, None]:
        note(self.log, f"from {first}")
        async for chunk in super().chunks(first):
            await asyncio.sleep(0.005)
            yield chunk


class Table:
    """A target that commits a chunk once, as a table with the chunk's number in its transaction does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def commit(self, number: int, chunk: bytes) -> None:
        note(self.folder / "receive.log", f"{number}")
        draft = self.folder / f"chunk-{number}.tmp"
        draft.write_bytes(hashlib.sha256(chunk).digest())
        draft.rename(self.folder / f"chunk-{number}")


async def main(role: str, folder: Path, port: int, count: int) -> None:
    sender, receiver = (unpacked((folder / f"{name}.keys").read_bytes()) for name in ("sender", "receiver"))
    what, journal = transfer(sender=sender, receiver=receiver), Journal(folder / f"{role}.sqlite")
    keys: Any = sender if role == "send" else receiver
    async with connecting.connected(keys, [f"nats://127.0.0.1:{port}"]) as client:
        if role == "send":
            source = Logged(count, CHUNK)
            source.log = folder / "send.log"
            limits = streaming.Limits(part_bytes=100_000, most_bytes=1_000_000)
            await streaming.send(client, what, source, keys=keys, journal=journal, limits=limits)
        else:
            commit = Table(folder).commit
            await streaming.receive(client, what, commit, keys=keys, journal=journal, stopped=asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
