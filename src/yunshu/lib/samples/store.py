"""``SampleStore``: append, flush, compact, seal, read. Start here."""

import fcntl
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO, TypeVar

import zstandard

from yunshu.lib.availability import Evidence, Policy, Sample, Span
from yunshu.lib.samples import block, chart, frames, rows, segment
from yunshu.lib.samples.chart import Chart
from yunshu.lib.samples.day import JOURNAL, PART, RAW, RUNS, DayFolder, day_of, start_of
from yunshu.lib.samples.rows import Row
from yunshu.lib.samples.segment import Sealed, SegmentDamaged

SHARDS = 16
TRIES = 5
_DAMAGE = (struct.error, zstandard.ZstdError, ValueError, KeyError, IndexError, TypeError)
Given = TypeVar("Given")
Read = TypeVar("Read")
CHART_POLICY = Policy(interval_s=60)


class StoreBusy(RuntimeError):
    """Another process writes to the store."""


class SampleStore:
    """A folder of samples. ``write=True`` takes the folder's lock; raises StoreBusy if another holds it.

    ``too_late`` counts samples refused because their day is sealed and its raw samples are dropped. The number of shards
    is the folder's from its first opening on.
    """

    def __init__(self, root: Path, *, write: bool = False, shards: int = SHARDS) -> None:
        self.root, self.too_late = root, 0
        self._lock: TextIO | None = None
        self._batch: dict[tuple[date, int], list[Row]] = {}
        self._journals: dict[tuple[date, int], frames.FrameFile] = {}
        if write:
            root.mkdir(parents=True, exist_ok=True)
            self._lock = (root / "lock").open("a+")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                self._lock.close()
                raise StoreBusy(f"another process writes to {root}") from error
        self._shards = self._agreed(shards)

    def _agreed(self, shards: int) -> int:
        known = self.root / "shards"
        if self._lock and not known.exists():
            fresh = known.with_suffix(".new")
            fresh.write_text(str(shards))
            fresh.replace(known)
        return int(known.read_text()) if known.exists() else shards

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Flush and let go of the lock."""
        if self._lock:
            self.flush()
            for journal in self._journals.values():
                journal.close()
            self._journals.clear()
            self._lock.close()
            self._lock = None

    def append(self, target: str, samples: Iterable[Sample]) -> None:
        """Take samples of any day, late ones too, into the batch; ``flush`` makes them durable.

        Equal samples are read and sealed once: a replay adds nothing. Raises StoreBusy without the lock.
        """
        self._writing()
        shard = self._shard(target)
        for sample in samples:
            self._batch.setdefault((day_of(sample.at), shard), []).append((target, sample))

    def flush(self) -> int:
        """Write the batch to the journals and sync them. Returns how many samples are durable by this.

        Raises OSError if the disk refuses; the rest of the batch is then kept for the next time.
        """
        self._writing()
        written = 0
        for key in list(self._batch):
            day, shard = key
            if self._folder(day).closed(shard):
                self.too_late += len(self._batch.pop(key))
                continue
            self._journal(day, shard).append(rows.encode(self._batch[key]))
            written += len(self._batch.pop(key))
        return written

    def _journal(self, day: date, shard: int) -> frames.FrameFile:
        if (day, shard) not in self._journals:
            folder = self._folder(day)
            if not folder.path.exists():
                folder.path.mkdir()
                frames.sync_folder(self.root)
            path = folder.path / f"{shard:03d}.{folder.next_number(shard)}.{JOURNAL}"
            self._journals[day, shard] = frames.FrameFile(path)
        return self._journals[day, shard]

    def compact(self, day: date) -> None:
        """Make a day's journals quick to read before it is sealed; once an hour is well. May be killed and repeated."""
        self._writing()
        for shard in self._released(day):
            self._folder(day).compact(shard)

    def unsealed_days(self, *, before: date) -> tuple[date, ...]:
        """Return the days before ``before`` that have a journal: not sealed yet, or with late samples since."""
        days = (day for day in self._days() if day < before)
        return tuple(
            day for day in days if any(next(self._folder(day).path.glob(f"*.{k}"), None) for k in (JOURNAL, PART))
        )

    def seal(self, day: date, policies: Mapping[str, Policy], default: Policy) -> tuple[Sealed, ...]:
        """Write a day's segments from its journals and the generation before; may be killed and repeated.

        ``policies`` says by target what outage, slowness and gap mean when samples are folded into runs. Returns the
        files in force.
        """
        self._writing()
        for shard in self._released(day):
            self._folder(day).seal(shard, policies, default)
        return self.sealed(day)

    def _released(self, day: date) -> range:
        """Flush, and close the day's journals, so that they can be read and deleted."""
        self.flush()
        for key in [k for k in self._journals if k[0] == day]:
            self._journals.pop(key).close()
        return range(self._shards)

    def sealed(self, day: date | None = None) -> tuple[Sealed, ...]:
        """Return the files in force (of a day, or all), their digests recomputed from what is on disk.

        Raises SegmentDamaged.
        """
        days = self._days() if day is None else [day]
        return tuple(one for d in days for shard in range(self._shards) for one in self._folder(d).sealed(shard))

    def drop_raw(self, *, before: date) -> int:
        """Delete raw segments of sealed days before ``before``. Returns the bytes freed. Runs and roll-ups stay."""
        self._writing()
        freed = 0
        for day in [d for d in self._days() if d < before]:
            folder = self._folder(day)
            for shard in range(self._shards):
                sealed = folder.newest(shard, RUNS) and not (folder.files(shard, JOURNAL) or folder.files(shard, PART))
                for path in folder.files(shard, RAW) if sealed else ():
                    freed += path.stat().st_size
                    path.unlink()
        return freed

    def targets(self, day: date) -> frozenset[str]:
        """Return the targets seen on a day, sealed or not."""
        folder, found = self._folder(day), set()
        for shard in range(self._shards):
            newest = [p for p in (folder.newest(shard, RUNS),) if p]
            for path in [*newest, *folder.files(shard, PART)]:
                found |= set(segment.names_of(path))
            found |= set(folder.all_rows(shard, [JOURNAL]))
        return frozenset(found)

    def samples(self, target: str, period: Span) -> Iterator[Sample]:
        """Yield the raw samples still held, in the order of time; none of days whose raw segment was dropped."""
        for day in _days_of(period):
            for sample in self._raw(target, day):
                if period.start <= sample.at < period.end:
                    yield sample

    def evidence(self, target: str, period: Span, policy: Policy) -> Evidence:
        """Return the runs of a period's days and 2.5 intervals around it, for ``availability.state_line``.

        Sealed days answer from their runs (folded by the policy in force when sealed), others from their samples.
        """
        around = 3 * policy.interval_s
        days = _days_of(Span(period.start - around, period.end + around))
        return block.joined((self._of_day(target, day, policy) for day in days), policy)

    def _of_day(self, target: str, day: date, policy: Policy) -> block.Seen:
        shard = self._shard(target)
        folder = self._folder(day)
        if not (folder.files(shard, JOURNAL) or folder.files(shard, PART)):
            found = self._block(target, day)
            return found[0].seen if found else block.Seen()
        return block.seen(self._raw(target, day), policy)

    def read(self, target: str, period: Span, *, points: int = 500, policy: Policy = CHART_POLICY) -> Chart:
        """Return about ``points`` points of a range: from samples, minutes or hours, whichever is fine enough.

        ``policy`` says what is slow where samples are read. Raises ValueError for an empty range or fewer than one
        point, SegmentDamaged if a file is not what was sealed.
        """
        zoom, step = chart.zoom_of(period, points)
        days = list(_days_of(period))
        if zoom == "samples" and any(self._folder(day).closed(self._shard(target)) for day in days):
            zoom, step = "minutes", block.MINUTE_S
        if zoom == "samples":
            made = chart.of_samples(self.samples(target, period), policy, period, step)
        else:
            figures = [row for day in days for row in self._figures(target, day, zoom, policy)]
            within = [row for row in figures if period.start // step * step <= row[0] < period.end]
            made = chart.of_figures(within, period, step)
        return Chart(target, period.start, period.end, step, zoom, made)

    def _figures(self, target: str, day: date, zoom: str, policy: Policy) -> list[tuple[int, block.Figures]]:
        shard, start = self._shard(target), start_of(day)
        folder = self._folder(day)
        if not (folder.files(shard, JOURNAL) or folder.files(shard, PART)):
            found = self._block(target, day)
            if found is None:
                return []
            data = found[0].hours if zoom == "hours" else _intact(block.minutes, found[1], day)
            unit = block.HOUR_S if zoom == "hours" else block.MINUTE_S
            return [(start + n * unit, figures) for n, figures in enumerate(data)]
        buckets: dict[int, block.Bucket] = {}
        unit = block.HOUR_S if zoom == "hours" else block.MINUTE_S
        for s in self._raw(target, day):
            buckets.setdefault(s.at // unit * unit, block.Bucket()).add(s, policy.reads(s))
        return [(at, bucket.figures()) for at, bucket in sorted(buckets.items())]

    def _block(self, target: str, day: date) -> tuple[block.Head, bytes] | None:
        def found(name: str) -> tuple[block.Head, bytes] | None:
            path = self._folder(day).newest(self._shard(name), RUNS)
            data = segment.block_of(path, name) if path else None
            return (block.head(data), data) if data else None

        return _intact(found, target, day)

    def _raw(self, target: str, day: date) -> list[Sample]:
        return _intact(lambda name: self._folder(day).samples(self._shard(name), name), target, day)

    def _days(self) -> list[date]:
        return sorted(date.fromisoformat(p.name) for p in self.root.glob("????-??-??"))

    def _folder(self, day: date) -> DayFolder:
        return DayFolder(self.root, day)

    def _shard(self, target: str) -> int:
        return segment.hashed(target) % self._shards

    def _writing(self) -> None:
        if self._lock is None:
            raise StoreBusy("the store is open for reading only")


def _days_of(period: Span) -> Iterator[date]:
    day, last = day_of(period.start), day_of(max(period.end - 1, period.start))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _intact(read: Callable[[Given], Read], given: Given, day: date) -> Read:
    """Read something of a day's files, again if the writer replaced one meanwhile. Raises SegmentDamaged."""
    for _ in range(TRIES):
        try:
            return _checked(read, given, day)
        except FileNotFoundError:
            continue
    return _checked(read, given, day)


def _checked(read: Callable[[Given], Read], given: Given, day: date) -> Read:
    try:
        return read(given)
    except SegmentDamaged:
        raise
    except _DAMAGE as error:
        raise SegmentDamaged(f"a file of {day} is damaged: {error}") from error
