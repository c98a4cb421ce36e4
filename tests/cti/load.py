"""Many calls at once through the whole desk: SIPp's citizens, our switch and floor, SIPp's telephones."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tests.cti.desk import Desk, desk
from tests.cti.phones import sipp

from yunshu.config.bootstrap import machine
from yunshu.lib.cti.events import CallEvent
from yunshu.lib.cti.floor import House

RING_MS, TALK_MS = 100, 1000
SPARE_AGENTS = 3
"""Agents for each that is needed on average: nobody waits in the queue, which is not what is measured."""


@dataclass
class Load:
    """``pops_s`` are from the ringing of the telephone to the screen pop in a listener's hands, ``whole_s`` from the caller's INVITE."""

    calls: int
    caller_exit: int
    kinds: dict[str, int]
    reasons: set[str]
    pops_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)
    cpu_share: float = 0.0
    megabytes: float = 0.0

    @property
    def lost(self) -> int:
        """Return how many calls were not answered and ended by their caller."""
        return self.calls - min(self.kinds.get("answered", 0), self.kinds.get("ended", 0)) + bool(self.caller_exit)

    def percentile(self, values: list[float], share: float) -> float:
        return sorted(values)[int(share * (len(values) - 1))]


async def measured(
    folder: Path, *, rate: int, calls: int, scenario: str = "caller", talk_ms: int = TALK_MS, record: bool = False
) -> Load:
    """Make so many calls, so many a second."""
    phones = machine.free_port()
    house = House(route=lambda _: "all", record=record)
    async with desk(folder, house) as made, sipp("agent", "-d", str(RING_MS), "-rtp_echo", port=phones, folder=folder):
        for n in range(max(2, SPARE_AGENTS * rate * (RING_MS + talk_ms) // 1000)):
            made.floor.sign_in(f"a{n}", f"sip:{8000 + n}@127.0.0.1:{phones}", [])
        process, began = psutil.Process(made.provider.pid), time.monotonic()
        before, pops = sum(process.cpu_times()[:2]), asyncio.create_task(_popped(made))
        arguments = [
            f"127.0.0.1:{made.provider.settings.port}",
            "-m",
            str(calls),
            "-r",
            str(rate),
            "-d",
            str(talk_ms),
            "-s",
            "12345",
        ]
        async with sipp(scenario, *arguments, port=machine.free_port(), folder=folder) as callers:
            code = await asyncio.wait_for(callers.wait(), calls / rate + talk_ms / 1000 + 60)
        cpu = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
        await made.until(lambda: made.kinds().count("ended") >= calls)
        pops.cancel()
        return _seen(made, calls, code, cpu, process.memory_info().rss / 1e6)


async def _popped(made: Desk) -> None:
    """Note when a listener has each screen pop."""
    made.arrived = {}
    with made.floor.listening() as events:
        async for event in events:
            if event.kind == "screen_pop":
                made.arrived[event.call] = time.time()


def _seen(made: Desk, calls: int, code: int, cpu: float, megabytes: float) -> Load:
    of: dict[str, dict[str, CallEvent]] = {}
    for event in made.heard:
        of.setdefault(event.kind, {})[event.call] = event
    reasons = {event.reason for event in of["ended"].values()}
    load = Load(
        calls, code, {kind: len(found) for kind, found in of.items()}, reasons, cpu_share=cpu, megabytes=megabytes
    )
    for call, arrived in made.arrived.items():
        load.pops_s.append(arrived - of["ringing"][call].at.timestamp())
        load.whole_s.append(arrived - of["offered"][call].at.timestamp())
    return load
