"""A delivery by the product's own nodes, from order to receipt, beside ``psql`` binary COPY of the same masked rows.

    uv run python bench/outposts.py [--quick] [--rows 5000000] [--repeat 3]

``direct``: one node reaches both databases. ``hub``: two nodes, end-to-end encrypted, chunk by chunk through JetStream.
Nodes and server are processes of their own; a time runs from the order to the last report, with planning, checks, primary
key, statistics and switch; psql, which runs just before, builds the key and the statistics, too. ``raw JetStream``: as many
bytes published and pulled in parts of the same size, in the same run, nothing sealed, digested, read or written.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tests.nodes.running import ALICE, BOB, Hub, opened, running
from tests.nodes.running import transfer as agreed
from tests.nodes.test_agent import HUB_KEY, HubDesk
from transfer import Stage

import nodes
from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import cards, orders
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.envelope import Suite
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import Verb
from yunshu.lib.outpost.__main__ import ASKED_FROM, HUB_CARD
from yunshu.lib.outpost.settings import FILE

PASS = "bench"
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "I", "required": True, "mask": {"mask": "keep"}},
    {"name": "name", "type": "C", "required": True, "mask": {"mask": "partial", "head": 1, "tail": 0, "fill": "*"}},
    {"name": "id_no", "type": "C", "required": True, "mask": {"mask": "hash"}},
    {"name": "phone", "type": "C", "mask": {"mask": "partial", "head": 3, "tail": 4, "fill": "*"}},
    {"name": "born", "type": "D", "mask": {"mask": "generalise_date", "unit": "month", "zone": "Asia/Shanghai"}},
    {"name": "amount", "type": "N", "mask": {"mask": "generalise_number", "width": "100"}},
    {"name": "area", "type": "I", "mask": {"mask": "keep"}},
    {"name": "note", "type": "M", "mask": {"mask": "keep"}},
    {"name": "made", "type": "T", "mask": {"mask": "date_shift", "max_days": 30, "subject": "id_no"}},
    {"name": "ok", "type": "L", "mask": {"mask": "keep"}},
]


@dataclass
class Node:
    """A node's process."""

    keys: NodeKeys
    folder: Path
    process: subprocess.Popen[bytes]
    peak: int = 0

    def look(self) -> None:
        """Note its memory, in bytes."""
        self.peak = max(self.peak, psutil.Process(self.process.pid).memory_info().rss)


def started(folder: Path, keys: NodeKeys, found: Hub, database: str) -> Node:
    """Start the node of ``keys`` with one database."""
    folder = folder / keys.card.org
    node_keys.create(folder / "keys", PASS.encode(), keys)
    (folder / FILE).write_text(f'hub = ["{found.urls[0]}"]\n{database}')
    helper = node_keys.generate("bureau", "hub", now=clock.now())
    hub_card = cards.NodeCard.of(helper.card.words | {"signing": HUB_KEY.public.raw.hex()})
    (folder / HUB_CARD).write_bytes(cards.signed(hub_card, HUB_KEY))
    for other in (ALICE, BOB):
        cards.CardBook(folder / "cards").pin(other.signed_card, other.card.fingerprint)
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "yunshu.lib.outpost", "run", str(folder)]
        process = subprocess.Popen(command, env=os.environ | {ASKED_FROM: PASS}, stdout=log, stderr=log)
    return Node(keys, folder, process)


async def order(desk: HubDesk, to: NodeKeys, name: str, words: dict[str, Any]) -> str:
    """Order a run; return the order's id."""
    given = orders.new_order(Verb.RUN, to.card, transfer=name, agreement="XY-1", spec=words, now=clock.now())
    await desk.order(orders.write_order(given, [HUB_KEY]), to)
    return given.id


async def until_done(desk: HubDesk, given: list[str], look: list[Node]) -> None:
    """Wait for the reports of these orders; stop at one that failed."""
    left = set(given)
    while left:
        await asyncio.sleep(0.02)
        for each in look:
            each.look()
        for report in desk.reports:
            if report.order in left and report.news in ("failed", "refused"):
                raise RuntimeError(f"a delivery failed: {report.details}")
            if report.news == "done":
                left.discard(report.order)


async def deliver(desk: HubDesk, found: Hub, name: str, kind: str, suite: Suite, look: list[Node]) -> float:
    """Make one delivery; return its seconds."""
    shared = {"database": "main", "mode": "swap", "fields": FIELDS, "rows": None, "suite": suite.value}
    source, target = {"table": "public.resident"}, {"table": "resident"}
    began = time.perf_counter()
    if kind == "direct":
        words = shared | source | {"role": "direct", "to": {"database": "other", **target}}
        await until_done(desk, [await order(desk, ALICE, name, words)], look)
        return time.perf_counter() - began
    async with opened(found, agreed(name, suite=suite)):
        began = time.perf_counter()
        peers = {"send": BOB.card.org, "receive": ALICE.card.org}
        given = []
        for role, keys, table in (("receive", BOB, target), ("send", ALICE, source)):
            words = shared | table | {"role": role, "peer": {"org": peers[role], "node": "n1"}}
            given.append(await order(desk, keys, name, words))
        await until_done(desk, given, look)
    return time.perf_counter() - began


async def measure(stage: Stage, folder: Path, repeat: int) -> None:
    """Run psql, and the path beside it, several times; print medians of times and of ratios."""
    times: dict[str, list[float]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    with running(folder / "nats", ALICE, BOB) as found, ExitStack() as stack:
        owner = f'[databases.main]\nurl = "{stage.source}"\nsend = ["public.*"]\n'
        owner += f'[databases.other]\nurl = "{stage.target}"\nreceive = "incoming"\n'
        consumer = f'[databases.main]\nurl = "{stage.target}"\nreceive = "incoming"\n'
        both = [started(folder, ALICE, found, owner), started(folder, BOB, found, consumer)]
        for each in both:
            stack.callback(each.process.kill)
        async with opened(found) as platform:
            desk = HubDesk(platform)
            await desk.listen(ALICE, BOB)
            paths = [("direct, SHA-256", "direct", Suite.AES), ("direct, SM3", "direct", Suite.SM4)]
            paths += [("hub, AES-256-GCM", "hub", Suite.AES), ("hub, SM4-GCM + SM3", "hub", Suite.SM4)]
            for number, (name, kind, suite) in enumerate(paths * repeat):
                stage.fresh(stage.masked)
                before = time.perf_counter()
                stage.psql(stage.masked, key=True)
                psql = time.perf_counter() - before
                stage.fresh(stage.masked)
                own = await deliver(desk, found, f"b{number}", kind, suite, both)
                times["psql binary COPY, key, statistics"].append(psql)
                times[name].append(own)
                ratios[name].append(psql / own)
            size = desk.reports[-1].details.get("size_bytes", 0)
    for name, seconds in times.items():
        median = statistics.median(seconds)
        beside = f"{statistics.median(ratios[name]):5.2f} of psql" if name in ratios else ""
        print(f"{name:36} {median:7.2f} s  {stage.rows / median:11,.0f} rows/s  {beside}")
    print(f"peak memory: {', '.join(f'{each.peak / 2**20:.0f} MB' for each in both)} (goal: at most 100 a process)")
    await raw(size, statistics.median(times["hub, AES-256-GCM"]), folder)


async def raw(size: int, seconds: float, folder: Path) -> None:
    """Print the raw JetStream rate for as many bytes, and what part of it the hub path reaches."""
    size -= size % nodes.MIB
    with running(folder / "raw", ALICE, BOB) as found:
        what = agreed("raw")
        bare, _peaks = await nodes.measure(found, what, (nodes.publish, nodes.pull), size, nodes.parts.PART_BYTES)
    rate, own = size / 2**20 / bare, size / 2**20 / seconds
    print(
        f"raw JetStream: {rate:,.0f} MiB/s for {size / 2**20:,.0f} MiB; hub path: {own:,.0f} MiB/s, {own / rate:.2f} of it"
    )


def main() -> None:
    """Start a server, fill it, measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--repeat", type=int)
    options = parser.parse_args()
    rows = options.rows or (200_000 if options.quick else 5_000_000)
    repeat = options.repeat or (1 if options.quick else 3)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            print(f"{rows:,} rows of 10 columns, medians of {repeat}")
            stage = Stage(server.superuser_url, rows)
            asyncio.run(measure(stage, Path(folder), repeat))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
