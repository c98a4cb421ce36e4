"""Kill -9 of members, of the NATS server, and of everything at once, cut links, full disks, under load: no fork, nothing
lost, nothing twice.

``YUNSHU_CHAOS_FAULTS`` sets how many faults (20 by default); ``YUNSHU_CHAOS_SEED`` repeats a run.
"""

import asyncio
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.consortium.harm import fill_disk, free_disk
from tests.consortium.test_process import COMMAND, NAMES, Consortium, consortium, until

from yunshu.lib import bus
from yunshu.lib.consortium import batches, machine
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.ordering import IRREGULAR, Order
from yunshu.lib.consortium.setup import SUBMITTER, SUBMITTER_KEY, open_custody
from yunshu.lib.consortium.trees import root_of

__all__ = ["consortium"]
FAULTS = int(os.environ.get("YUNSHU_CHAOS_FAULTS", "20"))
ORG = "445200-dsj"


class Producer(threading.Thread):
    """Sends numbered batches and sends each again until a member has it final, as the submitter does."""

    def __init__(self, town: Consortium) -> None:
        super().__init__(daemon=True)
        self.town, self.ended, self.last, self.finals = town, threading.Event(), 0, set[tuple[int, str, str]]()
        self.keys = open_custody(town.folder / SUBMITTER)
        self.made: dict[int, bytes] = {}

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        waiting: dict[int, float] = {}
        async with bus.connection(self.town.nats.url, "producer") as client, httpx.AsyncClient(timeout=1) as http:
            order = Order(client, "city", 1)
            while waiting or not self.ended.is_set():
                if not self.ended.is_set() and len(waiting) < 50:
                    self.last += 1
                    waiting[self.last] = 0.0
                try:
                    for number in [n for n, sent in waiting.items() if time.monotonic() - sent > 2]:
                        await asyncio.wait_for(order.post(self._message(number), f"b-{number}"), 3)
                        waiting[number] = time.monotonic()
                except IRREGULAR:
                    await asyncio.sleep(0.1)
                for number in await self._final(http, list(waiting)):
                    del waiting[number]
                await asyncio.sleep(0.02)

    async def _final(self, http: httpx.AsyncClient, numbers: list[int]) -> list[int]:
        """Return which batches are final at some member; keep each final head that was ever told."""
        name = random.choice(NAMES)
        try:
            final = (await http.get(f"{self.town.url(name)}/final")).json()
            if not final:
                return []
            self.finals.add((final["size"], final["sha256"], final["sm3"]))
            found = []
            for number in numbers[:20]:
                answer = await http.get(f"{self.town.url(name)}/batches/{ORG}/{number}")
                if answer.status_code == 200 and answer.json()["first"] + answer.json()["count"] <= final["size"]:
                    found.append(number)
            return found
        except (httpx.HTTPError, ValueError):
            return []

    def _message(self, number: int) -> bytes:
        if number not in self.made:
            batch = batches.make(
                ledger="ledger.yunshu.local",
                org=ORG,
                number=number,
                entries=[b"%d-%d" % (number, at) for at in range(5)],
                root=root_of,
                sign=lambda message: self.keys.sign(SUBMITTER_KEY, message),
            )
            self.made[number] = machine.BATCH_MESSAGE + batch.message()
        return self.made[number]


Harm = Callable[[Consortium, str], object]
KINDS = {
    "member": (6, 1),
    "two": (2, 2),
    "nats": (3, 0),
    "all": (1, len(NAMES)),
    "freeze": (2, 1),
    "cut off": (3, 1),
    "two cut off": (1, 2),
    "full disk": (3, 1),
}
"""Kind of fault: how often, how many members."""


def _restart_dead(town: Consortium, name: str) -> None:
    """Make room again; a member that ended for want of it is started by its supervisor."""
    if town.running[name].poll() is None:
        free_disk(town.running[name].pid)
    else:
        town.start(name)


HARMS: dict[str, tuple[Harm, Harm]] = {
    "freeze": (
        lambda town, name: town.running[name].send_signal(signal.SIGSTOP),
        lambda town, name: town.running[name].send_signal(signal.SIGCONT),
    ),
    "cut off": (lambda town, name: town.link(name).cut(), lambda town, name: town.link(name).mend()),
    "two cut off": (lambda town, name: town.link(name).cut(), lambda town, name: town.link(name).mend()),
    "full disk": (lambda town, name: fill_disk(town.running[name].pid), _restart_dead),
}


def strike(town: Consortium, chance: random.Random) -> str:
    """Do one harm and let what was killed come back."""
    what = chance.choices(list(KINDS), [weight for weight, _victims in KINDS.values()])[0]
    names = chance.sample(NAMES, KINDS[what][1])
    if what in HARMS:
        harm, undo = HARMS[what]
        for name in names:
            harm(town, name)
        time.sleep(chance.uniform(0.5, 3))
        for name in names:
            undo(town, name)
        return f"{what} {' '.join(names)}"
    for name in names:
        town.end(name, signal.SIGKILL)
    if what in {"nats", "all"}:
        assert town.nats.process is not None
        town.nats.process.kill()
        town.nats.process.wait()
    time.sleep(chance.uniform(0, 1))
    if what in {"nats", "all"}:
        town.nats.launch()
        town.nats.wait()
    town.start(*names)
    return f"{what} {' '.join(names)}"


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_no_fault_forks_loses_or_doubles_anything(consortium: Consortium) -> None:
    seed = os.environ.get("YUNSHU_CHAOS_SEED") or str(time.time_ns())
    print(f"YUNSHU_CHAOS_SEED={seed}")
    chance = random.Random(seed)
    consortium.start(*NAMES)
    until(lambda: all(consortium.status(name) for name in NAMES))
    producer = Producer(consortium)
    producer.start()
    for n in range(FAULTS):
        print(n, strike(consortium, chance), "batch", producer.last)
        time.sleep(chance.uniform(0.2, 1.5))
    producer.ended.set()
    producer.join(120)
    assert not producer.is_alive(), "not everything became final again"
    until(lambda: len({str(consortium.status(name).get("final")) for name in NAMES}) == 1, 60)

    assert [consortium.status(name)["halted"] for name in NAMES] == [""] * 5
    kinds = {alarm["kind"] for name in NAMES for alarm in consortium.get(name, "/alarms").json()}
    assert kinds <= {"stalled", "silent"}
    for name in NAMES:
        assert consortium.end(name) == 0
    _check_copies(consortium, producer)


def _check_copies(town: Consortium, producer: Producer) -> None:
    expected = [b"entry\n%d-%d" % (number, at) for number in range(1, producer.last + 1) for at in range(5)]
    for name in NAMES:
        audited: Any = subprocess.run([*COMMAND, "audit", str(town.folder / name)], capture_output=True, text=True)
        assert audited.returncode == 0, audited.stderr
        disk = Disk(town.folder / name / "data" / "log.sqlite")
        final = disk.last_final()
        assert final is not None
        assert [leaf for leaf in disk.leaves(0, final[1].size) if leaf.startswith(b"entry\n")] == expected
        for size, sha256, sm3 in producer.finals:
            block = disk.block_at(size)
            assert block is not None
            assert (block.head.sha256, block.head.sm3) == (sha256, sm3)
        disk.close()
