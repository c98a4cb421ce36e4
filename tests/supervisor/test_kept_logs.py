"""The logs of the processes are packed away, not pushed out: half a year of them stays whatever is written."""

import gzip
import os
from datetime import timedelta

import pytest

from yunshu.config.supervisor import state
from yunshu.config.supervisor.state import Folder
from yunshu.lib.kernel import clock


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "ROTATE_BYTES", 10)
    (tmp_path / "logs").mkdir()
    return Folder(tmp_path)


def test_a_long_log_is_packed_whole_and_for_us_only(folder):
    log, now = folder.logs / "web.log", clock.now()
    for turn in range(3):
        log.write_text(f"line {turn} of the log\n")
        folder.rotate_logs(now + timedelta(seconds=turn))

    kept = sorted(folder.packed.glob("web-*.log.gz"))
    assert [gzip.decompress(one.read_bytes()).decode() for one in kept] == [f"line {n} of the log\n" for n in range(3)]
    assert {one.stat().st_mode & 0o777 for one in kept} == {0o600}
    assert log.read_text() == ""


def test_what_is_packed_stays_for_half_a_year_and_no_longer(folder):
    now = clock.now()
    (folder.logs / "web.log").write_text("a line that is long enough\n")
    folder.rotate_logs(now)
    (kept,) = folder.packed.iterdir()

    folder.rotate_logs(now + timedelta(days=183))
    assert kept.exists()
    os.utime(kept, (now.timestamp(), (now - timedelta(days=191)).timestamp()))
    folder.rotate_logs(now)
    assert not kept.exists()
