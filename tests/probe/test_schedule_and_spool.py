"""Even spreading, and a spool that a kill cannot corrupt."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.availability import Sample
from yunshu.lib.probe import Observed, Push, Target
from yunshu.lib.probe.schedule import Schedule
from yunshu.lib.probe.spool import Spool

WRITER = """
import sys
from pathlib import Path
from yunshu.lib.availability import Sample
from yunshu.lib.probe import Observed
from yunshu.lib.probe.spool import Spool
spool = Spool(Path(sys.argv[1]), file_bytes=2000)
for n in range(10**9):
    spool.put([Observed(f"t{n}", Sample(n, "v", True))])
    print(n, flush=True)
"""


def targets(count: int, interval_s: int = 30) -> list[Target]:
    return [Target(f"t{n}", Push(), interval_s) for n in range(count)]


def observed(*numbers: int) -> list[Observed]:
    return [
        Observed(f"t{n}", Sample(n, "v", n % 2 == 0, 1.5, "x", mono_s=n + 0.5, boot=7), {"load": None}) for n in numbers
    ]


def test_ten_thousand_targets_are_spread_evenly_over_thirty_seconds() -> None:
    schedule = Schedule()
    schedule.replace(targets(10_000), 0.0)
    dues = []
    while due := schedule.pop(29.999):
        dues.append(due.at)
    assert len(dues) == 10_000
    tenths = [sum(k / 10 <= at < (k + 1) / 10 for at in dues) for k in range(300)]
    assert max(tenths) - min(tenths) <= 4


@given(jumps=st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_no_look_comes_twice_or_before_it_is_due_and_what_is_missed_is_counted(jumps: list[float]) -> None:
    schedule, now, looks = Schedule(), 0.0, 0
    schedule.replace(targets(7, 10), 0.0)
    for jump in jumps:
        now += jump
        while due := schedule.pop(now):
            looks += 1
            assert now - 10 < due.at <= now
    assert looks + schedule.skipped == sum(
        len([k for k in range(400) if n * 0.618033988749895 % 1 * 10 + k * 10 <= now]) for n in range(1, 8)
    )


def test_targets_that_stay_keep_their_moment() -> None:
    schedule = Schedule()
    schedule.replace(targets(3), 0.0)
    before = {d.target.key: d.at for d in iter(lambda: schedule.pop(30.0), None)}
    schedule.replace(targets(2), 31.0)
    after = {d.target.key: d.at for d in iter(lambda: schedule.pop(60.0), None)}
    assert after == {key: before[key] + 30 for key in ("t0", "t1")}


def test_two_targets_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="t0"):
        Schedule().replace([*targets(1), *targets(1)], 0.0)


def test_batches_come_out_in_order_and_unchanged_across_restarts(tmp_path: Path) -> None:
    spool = Spool(tmp_path, file_bytes=300)
    batches = [tuple(observed(n, n + 1)) for n in range(0, 40, 2)]
    for batch in batches:
        spool.put(batch)
    seen = []
    for _ in batches:
        spool.close()
        spool = Spool(tmp_path, file_bytes=300)
        seen.append(spool.first())
        spool.strike()
    assert seen == batches
    assert (spool.first(), spool.waiting, list(tmp_path.glob("*.spool"))) == ((), 0, [])


def test_a_full_spool_counts_what_it_loses(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_bytes=100)
    for n in range(20):
        spool.put(observed(n))
    assert 0 < spool.waiting < 20
    assert spool.waiting + spool.lost == 20


@pytest.mark.chaos
@pytest.mark.parametrize("kills", range(5))
def test_a_kill_while_writing_loses_nothing_that_was_said_to_be_kept(tmp_path: Path, kills: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = [int(process.stdout.readline()) for _ in range(20 + 37 * kills)]
    os.kill(process.pid, signal.SIGKILL)
    said += [int(line) for line in process.stdout]
    process.wait()
    spool, found = Spool(tmp_path), []
    while batch := spool.first():
        found += [one.sample.at for one in batch]
        spool.strike()
    assert found == list(range(len(found)))
    assert len(found) >= len(said)
