"""What runs: the prober, and beside it the loops that read targets, hear heartbeats, judge, seal and report."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import structlog
from django.db import Error as DatabaseError
from psycopg_pool import PoolTimeout

from yunshu.domains.operations.selectors.watching import Watched
from yunshu.domains.operations.services.vantages import INBOX
from yunshu.domains.operations.watching import desk
from yunshu.domains.operations.watching.judging import Judge, Judgement
from yunshu.domains.operations.watching.keeping import Keeper
from yunshu.lib.availability import Need, State
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Observed, Prober, SelfCheck
from yunshu.lib.probe import Target as Reference
from yunshu.lib.probe.batches import waiting
from yunshu.lib.samples import SegmentDamaged

log = structlog.get_logger()
AWAY = (DatabaseError, PoolTimeout)
PLAN, LATEST, METRICS = "plan.json", "latest.json", "metrics.prom"
SEALED_AFTER = timedelta(minutes=10)
CHECKED_DAYS = 14
BATCHES = 20


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where this process works and how often its loops turn (seconds)."""

    folder: Path
    vantage: str
    raw_days: int
    parts: Mapping[str, str] = field(default_factory=dict)
    references: Sequence[Reference] = ()
    reload_s: float = 3.0
    judge_s: float = 2.0
    report_s: float = 5.0
    keep_s: float = 60.0

    @property
    def store(self) -> Path:
        """Return the folder of the samples."""
        return self.folder / "store"

    @property
    def inbox(self) -> Path:
        """Return where the batches of far vantages wait."""
        return self.folder / INBOX


class Watch:
    """One vantage that also keeps the store."""

    def __init__(self, place: Place) -> None:
        self.place = place
        place.folder.mkdir(parents=True, exist_ok=True)
        self.judge = Judge()
        self.keeper = Keeper(place.store, self.judge.see)
        self.prober = Prober(
            vantage=place.vantage,
            sink=self,
            spool=place.folder / "spool" / place.vantage,
            self_check=SelfCheck(references=tuple(place.references)),
        )
        self.targets: dict[str, Watched] = {}
        self.needs: dict[str, Need] = {}
        self.known: dict[str, tuple[str, int, str]] | None = None
        self.latest: dict[str, Observed] = {}
        self._revision: tuple[int, int] | None = None
        self._heard = clock.now() - timedelta(minutes=5)
        self._compacted = time.monotonic()

    async def deliver(self, batch: Sequence[Observed]) -> None:
        """Take a batch into the store, and remember the last look at each target."""
        await self.keeper.deliver(batch)
        for one in batch:
            before = self.latest.get(one.target)
            if before is None or before.sample.at <= one.sample.at:
                self.latest[one.target] = one

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until ``stopped``; what is in hand is delivered or spooled on the way out."""
        await self._from_disk()
        loops = (
            (self.reload, self.place.reload_s),
            (self.hear, 1.0),
            (self.take_in, 1.0),
            (self.judge_now, self.place.judge_s),
            (self.report, self.place.report_s),
            (self.keep, self.place.keep_s),
        )
        tasks = [asyncio.create_task(self.prober.run())]
        tasks += [asyncio.create_task(_again(work, pause)) for work, pause in loops]
        waiting = asyncio.create_task(stopped.wait())
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, return_exceptions=True)
        self.keeper.close()
        for task in done - {waiting}:
            task.result()

    async def _from_disk(self) -> None:
        """Begin with the plan of last time, so that looking does not wait for the database; remember the last samples."""
        with suppress(OSError, ValueError, TypeError):
            plain = json.loads((self.place.folder / PLAN).read_text())
            await self._take([Watched(**one) for one in plain], {})

    async def reload(self) -> None:
        """Read the targets again if one has changed."""
        if self._revision is None and self.place.parts:
            await asyncio.to_thread(desk.keep_parts, self.place.parts)
        revision = await asyncio.to_thread(desk.revision)
        if revision == self._revision:
            return
        targets, needs = await asyncio.to_thread(desk.plan)
        await self._take(targets, needs)
        plain = json.dumps([asdict(one) for one in targets], ensure_ascii=False)
        await asyncio.to_thread(_write, self.place.folder / PLAN, plain)
        self._revision = revision
        log.info("operations.plan_read", targets=len(targets))

    async def _take(self, targets: list[Watched], needs: dict[str, Need]) -> None:
        fresh = [t for t in targets if t.number not in self.targets]
        for target in fresh:
            with suppress(SegmentDamaged):
                for sample in await asyncio.to_thread(self.keeper.recent, target.number, target.policy, _second()):
                    self.judge.see(target.number, sample)
        self.targets, self.needs = {t.number: t for t in targets}, needs
        self.judge.forget(self.targets)
        for number in [n for n in self.latest if n not in self.targets]:
            del self.latest[number]
        self.prober.watch(found for t in targets if (found := t.to_probe()))

    async def hear(self) -> None:
        """Tell the prober which targets reported by themselves."""
        for number, at in await asyncio.to_thread(desk.heard_after, self._heard):
            self.prober.heard(number)
            self._heard = max(self._heard, at)

    async def take_in(self) -> None:
        """Take the batches of far vantages into the store; a file goes only when its samples are durable."""
        for path, batch in await asyncio.to_thread(lambda: list(islice(waiting(self.place.inbox), BATCHES))):
            await self.deliver(batch)
            await asyncio.to_thread(path.unlink)

    async def judge_now(self) -> None:
        """Say what is known of every target, store and tell what changed."""
        now = _second()
        if self.known is None:
            self.known = await asyncio.to_thread(desk.conditions)
        numbers = list(self.targets)
        windows = await asyncio.to_thread(desk.excused, numbers, now - 7 * 86_400, now + 1) if numbers else {}
        found = await asyncio.to_thread(self.judge.judge, list(self.targets.values()), self.needs, windows, now)
        changed = [one for one in found if self._differs(one)]
        changed = [await asyncio.to_thread(self._dated, one, now) for one in changed]
        if changed:
            await asyncio.to_thread(desk.record, changed)
            self.known |= {one.number: (one.state.value, one.since, one.cause) for one in changed}

    def _differs(self, one: Judgement) -> bool:
        before = (self.known or {}).get(one.number)
        if before is None and one.state is State.UNKNOWN:
            return False  # nothing was ever known: no news
        return before is None or (before[0], before[2]) != (one.state.value, one.cause)

    def _dated(self, one: Judgement, now: int) -> Judgement:
        """Look further back for the beginning of a state that fills all that is remembered."""
        target = self.targets[one.number]
        if not one.whole or one.state not in (State.DOWN, State.UP, State.DEGRADED, State.UNKNOWN):
            return one
        with suppress(SegmentDamaged):
            began = self.keeper.began(one.number, target.policy, one.state, now)
            return Judgement(one.number, one.state, began, one.error, one.cause)
        return one

    async def report(self) -> None:
        """Leave on disk what pages and ``/metrics`` show, and say in the database that this vantage is at work."""
        text = await asyncio.to_thread(self.prober.metrics)
        await asyncio.to_thread(_write, self.place.folder / METRICS, text)
        plain = json.dumps({number: _words(one) for number, one in self.latest.items()}, ensure_ascii=False)
        await asyncio.to_thread(_write, self.place.folder / LATEST, plain)
        await asyncio.to_thread(desk.reported, self.place.vantage, self.prober.health())

    async def keep(self) -> None:
        """Compact once an hour; seal past days, put their digests on the ledger, drop old raw samples."""
        today = datetime.fromtimestamp(_second(), UTC)
        if time.monotonic() - self._compacted > 3600:
            await asyncio.to_thread(self.keeper.compact, today.date())
            self._compacted = time.monotonic()
        settled = (today - SEALED_AFTER).date()
        policies = {t.number: t.policy for t in self.targets.values()}
        await asyncio.to_thread(self.keeper.seal, settled, policies)
        for day in await asyncio.to_thread(self.keeper.days, settled, CHECKED_DAYS):
            await asyncio.to_thread(self._prove, day)
        await asyncio.to_thread(self.keeper.drop_raw, settled, self.place.raw_days)

    def _prove(self, day: date) -> None:
        on_ledger = desk.seals_of(day)
        if any(key not in on_ledger for key in self.keeper.sealed_names(day)):
            count = desk.record_seals(self.keeper.sealed(day))
            log.info("operations.day_proven", day=day.isoformat(), files=count)


async def _again(work: Callable[[], Awaitable[Any]], pause: float) -> None:
    """Do some work for ever; a database or disk that is away is waited for, what it would have been told comes later."""
    away = False
    while True:
        try:
            await work()
            away = False
        except (*AWAY, OSError) as error:
            if not away:
                log.warning("operations.away", work=getattr(work, "__name__", ""), error=str(error).strip()[:200])
            away = True
        await asyncio.sleep(pause)


def _words(one: Observed) -> dict[str, Any]:
    sample = one.sample
    return {
        "at": sample.at,
        "ok": sample.ok,
        "degraded": sample.degraded,
        "trusted": sample.trusted,
        "latency_ms": sample.latency_ms,
        "error": sample.error,
        "values": dict(one.values),
    }


def _second() -> int:
    return int(time.time())


def _write(path: Path, text: str) -> None:
    """Replace a file as a whole; for us only, it may name addresses."""
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
