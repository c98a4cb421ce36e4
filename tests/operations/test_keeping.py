"""What was seen is kept, sealed by day, and its digests are put on the ledger once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from tests.operations.watch_world import NOW

from yunshu.domains.ledger.models import Record
from yunshu.domains.operations.models import SampleSeal
from yunshu.domains.operations.services import seals
from yunshu.domains.operations.watching.keeping import Keeper
from yunshu.lib.availability import Policy, Sample, State
from yunshu.lib.probe import Observed
from yunshu.lib.samples import StoreBusy

DAY = date(2026, 3, 1)
START = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
POLICY = Policy(interval_s=30)


def looks(start: int, count: int, *, ok: bool = True) -> list[Observed]:
    return [Observed("JC-1", Sample(start + 30 * n, "center", ok, 12.5)) for n in range(count)]


def test_a_day_is_sealed_once_it_is_over_and_its_digests_are_recorded_once(db: None, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    asyncio.run(keeper.deliver(looks(START, 100)))

    assert keeper.seal(DAY, {"JC-1": POLICY}) == []
    assert keeper.seal(DAY + timedelta(days=1), {"JC-1": POLICY}) == [DAY]
    recorded = [seals.record(keeper.sealed(DAY), NOW) for _ in range(2)]

    assert recorded == [2, 0]
    record = Record.objects.get(kind="operations.samples")
    assert record.subject == "samples-2026-03-01"
    assert {f["sha256"] for f in record.payload["files"]} == set(SampleSeal.objects.values_list("sha256", flat=True))
    assert {(s.kind, s.shard, s.generation) for s in SampleSeal.objects.all()} == keeper.sealed_names(DAY)


def test_late_samples_make_a_new_generation_that_names_the_old_one(db: None, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    asyncio.run(keeper.deliver(looks(START, 100)))
    keeper.seal(DAY + timedelta(days=1), {"JC-1": POLICY})
    seals.record(keeper.sealed(DAY), NOW)
    first = SampleSeal.objects.get(kind="runs").sha256

    asyncio.run(keeper.deliver(looks(START + 4000, 10)))
    keeper.seal(DAY + timedelta(days=1), {"JC-1": POLICY})
    seals.record(keeper.sealed(DAY), NOW)

    assert SampleSeal.objects.get(kind="runs", generation=2).replaces == first


def test_a_second_process_may_not_write_the_same_store(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    with pytest.raises(StoreBusy):
        Keeper(tmp_path)
    keeper.close()


def test_the_beginning_of_a_long_outage_is_found_in_the_store(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    asyncio.run(keeper.deliver(looks(START, 10) + looks(START + 300, 200, ok=False)))
    assert keeper.began("JC-1", POLICY, State.DOWN, START + 300 + 199 * 30) == START + 285


def test_a_day_on_disk_is_compared_with_what_was_recorded(db: None, settings: Any, tmp_path: Path) -> None:
    settings.SAMPLES_FOLDER = tmp_path
    keeper = Keeper(tmp_path / "store")
    asyncio.run(keeper.deliver(looks(START, 100)))
    keeper.seal(DAY + timedelta(days=1), {"JC-1": POLICY})
    seals.record(keeper.sealed(DAY), NOW)
    call_command("operations_verify", day=DAY)

    keeper.drop_raw(DAY + timedelta(days=10), 1)
    call_command("operations_verify", day=DAY)

    (runs,) = (tmp_path / "store" / DAY.isoformat()).glob("*.runs.*")
    runs.write_bytes(runs.read_bytes()[:-1] + b"?")
    with pytest.raises(CommandError, match="1 个文件不符"):
        call_command("operations_verify", day=DAY)
    runs.unlink()
    with pytest.raises(CommandError, match="1 个文件不符"):
        call_command("operations_verify", day=DAY)
