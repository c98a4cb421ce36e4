"""A full disk stops nothing that still runs: the supervisor goes on, parts that cannot start are tried again, log lines are lost."""

import errno
import io
import sys
from pathlib import Path

import pytest
import structlog

from yunshu.config import logs
from yunshu.config.supervisor.parts import FIRST_PAUSE, Part
from yunshu.config.supervisor.run import Supervisor
from yunshu.config.supervisor.state import Folder


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
