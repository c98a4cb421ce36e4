"""What goes in comes out: in any order, late, twice, sealed again, after kills."""

import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.availability.histories import history

from yunshu.lib.availability import Policy, Sample, Span, State, state_line
from yunshu.lib.crypto.digests import sha256, sm3
from yunshu.lib.samples import SampleStore, SegmentDamaged, StoreBusy
from yunshu.lib.samples.day import kept_once, start_of

DAY = date(2026, 1, 5)
START = start_of(DAY)
MINUTE = Policy(interval_s=60)
WRITER = """
import sys
from pathlib import Path
from yunshu.lib.availability import Policy, Sample
from yunshu.lib.samples import SampleStore
from yunshu.lib.samples.day import day_of
with SampleStore(Path(sys.argv[1]), write=True, shards=2) as store:
    held = list(store.targets(day_of(0)))
    for n in range(int(sys.argv[2]), 10**9):
        store.append(f"t{n % 7}", [Sample(n % 86400, "v", n % 5 > 0, 1.0, mono_s=float(n))])
        store.flush()
        print(n, flush=True)
        if n % 50 == 17:
            store.compact(day_of(0))
        if n % 100 == 63:
            store.seal(day_of(0), {}, Policy(interval_s=1))
"""


def sample(at: int, *, ok: bool = True, latency_ms: float | None = 10.0, vantage: str = "a") -> Sample:
    return Sample(START + at, vantage, ok, latency_ms if ok else None, "" if ok else "timeout")


def day_long(step: int = 60, *, day: int = 0) -> list[Sample]:
    return [sample(day * 86_400 + t, ok=t % 7200 >= 300, latency_ms=5 + t % 50) for t in range(0, 86_400, step)]


@given(seed=st.integers(0, 2**64))
@settings(max_examples=15)
def test_whatever_order_they_come_in_the_line_drawn_from_the_store_is_theirs(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance = Random(seed)
    case = history(chance, 4000)
    midnight = chance.choice([500, 2500])
    moved = [
        Sample(s.at - 1000 - midnight + START, *[getattr(s, k) for k in list(Sample.__slots__)[1:]])
        for s in case["samples"]
    ]
    root = tmp_path_factory.mktemp("store")
    rest = [*moved, *chance.sample(moved, len(moved) // 5)]
    while rest:
        with SampleStore(root, write=True, shards=2) as store:
            part, rest = rest[:90], rest[90:]
            store.append("t", part)
            store.append("other", part[:3])
            act = chance.choice(["flush", "compact", "seal", "close"])
            for day in (DAY - timedelta(1), DAY):
                _ = (
                    store.seal(day, {"t": case["policy"]}, MINUTE)
                    if act == "seal"
                    else store.compact(day)
                    if act == "compact"
                    else None
                )
    period = Span(START - midnight, START - midnight + 4000)
    reader = SampleStore(root)
    assert list(reader.samples("t", Span(START - 9000, START + 9000))) == kept_once(moved)
    drawn = state_line(reader.evidence("t", period, case["policy"]), policy=case["policy"], period=period)
    assert drawn == state_line(moved, policy=case["policy"], period=period)


def test_a_sealed_day_reads_the_same_at_every_zoom(tmp_path: Path) -> None:
    with SampleStore(tmp_path, write=True) as store:
        store.append("t", day_long(20))
        store.flush()
        period = Span(START, START + 86_400)
        before = [store.read("t", period, points=n) for n in (10, 1000, 5000)]
        store.seal(DAY, {}, MINUTE)
        after = [store.read("t", period, points=n) for n in (10, 1000, 5000)]
    assert before == after
    assert [c.zoom for c in after] == ["hours", "minutes", "samples"]
    for chart in after:
        assert sum(p.count for p in chart.points) == 4320
        assert sum(p.ok for p in chart.points) == sum(s.ok for s in day_long(20))
        assert max(p.max_ms or 0 for p in chart.points) == pytest.approx(45, rel=0.01)
        assert chart.points[0].state is State.DOWN


def test_late_samples_make_a_new_generation_that_names_the_old_one(tmp_path: Path) -> None:
    with SampleStore(tmp_path, write=True, shards=1) as store:
        store.append("t", day_long()[:700])
        first = {s.kind: s for s in store.seal(DAY, {}, MINUTE)}
        assert store.unsealed_days(before=DAY + timedelta(1)) == ()
        store.append("t", day_long())
        store.flush()
        assert store.unsealed_days(before=DAY + timedelta(1)) == (DAY,)
        second = {s.kind: s for s in store.seal(DAY, {}, MINUTE)}
        assert len(list(store.samples("t", Span(START, START + 86_400)))) == 1440
    for kind in ("runs", "raw"):
        assert (first[kind].generation, first[kind].replaces_sha256) == (1, None)
        assert (second[kind].generation, second[kind].replaces_sha256) == (2, first[kind].sha256)
        assert not first[kind].path.exists()
        content = second[kind].path.read_bytes()
        assert (second[kind].sm3, second[kind].sha256) == (sm3(content), sha256(content))
        assert (second[kind].targets, second[kind].samples, second[kind].size_bytes) == (1, 1440, len(content))


def test_without_raw_samples_the_line_and_the_charts_stay(tmp_path: Path) -> None:
    period = Span(START, START + 86_400)
    with SampleStore(tmp_path, write=True) as store:
        store.append("t", day_long())
        store.seal(DAY, {}, MINUTE)
        line = state_line(store.evidence("t", period, MINUTE), policy=MINUTE, period=period)
        assert store.drop_raw(before=DAY) == 0
        assert store.drop_raw(before=DAY + timedelta(1)) > 0
        assert state_line(store.evidence("t", period, MINUTE), policy=MINUTE, period=period) == line
        assert store.read("t", Span(START, START + 600), points=600).zoom == "minutes"
        store.append("t", [sample(5)])
        store.flush()
        assert (store.too_late, list(store.samples("t", period))) == (1, [])


def test_one_writes_at_a_time_and_readers_do_not_write(tmp_path: Path) -> None:
    with SampleStore(tmp_path, write=True), pytest.raises(StoreBusy):
        SampleStore(tmp_path, write=True)
    with pytest.raises(StoreBusy):
        SampleStore(tmp_path).append("t", [sample(0)])


def test_a_damaged_segment_is_said_to_be_so(tmp_path: Path) -> None:
    with SampleStore(tmp_path, write=True, shards=1) as store:
        store.append("t", day_long())
        [runs, raw] = store.seal(DAY, {}, MINUTE)
        for file, points in ((runs, 20), (raw, 86_400)):
            whole = file.path.read_bytes()
            file.path.write_bytes(whole[:30] + bytes(40) + whole[70:])
            with pytest.raises(SegmentDamaged, match="2026-01-05"):
                store.read("t", Span(START, START + 86_400), points=points)
            file.path.write_bytes(whole[:-7])
            with pytest.raises(SegmentDamaged, match="000"):
                store.read("t", Span(START, START + 86_400), points=points)
            file.path.write_bytes(whole)


@pytest.mark.parametrize("cut", [1, 5, 9, 40])
def test_a_torn_tail_loses_only_the_last_batch(tmp_path: Path, cut: int) -> None:
    with SampleStore(tmp_path, write=True, shards=1) as store:
        for n in range(10):
            store.append("t", [sample(n)])
            store.flush()
    [journal] = tmp_path.glob("*/*.journal")
    journal.write_bytes(journal.read_bytes()[:-cut])
    with SampleStore(tmp_path, write=True, shards=1) as store:
        store.append("t", [sample(100)])
        store.flush()
        assert [s.at - START for s in store.samples("t", Span(START, START + 999))] == [*range(9), 100]


def test_a_chart_of_nothing_is_empty_and_of_no_range_refused(tmp_path: Path) -> None:
    store = SampleStore(tmp_path)
    chart = store.read("t", Span(START, START + 3600), points=60)
    assert {p.state for p in chart.points} == {State.UNKNOWN}
    with pytest.raises(ValueError, match="range"):
        store.read("t", Span(START, START))


@pytest.mark.chaos
def test_twenty_kills_while_writing_compacting_and_sealing_lose_and_corrupt_nothing(tmp_path: Path) -> None:
    chance, said = Random(5), -1
    for _ in range(20):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(said + 1)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        for _ in range(chance.randrange(5, 120)):
            said = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        said = max([said, *(int(line) for line in process.stdout)])
        process.wait()
    store = SampleStore(tmp_path)
    found = sorted(s.at for n in range(7) for s in store.samples(f"t{n}", Span(0, 86_400)))
    assert found[: said + 1] == list(range(said + 1))
    assert len(found) <= said + 2
