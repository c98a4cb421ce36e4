"""A whole instance under a mixed load while parts of it are killed and frozen, lines cut and its disk filled: what is lost, what is doubled?

    uv run python bench/chaos.py [--quick] [--minutes 2] [--seed N] [--data FOLDER]        (--quick: 25 seconds)

An embedded instance with its sample departments is started in a folder of its own (a tmpfs of 3 GB where we are root, so that it
can be filled). Demands come from a program with a key, payments of a performance table and transfers from people who are signed in, a
web server is watched. Whatever the instance acknowledged is on the driver's own disk before the next step. One fault follows the other;
after each the time is taken until a new demand is accepted, its fact handled and its ledger record final. In the end everything
acknowledged is counted in database, stream, ledger members and the consumer's database. Exit code 1 if anything is lost or doubled.
The same seed draws the same faults. The clock is left alone.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import _audit
import _faults
from _faults import Chaos
from _load import Load
from _seed import seeded
from psycopg.conninfo import make_conninfo

from yunshu.config import env
from yunshu.config.bootstrap import machine
from yunshu.config.supervisor.state import MARK
from yunshu.config.world.doors import Diary
from yunshu.config.world.scratch import Scratch

QUICK_SEED = 11
QUICK_SECONDS, DISK_MIB, START_SECONDS = 25.0, 3072, 900
PROXIED = Path(__file__).with_name("_proxied.py")


def main() -> None:
    """Start, load, harm, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, help="default: 11 with --quick, else drawn and printed")
    parser.add_argument("--data", type=Path, help="a data folder that stays (not filled), for looking at what is left")
    options = parser.parse_args()
    seed = options.seed or (QUICK_SEED if options.quick else random.randrange(10**6))
    seconds = QUICK_SECONDS if options.quick else options.minutes * 60
    with tempfile.TemporaryDirectory(prefix="yunshu-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data = options.data or folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        with _faults.small_disk(data, DISK_MIB) if not options.data else _nothing() as small:
            # what a program may ask in a minute is not what is measured
            given = {
                "YUNSHU_SAMPLES": "1",
                "YUNSHU_PORT": "18600",
                "YUNSHU_LOG": "warning",
                "YUNSHU_API_PER_MINUTE": "0",
            }
            instance = Scratch(data, given)
            try:
                if not options.data:
                    seeded(data).stop()
                start(instance, folder)
                good = run(instance, folder, seconds, seed, small=small)
            finally:
                instance.down()
                instance.kill()
    sys.exit(0 if good else 1)


@contextmanager
def _nothing() -> Iterator[bool]:
    yield False


def start(instance: Scratch, folder: Path) -> None:
    """Start the instance with lines that can be cut, and wait until it is ready."""
    began = time.monotonic()
    environment = instance.environment() | {MARK: str(instance.data), "BENCH_CUTS": str(folder)}
    with (folder / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(PROXIED)],
            env=environment,
            cwd=env.ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    state = instance.data / "instance.json"
    while not (state.exists() and json.loads(state.read_text())["state"] == "ready"):
        if process.poll() is not None or time.monotonic() - began > START_SECONDS:
            raise RuntimeError((folder / "supervisor.log").read_text()[-2000:])
        time.sleep(0.2)
    print(f"started in {time.monotonic() - began:.0f} s: {len(instance.parts())} parts at {instance.url}", flush=True)


def run(instance: Scratch, folder: Path, seconds: float, seed: int, *, small: bool) -> bool:
    """Load and harm for so long, then count; say whether nothing was lost or doubled."""
    password = machine.Secrets(instance.data).get("postgres")
    port = int((instance.data / "postgres" / "postmaster.pid").read_text().splitlines()[3])
    direct = make_conninfo(host="127.0.0.1", port=port, user="postgres", password=password)
    load = Load(instance, Diary(folder / "diary"), direct, seed)
    load.prepare()
    time.sleep(6)
    chaos = Chaos(load, folder, instance.data if small else None, random.Random(seed))
    print(
        f"seed {seed}; faults: {', '.join(chaos.kinds())}{'' if small else ' (disk full is not possible here: no root)'}"
    )
    load.start()
    felt = harm(chaos, load, seconds)
    load.stop()
    waiting = _audit.quiet(load)
    load.system.stop()
    found = _audit.count(load)
    return tell(load, found, felt, waiting)


def harm(chaos: Chaos, load: Load, seconds: float) -> dict[str, list[float | None]]:
    """Strike again and again; return how long each fault was felt after it ended, by kind."""
    felt: dict[str, list[float | None]] = {}
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        time.sleep(chaos.chance.uniform(0.5, 1.5))
        fault = chaos.draw(number)
        fault.strike()
        took = _faults.recovery(load, f"c{load.seed}-canary-{number}")
        shown = f"{took:.1f} s" if took is not None else "NOT IN TIME"
        print(f"  {fault.name}: whole again after {shown}", flush=True)
        felt.setdefault(" ".join(fault.name.split()[: 3 if fault.name.startswith("kill") else 2]), []).append(took)
        number += 1
    return felt


def tell(load: Load, found: _audit.Sum, felt: dict[str, list[float | None]], waiting: dict[str, int]) -> bool:
    """Print the result; say whether it is good."""
    outcomes = Counter((note.kind, note.outcome) for note in load.diary.notes)
    for kind in ("ticket", "payment", "transfer"):
        print(f"{kind}: {outcomes[kind, 'done']} done, {outcomes[kind, 'failed']} failed visibly")
    print(f"probe: {len(load.system.looks)} looks at the watched system")
    for what, number in found.counted.items():
        print(f"  counted: {what} {number}")
    times = [took for each in felt.values() for took in each if took is not None]
    missed = sum(took is None for each in felt.values() for took in each)
    for kind, each in sorted(felt.items()):
        known = [took for took in each if took is not None]
        print(
            f"  {kind}: {len(each)}, recovery p50 {statistics.median(known):.1f} s, max {max(known):.1f} s"
            if known
            else f"  {kind}: none in time"
        )
    for name, marks in (("lost", found.lost), ("doubled", found.doubled)):
        for mark in marks[:20]:
            print(f"  {name}: {mark}")
    if waiting:
        print(f"still waiting after {_audit.QUIET_SECONDS} s: {waiting}")
    done = sum(number for (_kind, outcome), number in outcomes.items() if outcome == "done")
    failed = sum(outcomes.values()) - done
    print(
        f"faults {len(times) + missed}, operations done {done}, failed visibly {failed}, lost {len(found.lost)}, doubled"
        f" {len(found.doubled)}, time to recover p50 {statistics.median(times or [0]):.1f} s, max {max(times or [0]):.1f} s"
        f"{f', {missed} not in time' if missed else ''}; load {os.getloadavg()[0]:.1f}; seed {load.seed}"
    )
    return not found.lost and not found.doubled and not missed and not waiting


if __name__ == "__main__":
    main()
