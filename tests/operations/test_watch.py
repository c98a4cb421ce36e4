"""The probers' process at work: real looks at a real server, a real database, a real store."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections
from tests.conftest import Database
from tests.operations.watch_world import target

from yunshu.domains.operations import checks
from yunshu.domains.operations.models import Status, StatusChange, Target, Vantage
from yunshu.domains.operations.watching.process import Place, Watch
from yunshu.lib.availability import Span
from yunshu.lib.probe import Tcp
from yunshu.lib.samples import SampleStore

pytestmark = pytest.mark.slow
WAIT_S = 40.0


@contextlib.asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[int]:
    """A server that accepts connections."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port, reuse_address=True)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await asyncio.to_thread(_asked, holds):
            await asyncio.sleep(0.2)


def _asked(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    finally:
        connections.close_all()


@contextlib.asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Watch]:
    """The process in this loop, with short turns."""
    watch, stopped = (
        Watch(Place(folder=folder, vantage="center", raw_days=90, reload_s=0.3, judge_s=0.3)),
        asyncio.Event(),
    )
    running = asyncio.create_task(watch.run(stopped))
    try:
        yield watch
    finally:
        stopped.set()
        await running


def condition(one: Target) -> str:
    return Status.objects.filter(target=one).values_list("condition", flat=True).first() or ""


def looked_at(one: Target, port: int) -> Target:
    one.check_form, one.interval_s, one.timeout_s = checks.stored(Tcp("127.0.0.1", port)), 5, 1
    one.save()
    return one


def test_a_server_that_goes_away_and_comes_back_is_seen_doing_so(committed_db: Database, tmp_path: Path) -> None:
    async def whole() -> Target:
        async with at_work(tmp_path):
            async with listening() as port:
                one = await asyncio.to_thread(lambda: looked_at(target(), port))  # the plan is read again on change
                await until(lambda: condition(one) == "up")
            await until(lambda: condition(one) == "down")
            async with listening(port):
                await until(lambda: condition(one) == "up")
        return one

    one = asyncio.run(whole())

    assert [c.condition for c in one.changes.order_by("pk")] == ["up", "down", "up"]
    assert Vantage.objects.get(name="center").seen_at
    assert (tmp_path / "latest.json").exists()
    assert "yunshu_probe_success" in (tmp_path / "metrics.prom").read_text()


def test_samples_are_kept_while_the_database_is_away_and_conditions_come_after(
    committed_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away for the process when its address leads nowhere."""
    settings = connections["default"].settings_dict

    async def whole() -> Target:
        async with listening() as port:
            one = await asyncio.to_thread(lambda: looked_at(target(), port))
            async with at_work(tmp_path):
                await until(lambda: condition(one) == "up")
        right = settings["PORT"]
        connections["default"].close_pool()
        settings["PORT"] = 1
        monkeypatch.setitem(settings["OPTIONS"]["pool"], "timeout", 0.5)
        async with at_work(tmp_path) as watch:
            await until(lambda: (seen := watch.latest.get(one.number)) is not None and not seen.sample.ok)
            connections["default"].close_pool()
            settings["PORT"] = right
            await until(lambda: condition(one) == "down")
        return one

    one = asyncio.run(whole())

    assert StatusChange.objects.filter(target=one, condition="down").exists()


@pytest.fixture
def accepting() -> Iterator[int]:
    """A port that accepts connections, served by the kernel alone."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        yield server.getsockname()[1]


@pytest.mark.chaos
def test_a_prober_that_is_killed_loses_nothing_that_was_stored(
    committed_db: Database, tmp_path: Path, accepting: int
) -> None:
    one = looked_at(target(), accepting)
    words = {
        "DATABASE_URL": committed_db.app_url,
        "YUNSHU_WATCH_FOLDER": str(tmp_path),
        "YUNSHU_DATA": str(tmp_path / "data"),
        "YUNSHU_SECRET_KEY": "not-running-no-secret-needed",
    }
    command = [sys.executable, "-m", "yunshu.config.cli", "operations", "probe"]
    kept: set[tuple[int, str]] = set()
    for _round in range(3):
        process = subprocess.Popen(command, env=os.environ | words, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        _grown(tmp_path / "store", one.number, len(kept))
        now = stored(tmp_path / "store", one.number)
        assert kept <= now
        kept = now
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert kept <= stored(tmp_path / "store", one.number)
    assert len(kept) >= 3


def stored(folder: Path, number: str) -> set[tuple[int, str]]:
    period = Span(int(time.time()) - 3600, int(time.time()) + 60)
    return {(s.at, s.vantage) for s in SampleStore(folder).samples(number, period)} if folder.exists() else set()


def _grown(folder: Path, number: str, beyond: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while len(stored(folder, number)) <= beyond:
        assert time.monotonic() < deadline, "no sample came"
        time.sleep(0.2)
