"""``Delivery``: from looks to the sink in batches; what the sink cannot take goes to the spool and out again later."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from yunshu.lib.probe.outcome import Observed
from yunshu.lib.probe.spool import Spool
from yunshu.lib.probe.trust import Trust

log = structlog.get_logger()
DELIVER_S = 30.0
HOLD_S = 60.0


class Sink(Protocol):
    """Where samples go. Raise to say that it is away: the batch is then spooled and delivered later, in order.

    A batch may come twice after a kill. One that can never be taken must be taken all the same: raising would hold up the rest.
    """

    async def deliver(self, batch: Sequence[Observed]) -> None: ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A look that is done, with the monotonic times it took."""

    observed: Observed
    started: float
    ended: float


class Delivery:
    """One queue. ``done``, ``failed`` and ``untrusted`` count what was delivered or spooled."""

    def __init__(self, sink: Sink, spool: Spool, trust: Trust, *, batch: int, batch_s: float) -> None:
        self._sink, self._trust, self._batch, self._batch_s = sink, trust, batch, batch_s
        self.spool = spool
        self._queue: deque[Pending] = deque()
        self._full = asyncio.Event()
        self.done = self.failed = self.untrusted = 0
        self.seen: Callable[[Observed], None] = lambda _: None

    def put(self, pending: Pending) -> None:
        """Take a look."""
        self._queue.append(pending)
        if len(self._queue) >= self._batch:
            self._full.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._batch_s):
                    await self._full.wait()
            except TimeoutError:
                pass
            self._full.clear()
            await self.flush()

    async def flush(self, *, all_of_it: bool = False) -> None:
        """Deliver what can be judged, then a batch of the spool."""
        ready = self._ready(all_of_it=all_of_it)
        away = False
        for at in range(0, len(ready), self._batch):
            part = ready[at : at + self._batch]
            if away or not await self._delivered(part):
                away = True
                await self._spool(part)
        while not (away or all_of_it) and self.spool.waiting and (waiting := self.spool.first()):
            away = not await self._delivered(waiting)
            if not away:
                self.spool.strike()
            if len(self._queue) >= self._batch:
                return

    async def _spool(self, batch: Sequence[Observed]) -> None:
        try:
            await asyncio.to_thread(self.spool.put, batch)
        except OSError as error:
            self.spool.lost += len(batch)
            log.error("probe.spool_refused", error=str(error), lost=len(batch))

    async def _delivered(self, batch: Sequence[Observed]) -> bool:
        try:
            async with asyncio.timeout(DELIVER_S):
                await self._sink.deliver(batch)
        except Exception as error:
            log.warning("probe.sink_away", error=f"{type(error).__name__}: {error}", samples=len(batch))
            return False
        return True

    def _ready(self, *, all_of_it: bool) -> list[Observed]:
        """Take from the queue what can be judged, with its trust; failures wait for the next round of references."""
        held: deque[Pending] = deque()
        ready: list[Observed] = []
        late = time.monotonic() - HOLD_S
        for one in self._queue:
            sample = one.observed.sample
            if not (all_of_it or one.ended < late or self._trust.settled(one.ended, ok=sample.ok)):
                held.append(one)
                continue
            trusted = sample.trusted and self._trust.of(one.started, one.ended, ok=sample.ok)
            self.done += 1
            self.failed += not sample.ok
            self.untrusted += not trusted
            judged = (
                one.observed
                if trusted == sample.trusted
                else replace(one.observed, sample=replace(sample, trusted=trusted))
            )
            self.seen(judged)
            ready.append(judged)
        self._queue = held
        return ready
