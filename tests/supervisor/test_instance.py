"""An instance from the outside: up, up again, killed parts, killed supervisor, down. Real processes, real servers."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from yunshu.config.supervisor.state import leftovers

pytestmark = pytest.mark.chaos
ROOT = Path(__file__).parents[2]
NOBODY = 65534


@dataclass
class Instance:
    """A data folder of one's own, and ``yunshu`` over it."""

    data: Path
    launcher: tuple[str, ...] = (sys.executable,)
    environment: tuple[tuple[str, str], ...] = ()

    def yunshu(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "NATS_URL"}}
        environment |= {
            "YUNSHU_DATA": str(self.data),
            "YUNSHU_CITY": str(self.data / "no-city"),
            "YUNSHU_WORKERS": "1",
            "YUNSHU_PORT": "18080",
            **dict(self.environment),
        }
        command = [*self.launcher, "-m", "yunshu.config.cli", *words]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def state(self) -> dict:
        return json.loads((self.data / "instance.json").read_text())

    def pid(self, part: str) -> int:
        return self.state()["parts"][part]["pid"]

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.state()["env"]["YUNSHU_URL"] + "/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def styled(self) -> bool:
        """Say whether a page names a style sheet that is served."""
        url = self.state()["env"]["YUNSHU_URL"]
        with urllib.request.urlopen(f"{url}/accounts/login/", timeout=20) as answer:
            sheet = re.search(r'href="([^"]+\.css)"', answer.read().decode())
        with urllib.request.urlopen(url + (sheet[1] if sheet else "/no-sheet"), timeout=20) as answer:
            return bool(answer.read())

    def processes(self) -> list[psutil.Process]:
        cluster = str(self.data / "postgres")
        servers = [p for p in psutil.process_iter(["cmdline"]) if cluster in (p.info["cmdline"] or [])]
        return leftovers(self.data) + servers


def eventually(true: Callable[[], bool], seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.2)
    return true()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder outside pytest's own, which every other run of pytest closes to other users again."""
    with tempfile.TemporaryDirectory(prefix="yunshu-instance-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def instance(folder: Path) -> Iterator[Instance]:
    """An instance without the sample departments, which the last test and the browser's tests have."""
    place = Instance(folder / "data", environment=(("YUNSHU_SAMPLES", "0"),))
    yield place
    place.yunshu("down")


def test_an_instance_starts_is_found_heals_survives_its_supervisor_and_stops_without_a_trace(
    instance: Instance,
) -> None:
    first = instance.yunshu("up")
    assert first.returncode == 0, first.stderr + first.stdout
    assert "云数已就绪" in first.stdout
    assert eventually(instance.healthy)
    assert (instance.data / "instance.json").stat().st_mode & 0o077 == 0

    assert instance.styled()

    second = instance.yunshu("up")
    assert "已在运行" in second.stdout
    assert instance.state()["env"]["YUNSHU_URL"] in second.stdout

    for part in ("web", "relay", "nats", "postgres"):
        before = instance.pid(part)
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda part=part, before=before: instance.pid(part) != before), part
        assert eventually(instance.healthy), part

    supervisor = instance.state()["supervisor"]
    before = {process.pid for process in instance.processes()} - {supervisor}
    os.kill(supervisor, signal.SIGKILL)
    again = instance.yunshu("up")
    assert again.returncode == 0, again.stderr + again.stdout
    assert eventually(instance.healthy)
    assert not before & {process.pid for process in instance.processes()}

    assert instance.yunshu("down").returncode == 0
    assert instance.processes() == []
    assert not (instance.data / "instance.json").exists()


def test_a_taken_port_is_left_alone_and_the_foreground_stops_cleanly_at_ctrl_c(instance: Instance) -> None:
    import socket

    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 18080))
        taken.listen()
        environment = os.environ | {
            "YUNSHU_DATA": str(instance.data),
            "YUNSHU_CITY": "/no-city",
            "YUNSHU_PORT": "18080",
            **dict(instance.environment),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "yunshu.config.cli", "up", "--foreground"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert eventually(
            lambda: (instance.data / "instance.json").exists() and instance.state()["state"] == "ready", 300
        )
        assert instance.state()["env"]["YUNSHU_PORT"] != "18080"

        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert "云数已就绪" in process.stdout.read()
        assert instance.processes() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="changing to an ordinary user takes root; here we are one already")
def test_an_ordinary_user_starts_and_stops_an_instance(folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    for folder in (home, *home.parents):
        folder.chmod(folder.stat().st_mode | 0o001)
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    place = Instance(
        home / "data",
        ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "/usr/bin/python3"),
        (
            ("PYTHONPATH", f"{ROOT / 'src'}:{packages}"),
            ("PATH", f"{ROOT / '.venv/bin'}:/usr/bin:/bin"),
            ("HOME", str(home)),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ),
    )
    try:
        up = place.yunshu("up")
        assert up.returncode == 0, up.stderr + up.stdout
        owners = {process.uids().real for process in place.processes()}
        assert owners == {NOBODY}
    finally:
        down = place.yunshu("down")
    assert down.returncode == 0, down.stderr
    assert place.processes() == []
