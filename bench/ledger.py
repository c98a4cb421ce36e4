"""The consortium ledger: entries from submission to final, beside bare JetStream publishing in the same run.

    uv run python bench/ledger.py [--quick] [--servers 3]

Four members, each a process of its own, every batch's signature checked, every block cosigned under both hashes (Ed25519
and SM2) and written through; NATS servers that write through before they acknowledge (``sync_interval: always``).
Throughput is batches of 1,000 entries of 256 bytes as fast as they go; finality is batches of 20 entries every 50 ms,
from the call that posts one to the moment a member says it is final. Bare are the same entries and the same batches only
published.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from nats.aio.client import Client
from nats.js.api import StorageType, StreamConfig

from yunshu.config.bootstrap import nats_server
from yunshu.config.bootstrap.machine import free_ports
from yunshu.lib import bus
from yunshu.lib.consortium import batches, machine
from yunshu.lib.consortium.ordering import Order
from yunshu.lib.consortium.setup import SUBMITTER, SUBMITTER_KEY, Plan, open_custody, set_up
from yunshu.lib.consortium.trees import root_of
from yunshu.lib.kernel import clock

MEMBERS, ORG, SLUG, ENTRY_BYTES = ("bureau", "police", "finance", "county"), "bench", "bench", 256
WINDOW, IN_FLIGHT = 1000, 4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--servers", type=int, default=3)
    options = parser.parse_args()
    count, seconds = (10_000, 6) if options.quick else (100_000, 15)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-") as folder, servers(Path(folder), options.servers) as url:
        plan = Plan(
            members=[(name, name) for name in MEMBERS],
            ledger="ledger.bench",
            slug=SLUG,
            org=ORG,
            nats_url=url,
            base_port=free_ports(len(MEMBERS)),
            replicas=options.servers,
        )
        set_up(Path(folder) / "ledger", plan, now=clock.now())
        with members(plan, Path(folder) / "ledger"):
            asyncio.run(measure(plan, Path(folder) / "ledger", count, seconds))


async def measure(plan: Plan, folder: Path, count: int, seconds: int) -> None:
    """Print the figures; entries are counted when a member says that they are final."""
    keys = open_custody(folder / SUBMITTER)
    print(f"NATS servers: {plan.replicas}, members: {len(plan.members)}, entries: {count} of {ENTRY_BYTES} bytes")
    async with bus.connection(plan.nats_url, "bench") as client, httpx.AsyncClient(timeout=60) as http:
        entry = os.urandom(ENTRY_BYTES)
        alone = await bare_rate(client, [entry] * count, plan.replicas, WINDOW)
        print(f"bare JetStream, one entry a message, written through, per second: {alone:,.0f}")
        order, peer = Order(client, SLUG, 1, replicas=plan.replicas), plan.url(MEMBERS[0])
        await order.create()
        await until_final(http, peer, 1)

        def batch(number: int, entries: int) -> bytes:
            made = batches.make(
                ledger=plan.ledger,
                org=ORG,
                number=number,
                entries=[os.urandom(ENTRY_BYTES) for _ in range(entries)],
                root=root_of,
                sign=lambda message: keys.sign(SUBMITTER_KEY, message),
            )
            return machine.BATCH_MESSAGE + made.message()

        made = [batch(n, 1000) for n in range(1, count // 1000 + 1)]
        bare = 1000 * await bare_rate(client, made, plan.replicas, IN_FLIGHT)
        print(f"bare JetStream, the same batches, written through, entries per second: {bare:,.0f}")
        final = await throughput(order, http, peer, made)
        print(f"final entries per second: {final:,.0f}")
        taken = await finality(order, http, peer, [batch(count // 1000 + n, 20) for n in range(1, 20 * seconds + 1)])
        p99 = statistics.quantiles(taken, n=100)[98]
        print(f"finality at 400 entries/s: p50 {statistics.median(taken):.3f} s, p99 {p99:.3f} s")
        print(f"ratio: {final / bare:.2f} of the same batches bare, {final / alone:.2f} of one entry a message bare")


async def bare_rate(client: Client, messages: list[bytes], replicas: int, in_flight: int) -> float:
    """Publish plain messages, some in flight; return how many a second are acknowledged."""
    js = client.jetstream(timeout=30)
    config = StreamConfig(name="BARE", subjects=["bare"], storage=StorageType.FILE, num_replicas=replicas)
    await js.add_stream(config)
    started = time.perf_counter()
    for at in range(0, len(messages), in_flight):
        await asyncio.gather(*(js.publish("bare", message) for message in messages[at : at + in_flight]))
    rate = len(messages) / (time.perf_counter() - started)
    await js.delete_stream("BARE")
    return rate


async def throughput(order: Order, http: httpx.AsyncClient, peer: str, messages: list[bytes]) -> float:
    """Post batches, some in flight, and wait until the last is final."""
    started, slots = time.perf_counter(), asyncio.Semaphore(IN_FLIGHT)

    async def post(number: int, message: bytes) -> None:
        async with slots:
            await order.post(message, f"t-{number}")

    await asyncio.gather(*(post(n, message) for n, message in enumerate(messages, 1)))
    await until_final(http, peer, await place(http, peer, len(messages)))
    return 1000 * len(messages) / (time.perf_counter() - started)


async def finality(order: Order, http: httpx.AsyncClient, peer: str, messages: list[bytes]) -> list[float]:
    """Post a batch every 50 ms; return how long each took to be final, in seconds."""
    posted: list[float] = []
    ends: list[tuple[float, int]] = []

    async def watch() -> None:
        while True:
            size = ends[-1][1] if ends else 0
            found = (await http.get(f"{peer}/final?after={size}")).json()["size"]
            ends.append((time.perf_counter(), found))

    watching = asyncio.create_task(watch())
    for at, message in enumerate(messages):
        posted.append(time.perf_counter())
        await order.post(message, f"f-{at}")
        await asyncio.sleep(max(0, 0.05 - (time.perf_counter() - posted[at])))
    places = [await place(http, peer, number_of(message)) for message in messages]
    while ends[-1][1] < places[-1]:
        await asyncio.sleep(0.05)
    watching.cancel()
    return [min(when for when, size in ends if size >= end) - at for at, end in zip(posted, places, strict=True)]


def number_of(message: bytes) -> int:
    """Return the number of a batch as it was posted."""
    return batches.read(message[len(machine.BATCH_MESSAGE) :]).header.number


async def place(http: httpx.AsyncClient, peer: str, number: int) -> int:
    """Return where batch ``number`` ends in the log, as soon as it stands there."""
    while True:
        answer = await http.get(f"{peer}/batches/{ORG}/{number}")
        if answer.status_code == 200:
            return int(answer.json()["first"]) + int(answer.json()["count"])
        await asyncio.sleep(0.01)


async def until_final(http: httpx.AsyncClient, peer: str, size: int) -> None:
    """Wait until the head that covers ``size`` leaves is final."""
    while (await http.get(f"{peer}/final?after={size - 1}")).json().get("size", 0) < size:
        pass


@contextmanager
def members(plan: Plan, folder: Path) -> Iterator[None]:
    """Run the members meanwhile."""
    command = [sys.executable, "-m", "yunshu.lib.consortium", "peer"]
    running = [
        subprocess.Popen([*command, str(folder / name)], env={**os.environ, "YUNSHU_LOG": "error"}) for name in MEMBERS
    ]
    try:
        for name in MEMBERS:
            wait_for(int(plan.url(name).rpartition(":")[2]))
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(20)


@contextmanager
def servers(folder: Path, count: int) -> Iterator[str]:
    """Run a cluster of NATS servers that write through, meanwhile; yield an address."""
    ports, routes = ([free_ports(1) for _ in range(count)] for _ in range(2))
    running = []
    for at, port in enumerate(ports):
        settings = {
            "server_name": f"bench-{at}",
            "host": "127.0.0.1",
            "port": port,
            "max_payload": 8 * 1024 * 1024,
            "jetstream": {"store_dir": str(folder / f"nats-{at}"), "sync_interval": "always"},
        }
        if count > 1:
            others = [f"nats://127.0.0.1:{route}" for route in routes]
            settings["cluster"] = {"name": "bench", "listen": f"127.0.0.1:{routes[at]}", "routes": others}
        conf = folder / f"nats-{at}.conf"
        conf.write_text(json.dumps(settings))
        running.append(subprocess.Popen([nats_server(), "-c", str(conf)], stderr=subprocess.DEVNULL))
    try:
        for port in ports:
            wait_for(port)
        time.sleep(3 if count > 1 else 0)  # until the servers have elected one that leads
        yield f"nats://127.0.0.1:{ports[0]}"  # it tells its clients of the others
    finally:
        for process in running:
            process.kill()
            process.wait()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nobody listens on {port}")


if __name__ == "__main__":
    main()
