"""A desk for tests: our SIP switch, a floor with one queue, and what its listeners heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from yunshu.config.bootstrap import machine
from yunshu.lib.cti.acd import Acd, Rules
from yunshu.lib.cti.events import CallEvent
from yunshu.lib.cti.floor import Floor, House
from yunshu.lib.cti.indicators import CallRecord
from yunshu.lib.cti.queues import Queue
from yunshu.lib.cti.sip import SipProvider, SipSettings


@dataclass
class Desk:
    """``heard`` is every event so far, ``kept`` the records of finished calls."""

    provider: SipProvider
    floor: Floor
    heard: list[CallEvent] = field(default_factory=list)
    kept: list[CallRecord] = field(default_factory=list)
    arrived: dict[str, float] = field(default_factory=dict)

    async def keep(self, record: CallRecord) -> None:
        self.kept.append(record)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.heard]

    async def until(self, seen: Callable[[], bool], within_s: float = 20) -> None:
        """Wait for something to be so."""
        async with asyncio.timeout(within_s):
            while not seen():
                await asyncio.sleep(0.02)

    async def hears(self, kind: str, count: int = 1, within_s: float = 20) -> CallEvent:
        """Wait for the count-th event of a kind."""
        await self.until(lambda: self.kinds().count(kind) >= count, within_s)
        return [event for event in self.heard if event.kind == kind][count - 1]


@asynccontextmanager
async def desk(folder: Path, house: House | None = None, *, ring_s: float = 15.0) -> AsyncIterator[Desk]:
    """Run it."""
    settings = SipSettings(port=machine.free_port(), recordings=str(folder), prompts=str(folder), trunk="127.0.0.1:9")
    house = house or House(route=lambda _: "all")
    async with SipProvider(settings) as provider:
        acd = Acd([Queue(code="all", skills=frozenset(), ring_s=ring_s, announce_s=0.3)], Rules(wrap_up_s=0))
        made = Desk(provider, Floor(provider, acd, house))
        made.floor._house = replace(house, journal=made)
        running = [asyncio.create_task(made.floor.run()), asyncio.create_task(_gather(made))]
        try:
            yield made
        finally:
            for task in running:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _gather(made: Desk) -> None:
    with made.floor.listening() as events:
        async for event in events:
            made.heard.append(event)
