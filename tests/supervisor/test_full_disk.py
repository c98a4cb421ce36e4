"""A full disk stops nothing that still runs: the supervisor goes on, parts that cannot start are tried again, log lines are lost."""

import errno
import io
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from yunshu.config import logs
from yunshu.config.supervisor.parts import FIRST_PAUSE, Part
from yunshu.config.supervisor.run import Supervisor
from yunshu.config.supervisor.state import Folder
from yunshu.lib import bus


class Ended:
    """A process that has ended."""

    pid, returncode = 2**22 + 1, 1

    def poll(self) -> int:
        return 1


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_part_that_cannot_be_launched_is_put_off_and_tried_again() -> None:
    part = Part("nats", full, process=Ended())
    assert not part.tend()
    part.again_at = 1e-9

    assert not part.tend()

    assert part.pause > FIRST_PAUSE
    assert part.again_at > 1
    part.again_at, part.launch = 1e-9, Ended
    assert part.tend()


def test_a_supervisor_that_cannot_write_its_state_goes_on_and_writes_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, told = Supervisor(Folder(tmp_path), print), []

    class Restarted:
        name, process = "web", None

        def tend(self) -> bool:
            return not told

    def note(state: str) -> None:
        told.append(state)
        supervisor.stopping = len(told) == 3
        if len(told) < 3:
            full()

    monkeypatch.setattr(supervisor, "parts", [Restarted()])
    monkeypatch.setattr(supervisor, "_note", note)
    supervisor.keep()

    assert told == ["ready"] * 3


def test_a_line_that_the_disk_has_no_room_for_is_lost_and_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    before = structlog.get_config()
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    try:
        logs.configure()
        log = structlog.get_logger()
        log.warning("disk.good")
        monkeypatch.setattr(out, "write", full)
        log.warning("disk.full")
    finally:
        structlog.configure(**before)

    assert "disk.good" in out.getvalue()


def test_the_message_server_is_started_again_when_the_relay_says_that_it_stores_nothing(tmp_path: Path) -> None:
    supervisor, asked = Supervisor(Folder(tmp_path), print), []

    class Named(Part):
        def ask_to_end(self) -> None:
            asked.append(self.name)

    supervisor.parts = [Named(name, Ended, process=Ended()) for name in ("postgres", "nats", "relay")]
    relay = supervisor.parts[-1]
    relay.on_end = supervisor._relay_ended
    relay.process.returncode = bus.REFUSED
    relay.tend()
    assert asked == ["nats"]

    relay.again_at, relay.process = 0, Ended()
    relay.tend()
    assert asked == ["nats"]


def test_the_message_servers_are_started_again_once_a_full_disk_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, asked, free = Supervisor(Folder(tmp_path), print), [], iter([10**9, 0, 10**6, 10**9, 10**9])

    class Named(Part):
        def ask_to_end(self) -> None:
            asked.append(self.name)

    supervisor.parts = [Named(name, Ended, process=Ended()) for name in ("postgres", "nats", "hub-bus", "web")]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free)))
    seen = [(supervisor._watch_disk(), list(asked))[1] for _ in range(5)]

    assert seen == [[], [], [], ["nats", "hub-bus"], ["nats", "hub-bus"]]
