"""Charts from the sample store, beside a bare read of the same bytes; what a target's year takes on the disk.

    uv run python bench/samples.py [--quick]

Fills a store as the prober would and seals it day by day: many targets for a month (runs and roll-ups only, raw dropped), and
100 targets for one full year with every raw sample kept. A few targets' contents are made and sealed, then laid under all names. Then reads charts of many ranges and zooms. --quick takes fewer targets and
days. What was not filled is extrapolated, and called so.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import _root  # noqa: F401 - puts the repository on the path

from yunshu.lib.availability import Policy, Sample, Span, measure, state_line
from yunshu.lib.samples import SampleStore, segment
from yunshu.lib.samples.day import RAW, RUNS, DayFolder, start_of

INTERVAL_S, DAY_S = 30, 86_400
FIRST = date(2026, 1, 1)
POLICY = Policy(interval_s=INTERVAL_S)
GOAL_MS = 300
TRIALS = 15


@dataclass(frozen=True)
class Size:
    """How much is filled: a day's content is made for ``distinct`` targets and repeated under the names of all."""

    wide: int
    wide_days: int
    distinct: int
    deep: int
    deep_days: int
    deep_distinct: int


FULL = Size(10_000, 30, 20, 100, 365, 3)
QUICK = Size(200, 3, 5, 4, 8, 1)


def main() -> None:
    """Fill, read and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep the stores here (they take gigabytes)")
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="yunshu-samples-") as scratch:
        root = options.folder or Path(scratch)
        worst = [wide(root / "wide", size), deep(root / "deep", size)]
    ratio = max(r for _, r in worst)
    print(f"slowest chart: {max(ms for ms, _ in worst):.0f} ms (goal < {GOAL_MS} ms)")
    print(f"ratio: at most {ratio:.1f} x a bare read of the same bytes")


def day_of_samples(chance: Random, day: date) -> list[Sample]:
    """Return a day of a target at 30 s: noise, a busy afternoon, a flap now and then, an outage on one day in ten."""
    start, base = start_of(day), chance.choice([0.4, 2.0, 12.0, 35.0])
    out = range(chance.randrange(2880), 2880) if chance.random() < 0.05 else range(0)
    samples = []
    for n in range(2880):
        ok = n not in out[:120] and chance.random() > 0.0004
        busy = 1.4 if 1000 < n < 1900 else 1.0
        samples.append(
            Sample(
                start + n * INTERVAL_S,
                "room1",
                ok,
                base * busy * chance.lognormvariate(0, 0.15) if ok else None,
                "" if ok else "timeout",
            )
        )
    return samples


def wide(root: Path, size: Size) -> tuple[float, float]:
    """Fill many targets for some days; print the storage; return the slowest chart and the greatest ratio."""
    names = [f"target-{n:05d}" for n in range(size.wide)]
    kinds = fill(root, names, size.wide_days, size.distinct, keep_raw=False)
    mb = kinds[RUNS] / size.wide / size.wide_days * 365 / 1e6
    print(f"a target-year: runs and roll-ups {mb:.2f} MB; 10,000 targets (extrapolated) {mb * 10:.1f} GB a year")
    return charts(root, names, size.wide_days, (1 / 24, 1, 7, 20, 30))


def deep(root: Path, size: Size) -> tuple[float, float]:
    """Fill a few targets for a year, raw samples kept; return the slowest chart and the greatest ratio."""
    names = [f"target-{n:05d}" for n in range(size.deep)]
    kinds = fill(root, names, size.deep_days, size.deep_distinct, keep_raw=True)
    count = size.deep * size.deep_days
    mb = {kind: total / count * 365 / 1e6 for kind, total in kinds.items()}
    each = kinds[RAW] / count / 2880
    print(f"a target-year: runs and roll-ups {mb[RUNS]:.2f} MB, raw {mb[RAW]:.2f} MB ({each:.1f} bytes a sample)")
    year(root, size)
    return charts(root, names, size.deep_days, (1 / 24, 1, 7, 20, 30, 365))


def fill(root: Path, names: list[str], days: int, distinct: int, *, keep_raw: bool) -> dict[str, int]:
    """Append and seal ``distinct`` contents a day, give them to all names; print the pace; return the bytes by kind."""
    bytes_of, sealing = {RUNS: 0, RAW: 0}, 0.0
    for n in range(days):
        day = FIRST + timedelta(n)
        contents = [day_of_samples(Random(n * 1000 + k), day) for k in range(distinct)]
        started = time.perf_counter()
        with SampleStore(root, write=True) as store:
            for k, samples in enumerate(contents):
                store.append(f"distinct-{k:05d}", samples)
            store.seal(day, {}, POLICY)
            if not keep_raw:
                store.drop_raw(before=day + timedelta(1))
        sealing += time.perf_counter() - started
        for kind in (RUNS, RAW) if keep_raw else (RUNS,):
            bytes_of[kind] += spread(DayFolder(root, day), kind, names)
    print(f"{len(names):,} targets x {days} days, {distinct} distinct contents a day under all names")
    each = sealing / (days * distinct * 2880)
    print(
        f"append, flush and seal: {each * 1e6:.0f} us a sample; 10,000 targets (extrapolated) {each * 28.8e6 / 864:.1f} % of a core"
    )
    return bytes_of


def spread(folder: DayFolder, kind: str, names: list[str]) -> int:
    """Write a day's segments anew with the distinct blocks under all names; return their bytes."""
    contents = []
    for shard in range(16):
        if path := folder.newest(shard, kind):
            contents += [data for name in segment.names_of(path) if (data := segment.block_of(path, name))]
            path.unlink()
    shards: dict[int, list[tuple[str, bytes]]] = {}
    for n, name in enumerate(names):
        shards.setdefault(segment.hashed(name) % 16, []).append((name, contents[n % len(contents)]))
    for shard, blocks in shards.items():
        segment.write(folder.path / f"{shard:03d}.{kind}.1", blocks, samples=len(blocks) * 2880)
    return sum(p.stat().st_size for shard in range(16) for p in folder.files(shard, kind))


def year(root: Path, size: Size) -> None:
    """Time the availability of the whole period from the runs."""
    period = Span(start_of(FIRST), start_of(FIRST) + size.deep_days * DAY_S)
    started = time.perf_counter()
    found = measure(
        state_line(SampleStore(root).evidence("target-00000", period, POLICY), policy=POLICY, period=period)
    )
    print(
        f"availability over {size.deep_days} days from runs: {(time.perf_counter() - started) * 1000:.0f} ms, {found.down_s:,} s down"
    )


def charts(root: Path, names: list[str], days: int, ranges: tuple[float, ...]) -> tuple[float, float]:
    """Read charts of random targets at each range that fits; return the slowest median and the greatest ratio to the bare read."""
    chance, store, worst, most = Random(7), SampleStore(root), 0.0, 0.0
    for length in [r for r in ranges if r <= days]:
        took, bare = [], []
        zooms: set[str] = set()
        for _ in range(TRIALS):
            target = chance.choice(names)
            start = start_of(FIRST) + int(chance.random() * (days - length) * DAY_S)
            period = Span(start, start + int(length * DAY_S))
            bare.append(timed(lambda t=target, p=period: bare_read(store, t, p)))
            took.append(timed(lambda t=target, p=period, z=zooms: z.add(store.read(t, p).zoom)))
        ms, ratio = sorted(took)[TRIALS // 2] * 1000, sorted(took)[TRIALS // 2] / sorted(bare)[TRIALS // 2]
        print(
            f"  chart of {length:g} days ({', '.join(sorted(zooms))}): median {ms:.1f} ms, worst {max(took) * 1000:.1f} ms, {ratio:.1f} x the bare read"
        )
        worst, most = max(worst, max(took) * 1000), max(most, ratio)
    return worst, most


def bare_read(store: SampleStore, target: str, period: Span) -> int:
    """Read a target's blocks of the period from their files, and nothing else."""
    return sum(len(data) for data in blocks(store, target, period))


def blocks(store: SampleStore, target: str, period: Span) -> Iterator[bytes]:
    shards = int((store.root / "shards").read_text())
    shard = segment.hashed(target) % shards
    kind = RAW if (period.end - period.start) < 500 * 60 else RUNS
    for n in range((period.end - 1) // DAY_S - period.start // DAY_S + 1):
        path = DayFolder(store.root, date(1970, 1, 1) + timedelta(period.start // DAY_S + n)).newest(shard, kind)
        path = path or DayFolder(store.root, date(1970, 1, 1) + timedelta(period.start // DAY_S + n)).newest(
            shard, RUNS
        )
        if path and (data := segment.block_of(path, target)):
            yield data


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    os.nice(5)
    main()
