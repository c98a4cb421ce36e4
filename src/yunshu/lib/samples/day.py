"""One day's folder: journals by shard, parts (journals made quick to read), and the sealed segments.

``SHARD.N.journal`` -> ``SHARD.N.part`` (``compact``) -> ``SHARD.raw.G`` and ``SHARD.runs.G`` (``seal``, generation G). A file is deleted only after
the one made from it is durable: what a kill leaves twice is dropped by the next reader or sealer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from yunshu.lib.availability import Policy, Sample
from yunshu.lib.samples import block, frames, rows, segment
from yunshu.lib.samples.rows import Row
from yunshu.lib.samples.segment import Sealed

RUNS, RAW, PART, JOURNAL = "runs", "raw", "part", "journal"


def start_of(day: date) -> int:
    """Return the first second of a UTC day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def day_of(second: int) -> date:
    """Return the UTC day of a second."""
    return date(1970, 1, 1) + timedelta(days=second // block.DAY_S)


def kept_once(samples: Iterable[Sample]) -> list[Sample]:
    """Return samples in the order of time, equal ones once."""
    return sorted(
        set(samples), key=lambda s: (s.at, s.vantage, s.boot, s.mono_s or 0.0, s.ok, s.error, s.latency_ms or 0.0)
    )


@dataclass(frozen=True, slots=True)
class DayFolder:
    """The folder of one day; it need not exist."""

    root: Path
    day: date

    @property
    def path(self) -> Path:
        """Return the folder."""
        return self.root / self.day.isoformat()

    def files(self, shard: int, kind: str) -> list[Path]:
        """Return a shard's journals or parts in order, or its segments, the newest generation last."""
        pattern = f"{shard:03d}.{kind}.*" if kind in (RUNS, RAW) else f"{shard:03d}.*.{kind}"
        found = [p for p in self.path.glob(pattern) if p.suffix not in (".new", ".replaces")]
        return sorted(found, key=lambda p: int(p.name.split(".")[2 if kind in (RUNS, RAW) else 1]))

    def next_number(self, shard: int) -> int:
        """Return the number of a shard's next journal."""
        taken = [int(p.name.split(".")[1]) for kind in (PART, JOURNAL) for p in self.files(shard, kind)]
        return max(taken, default=0) + 1

    def newest(self, shard: int, kind: str) -> Path | None:
        """Return the segment in force."""
        files = self.files(shard, kind)
        return files[-1] if files else None

    def closed(self, shard: int) -> bool:
        """Say whether late samples come too late: the raw ones they would be sealed with are gone."""
        return self.newest(shard, RUNS) is not None and self.newest(shard, RAW) is None

    def samples(self, shard: int, target: str) -> list[Sample]:
        """Return a target's raw samples, in the order of time."""
        found: list[Sample] = []
        for path in [*self.files(shard, RAW)[-1:], *self.files(shard, PART)]:
            if (data := segment.block_of(path, target)) is not None:
                found += (sample for _, sample in rows.decode(frames.unpacked(data)))
        for path in self.files(shard, JOURNAL):
            for _, payload in frames.read(path):
                found += (sample for _, sample in rows.decode(payload, target))
        return kept_once(found)

    def all_rows(self, shard: int, kinds: Iterable[str]) -> dict[str, list[Sample]]:
        """Return all raw samples of a shard by target, from these kinds of files."""
        held: dict[str, list[Sample]] = {}
        for kind in kinds:
            for path in self.files(shard, kind)[-1:] if kind == RAW else self.files(shard, kind):
                for target, sample in _rows(path, kind):
                    held.setdefault(target, []).append(sample)
        return {target: kept_once(held[target]) for target in sorted(held)}

    def compact(self, shard: int) -> None:
        """Make one part of a shard's journals, if there are any."""
        journals = self.files(shard, JOURNAL)
        if not journals:
            return
        held = self.all_rows(shard, [JOURNAL])
        number = journals[-1].name.split(".")[1]
        segment.write(self.path / f"{shard:03d}.{number}.{PART}", _raw_blocks(held), samples=_count(held))
        self._delete(journals)

    def seal(self, shard: int, policies: Mapping[str, Policy], default: Policy) -> None:
        """Write the segments of a shard from all that is held of it."""
        used = [p for kind in (JOURNAL, PART) for p in self.files(shard, kind)]
        if not used:
            return
        held = self.all_rows(shard, [RAW, PART, JOURNAL])
        blocks = ((t, self._block(taken, policies.get(t, default))) for t, taken in held.items())
        old = [p for kind in (RAW, RUNS) for p in self.files(shard, kind)]
        for kind, made in ((RAW, _raw_blocks(held)), (RUNS, blocks)):
            before = self.newest(shard, kind)
            generation = int(before.name.split(".")[2]) + 1 if before else 1
            path = self.path / f"{shard:03d}.{kind}.{generation}"
            if before:
                path.with_name(path.name + ".replaces").write_text(segment.digests(before)[1].hex())
            segment.write(path, made, samples=_count(held))
        self._delete([*used, *old])

    def _block(self, taken: list[Sample], policy: Policy) -> bytes:
        return block.built(taken, policy, start_of(self.day))

    def _delete(self, paths: Iterable[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        frames.sync_folder(self.path)

    def sealed(self, shard: int) -> Iterator[Sealed]:
        """Yield the segments in force, their digests computed from the disk."""
        for kind in (RUNS, RAW):
            path = self.newest(shard, kind)
            if path is None:
                continue
            note = path.with_name(path.name + ".replaces")
            yield Sealed(
                self.day,
                kind,
                shard,
                int(path.name.split(".")[2]),
                path,
                path.stat().st_size,
                len(segment.names_of(path)),
                segment.samples_of(path),
                *segment.digests(path),
                bytes.fromhex(note.read_text()) if note.exists() else None,
            )


def _rows(path: Path, kind: str) -> Iterator[Row]:
    if kind == JOURNAL:
        for _, payload in frames.read(path):
            yield from rows.decode(payload)
        return
    for target in segment.names_of(path):
        if data := segment.block_of(path, target):
            yield from rows.decode(frames.unpacked(data))


def _raw_blocks(held: Mapping[str, list[Sample]]) -> Iterator[tuple[str, bytes]]:
    for target, taken in held.items():
        yield target, frames.packed(rows.encode([(target, sample) for sample in taken]))


def _count(held: Mapping[str, list[Sample]]) -> int:
    return sum(len(taken) for taken in held.values())
