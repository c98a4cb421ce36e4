"""The sink of the probers: samples into the store; days sealed, old raw samples dropped. Safe to kill at any line."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import structlog

from yunshu.lib.availability import Policy, Sample, Span, State, state_line
from yunshu.lib.probe import Observed
from yunshu.lib.samples import SampleStore, Sealed

log = structlog.get_logger()
DEFAULT = Policy(interval_s=30)
SEEK_S = 2 * 86_400


class Keeper:
    """The one writer of a store. Raises StoreBusy where another process writes it."""

    def __init__(self, folder: Path, seen: Callable[[str, Sample], None] = lambda _number, _sample: None) -> None:
        self._lock = threading.Lock()
        self._store = SampleStore(folder, write=True)
        self._seen = seen

    async def deliver(self, batch: Sequence[Observed]) -> None:
        """Make a batch durable (``lib.probe.Sink``). Raises OSError where the disk refuses: it is then spooled."""
        await asyncio.to_thread(self._keep, batch)
        for one in batch:
            self._seen(one.target, one.sample)

    def _keep(self, batch: Sequence[Observed]) -> None:
        with self._lock:
            for one in batch:
                self._store.append(one.target, [one.sample])
            self._store.flush()

    def close(self) -> None:
        """Flush and let go of the folder."""
        with self._lock:
            self._store.close()

    def compact(self, today: date) -> None:
        """Make today's journals quick to read."""
        with self._lock:
            self._store.compact(today)

    def seal(self, today: date, policies: Mapping[str, Policy]) -> list[date]:
        """Seal every day before ``today`` that has samples outside its segments; return which."""
        with self._lock:
            days = self._store.unsealed_days(before=today)
        for day in days:
            with self._lock:
                self._store.seal(day, policies, DEFAULT)
            log.info("operations.day_sealed", day=day.isoformat())
        return list(days)

    def sealed(self, day: date) -> tuple[Sealed, ...]:
        """Return the files in force of a day, digests computed from the disk."""
        return self._store.sealed(day)

    def sealed_names(self, day: date) -> set[tuple[str, int, int]]:
        """Return kind, shard and generation of the newest files of a day, by their names alone."""
        found: dict[tuple[str, int], int] = {}
        for kind in ("runs", "raw"):
            for path in (self._store.root / day.isoformat()).glob(f"*.{kind}.*"):
                shard, _, generation = path.name.split(".", 3)[:3]
                if generation.isdigit() and path.name.count(".") == 2:
                    found[kind, int(shard)] = max(found.get((kind, int(shard)), 0), int(generation))
        return {(kind, shard, generation) for (kind, shard), generation in found.items()}

    def drop_raw(self, today: date, keep_days: int) -> int:
        """Delete raw samples older than ``keep_days``; runs and roll-ups stay. Return the bytes freed."""
        with self._lock:
            return self._store.drop_raw(before=today - timedelta(days=keep_days))

    def days(self, today: date, back: int) -> list[date]:
        """Return the sealed days of the last ``back`` days."""
        found = (today - timedelta(days=n) for n in range(1, back + 1))
        return [day for day in found if (self._store.root / day.isoformat()).is_dir()]

    def recent(self, number: str, policy: Policy, now: int) -> list[Sample]:
        """Return the last samples of a target, to remember after a start."""
        kept = max(600, 10 * policy.interval_s)
        return list(self._store.samples(number, Span(now - kept, now + 1)))

    def began(self, number: str, policy: Policy, state: State, now: int) -> int:
        """Return when a state began that fills all that is remembered: at most two days back."""
        period = Span(now - SEEK_S, now + 1)
        line = state_line(self._store.evidence(number, period, policy), policy=policy, period=period)
        last = line.stretches[-1]
        return last.start if last.state is state else now
