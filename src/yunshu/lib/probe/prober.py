"""``Prober``: looks at many targets on time, and says so when it cannot trust itself."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from yunshu.lib.availability import Sample
from yunshu.lib.probe import exposition
from yunshu.lib.probe.delivery import Delivery, Pending, Sink
from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.looking import observe, prepare
from yunshu.lib.probe.outcome import Observed, Outcome
from yunshu.lib.probe.schedule import Due, Schedule
from yunshu.lib.probe.spool import Spool
from yunshu.lib.probe.targets import Push, Target, host_of
from yunshu.lib.probe.trust import Trust

TICK_S = 0.25
IDLE_S = 0.5
REFERENCE_S = 5.0
LATENESS_KEPT = 20_000
PERCENTILE_99 = 0.99


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard the prober may work: looks at once in all and at one host, and how samples are batched."""

    at_once: int = 500
    per_host: int = 4
    batch: int = 1000
    batch_s: float = 2.0


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """When the prober may not trust itself: it ran late, or too few of its own reference targets answer.

    ``references`` are targets known to be well (the next router, an own server); ``need`` of them must answer, asked every
    5 s. A failure waits for the next such round before it is delivered.
    """

    max_lag_s: float = 1.0
    references: tuple[Target, ...] = ()
    need: int = 1


@dataclass(frozen=True, slots=True)
class Health:
    """How the prober does: what ``/metrics`` shows. ``lost`` are samples that the spool had no room for."""

    targets: int
    done: int
    failed: int
    skipped: int
    untrusted: int
    in_flight: int
    spooled: int
    lost: int
    lag_s: float
    lateness_p50_s: float
    lateness_p99_s: float
    trusted: bool


class Turns:
    """Lets so many looks be at one host at a time; a host nobody is at is forgotten."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._hosts: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at a host; none is needed for the empty one."""
        if not host:
            yield
            return
        turn, users = self._hosts.setdefault(host, (asyncio.Semaphore(self._per_host), []))
        users.append(None)
        try:
            async with turn:
                yield
        finally:
            users.pop()
            if not users:
                self._hosts.pop(host, None)


class Prober:
    """Runs checks spread evenly over their intervals; one per event loop.

    ``vantage`` names this place in every sample. ``spool`` is a folder for samples that the sink could not take.
    """

    def __init__(
        self,
        *,
        vantage: str,
        sink: Sink,
        spool: Path,
        limits: Limits = Limits(),
        self_check: SelfCheck = SelfCheck(),
    ) -> None:
        self._vantage, self._limits, self._self_check = vantage, limits, self_check
        self._trust = Trust(self_check.max_lag_s, self_check.need, len(self_check.references))
        self._delivery = Delivery(sink, Spool(spool), self._trust, batch=limits.batch, batch_s=limits.batch_s)
        self._delivery.seen = self._note
        self._schedule = Schedule()
        self._slots = asyncio.Semaphore(limits.at_once)
        self._turns = Turns(limits.per_host)
        self._flying: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._lateness: deque[float] = deque(maxlen=LATENESS_KEPT)
        self._heard: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self._last: dict[str, Observed] = {}
        self._changed = asyncio.Event()
        self._boot = int(time.time())

    def watch(self, targets: Iterable[Target]) -> None:
        """Replace the set of targets; those that stay keep their place in time. May be called while running.

        Raises ValueError if two have one key.
        """
        wanted = tuple(targets)
        prepare(target.check for target in wanted)
        now = time.monotonic()
        self._schedule.replace(wanted, now)
        for target in wanted:
            self._since.setdefault(target.key, now)
        for known in (self._heard, self._last, self._since):
            for key in [k for k in known if self._schedule.get(k) is None]:
                del known[key]
        self._changed.set()

    def heard(self, key: str) -> bool:
        """Note a heartbeat of a ``Push`` target; False if there is no such target."""
        target = self._schedule.get(key)
        if target is None or not isinstance(target.check, Push):
            return False
        self._heard[key] = time.monotonic()
        return True

    async def run(self) -> None:
        """Look until cancelled; on the way out, what is in hand is delivered or spooled."""
        async with Kit() as kit:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._delivery.run())
                    group.create_task(self._watch_lag())
                    group.create_task(self._dispatch(kit))
                    if self._self_check.references:
                        group.create_task(self._ask_references(kit))
            finally:
                for task in self._flying:
                    task.cancel()
                await asyncio.gather(*self._flying, return_exceptions=True)
                await self._delivery.flush(all_of_it=True)
                self._delivery.spool.close()

    async def _dispatch(self, kit: Kit) -> None:
        while True:
            self._changed.clear()
            at = self._schedule.next_at()
            wait = IDLE_S if at is None else min(at - time.monotonic(), IDLE_S)
            if wait > 0:
                try:
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
                except TimeoutError:
                    pass
            while due := self._schedule.pop(time.monotonic()):
                task = asyncio.create_task(self._look(due, kit))
                self._flying.add(task)
                task.add_done_callback(self._flying.discard)

    async def _look(self, due: Due, kit: Kit) -> None:
        target = due.target
        if target.key in self._busy:
            self._schedule.skipped += 1
            return
        self._busy.add(target.key)
        try:
            async with self._turns.at(host_of(target.check)), self._slots:
                started, at = time.monotonic(), int(time.time())
                self._lateness.append(started - due.at)
                push = isinstance(target.check, Push)
                outcome = self._heartbeat(target, due.at) if push else await observe(target, kit)
        finally:
            self._busy.discard(target.key)
        if outcome is None:
            return
        observed = Observed(target.key, self._sample(outcome, at, started), outcome.values)
        self._delivery.put(Pending(observed, started, time.monotonic()))

    def _sample(self, outcome: Outcome, at: int, started: float) -> Sample:
        return Sample(
            at,
            self._vantage,
            outcome.ok,
            outcome.latency_ms,
            outcome.error,
            trusted=not outcome.error.startswith("internal"),
            mono_s=round(started, 3),
            boot=self._boot,
            degraded=outcome.degraded,
        )

    def _heartbeat(self, target: Target, at: float) -> Outcome | None:
        """Return whether a heartbeat came in time; None if it is too early to say that none came."""
        since = at - target.interval_s - target.timeout_s
        ok = self._heard.get(target.key, float("-inf")) > since
        if not ok and self._since.get(target.key, at) > since:
            return None
        return Outcome(ok=ok, error="" if ok else "silent")

    async def _watch_lag(self) -> None:
        while True:
            wake = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            self._trust.lagged(now, now - wake)

    async def _ask_references(self, kit: Kit) -> None:
        while True:
            started = time.monotonic()
            outcomes = await asyncio.gather(*(observe(one, kit) for one in self._self_check.references))
            self._trust.answered(started, sum(outcome.ok for outcome in outcomes))
            await asyncio.sleep(REFERENCE_S)

    def _note(self, observed: Observed) -> None:
        if self._schedule.get(observed.target):
            self._last[observed.target] = observed

    def health(self) -> Health:
        """Return the figures of this moment; lateness over the last 20,000 looks."""
        late = sorted(self._lateness) or [0.0]
        return Health(
            targets=len(self._schedule),
            done=self._delivery.done,
            failed=self._delivery.failed,
            skipped=self._schedule.skipped,
            untrusted=self._delivery.untrusted,
            in_flight=len(self._flying),
            spooled=self._delivery.spool.waiting,
            lost=self._delivery.spool.lost,
            lag_s=self._trust.lag_s,
            lateness_p50_s=late[len(late) // 2],
            lateness_p99_s=late[int(len(late) * PERCENTILE_99)],
            trusted=self._trust.now,
        )

    def metrics(self) -> str:
        """Return ``health`` and the last outcome of each target in Prometheus' text format.

        A tenth of a second for 10,000 targets: with so many call it in a thread, so that the loop does not lag.
        """
        return exposition.text(self._vantage, self.health(), tuple(self._last.values()))
