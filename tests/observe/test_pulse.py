"""A process that hangs is found and killed; one that works, or a machine that slept, is not."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from yunshu.config.supervisor.hung import Hung
from yunshu.config.supervisor.state import MARK
from yunshu.lib.observe import pulse
from yunshu.lib.observe.pulse import Pulse, beating, notify, turning

SLEEPER = "import time\nwhile True: time.sleep(0.1)"


class Notes:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def alive(self) -> None:
        self.told.append("alive")

    def over(self) -> None:
        self.told.append("over")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pulse, "PAUSE_SECONDS", 0.02)
    monkeypatch.setenv(pulse.FOLDER, str(tmp_path))


def changes(file: Path, seconds: float) -> bool:
    """Say whether the pulse goes on within the time."""
    before, end = file.read_text(), time.monotonic() + seconds
    while time.monotonic() < end:
        if file.read_text() not in {before, ""}:
            return True
        time.sleep(0.01)
    return False


def test_a_loop_that_turns_is_seen_and_its_end_is_written_down(tmp_path: Path) -> None:
    notes, file = Notes(), tmp_path / f"x.{os.getpid()}"

    async def work() -> bool:
        async with beating("x", notes):
            await asyncio.sleep(0.2)
            return await asyncio.to_thread(changes, file, 10)

    assert asyncio.run(work())
    assert (notes.told[0], notes.told[-1], file.exists()) == ("alive", "over", False)


def test_a_loop_that_stands_still_falls_silent(tmp_path: Path) -> None:
    file = tmp_path / f"x.{os.getpid()}"

    async def work() -> bool:
        async with beating("x"):
            await asyncio.sleep(0.2)
            time.sleep(0.2)
            return changes(file, 0.3)

    assert not asyncio.run(work())


def test_a_loop_without_asyncio_turns_each_time_it_asks(tmp_path: Path) -> None:
    file = tmp_path / f"x.{os.getpid()}"
    with turning("x", patience_s=300) as one:
        asked = one.asked(lambda: False)
        time.sleep(0.1)
        assert not changes(file, 0.2)
        assert asked() is False
        assert changes(file, 10)
        assert file.read_text().endswith(" 300")


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("WATCHDOG=1")
        assert heard.recv(100) == b"WATCHDOG=1"


@pytest.fixture
def sleeper(tmp_path: Path) -> Any:
    process = subprocess.Popen([sys.executable, "-c", SLEEPER], env=os.environ | {MARK: str(tmp_path)})
    yield process
    process.kill()
    process.wait()


def test_what_does_not_turn_is_killed_after_its_patience_and_nothing_sooner(tmp_path: Path, sleeper: Any) -> None:
    hung = Hung(tmp_path, look_seconds=10, patience_s=60)
    hung.clear()
    (hung.folder / f"relay.{sleeper.pid}").write_text("1 60")
    time.sleep(0.3)  # the mark stands in the environment once the program runs
    assert [hung.look() for _ in range(7)] == [[]] * 7
    assert hung.look() == ["relay"]
    assert sleeper.wait(10) == -signal.SIGKILL


def test_what_turns_or_asks_for_more_patience_or_is_not_ours_lives(tmp_path: Path, sleeper: Any) -> None:
    hung = Hung(tmp_path, look_seconds=10, patience_s=60)
    hung.clear()
    patient, turns = hung.folder / f"backup.{sleeper.pid}", hung.folder / f"relay.{sleeper.pid}"
    stranger = hung.folder / f"worker.{os.getpid()}"
    patient.write_text("1 900"), stranger.write_text("1 60")
    for count in range(20):
        turns.write_text(f"{count} 60")
        assert hung.look() == []
    assert sleeper.poll() is None
    assert not stranger.exists()


def test_a_worker_of_the_web_server_ends_itself(tmp_path: Path) -> None:
    code = (
        "import asyncio, time\n"
        "from yunshu.lib.observe import pulse\n"
        "pulse.PAUSE_SECONDS = 0.02\n"
        "async def main():\n"
        "    pulse.Pulse('web', patience_s=1, ends=True).start(asyncio.get_running_loop())\n"
        "    await asyncio.sleep(0.2)\n"
        "    time.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=50, check=False)
    assert done.returncode == -signal.SIGKILL
    assert b"observe.stands_still" in done.stdout + done.stderr


def test_nothing_is_written_where_nobody_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(pulse.FOLDER)
    one = Pulse("x")
    one.start()
    one.stop()
    assert list(tmp_path.iterdir()) == []
