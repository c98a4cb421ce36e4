"""A real hub server with accounts, and nodes that connect to it."""

import signal
import subprocess
import sysconfig
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client

from yunshu.config.bootstrap import machine
from yunshu.lib import bus
from yunshu.lib.nodes import accounts, connecting, hub
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.streaming import Transfer

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SERVER = Path(sysconfig.get_path("scripts")) / "nats-server"
MIB = 1 << 20


@cache
def keys_of(org: str, node: str = "n1", version: int = 1, *, with_sm2: bool = False) -> NodeKeys:
    return node_keys.generate(org, node, now=NOW, version=version, with_sm2=with_sm2)


ALICE, BOB, MALLORY = keys_of("gongan"), keys_of("renshe"), keys_of("chengguan")


@dataclass
class Hub:
    """One nats-server with the configuration that ``lib.nodes`` writes."""

    folder: Path
    nodes: list[NodeKeys]
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    port: int = field(default_factory=machine.free_port)
    extra: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> list[str]:
        return [f"nats://127.0.0.1:{self.port}"]

    @property
    def file(self) -> Path:
        return self.folder / "hub.json"

    def write(self) -> None:
        server = accounts.Server(
            name="hub", port=self.port, store=self.folder / "store", hub_user=node_keys.user_of(self.key)
        )
        accounts.write(self.file, accounts.hub_config(server, [each.card for each in self.nodes]) | self.extra)

    def start(self) -> None:
        self.write()
        self.process = serve(self.file, self.port)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def reload(self) -> None:
        assert self.process is not None
        self.write()
        accounts.reload(self.process.pid)

    @asynccontextmanager
    async def platform(self) -> AsyncGenerator[Client, None]:
        async with connecting.connection(self.urls, node_keys.seed_of(self.key), "hub") as client:
            yield client


def serve(file: Path, port: int) -> subprocess.Popen[bytes]:
    with (file.parent / f"{file.stem}.log").open("ab") as log:
        process = machine.spawn([str(SERVER), "-c", str(file)], log=log)
    deadline = time.monotonic() + 20
    while not bus.reachable(f"nats://127.0.0.1:{port}"):
        assert process.poll() is None, (file.parent / f"{file.stem}.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


@contextmanager
def running(folder: Path, *nodes: NodeKeys, **extra: Any) -> Iterator[Hub]:
    found = Hub(folder, list(nodes), extra=extra)
    found.start()
    try:
        yield found
    finally:
        assert found.process is not None
        machine.end(found.process, signal.SIGTERM, 10)


def transfer(name: str = "t1", sender: NodeKeys = ALICE, receiver: NodeKeys = BOB, **more: Any) -> Transfer:
    return Transfer(id=name, agreement="JX-2026-1", sender=sender.card, receiver=receiver.card, **more)


class Chunks:
    """A source of ``count`` chunks, each recognisable; ``asked`` says from where it was read."""

    def __init__(self, count: int, size: int = 100_000, *, changed: bytes = b"") -> None:
        self.count, self.size, self.changed = count, size, changed
        self.asked: list[int] = []

    def chunk(self, number: int) -> bytes:
        text = b"%d secret-of-the-citizen %s" % (number, self.changed)
        return (text * (self.size // len(text) + 1))[: self.size]

    async def chunks(self, first: int) -> AsyncGenerator[bytes, None]:
        self.asked.append(first)
        for number in range(first, self.count):
            yield self.chunk(number)

    def tally(self) -> dict[str, Any]:
        return {"rows": self.count}


@asynccontextmanager
async def opened(found: Hub, *transfers: Transfer, most_bytes: int = hub.MOST_BYTES) -> AsyncGenerator[Client, None]:
    async with found.platform() as platform:
        await hub.provision(platform)
        for each in transfers:
            await hub.open_transfer(platform, each, most_bytes=most_bytes)
        yield platform
