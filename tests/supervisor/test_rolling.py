"""A running instance's processes are replaced one by one: no request fails, each job is done once, servers go on."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from tests import template

from yunshu.config.bootstrap import create_database

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
ADD_JOB = """INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
    VALUES ('default', 'yunshu.lib.jobs.jobs.tidy', 0, '{"timestamp": 1}') RETURNING id"""
STAY, CHANGE = {"postgres", "nats", "hub-bus"}, {"web", "worker", "relay", "handlers", "probe"}


@dataclass
class Instance:
    """A data folder with a migrated database, and ``yunshu`` over it."""

    data: Path

    def yunshu(self, *words: str) -> subprocess.CompletedProcess[str]:
        given = {"YUNSHU_DATA": self.data, "YUNSHU_CITY": self.data / "none", "YUNSHU_SAMPLES": 0, "YUNSHU_WORKERS": 1}
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "NATS_URL"}}
        environment |= {name: str(value) for name, value in given.items()} | {"YUNSHU_PORT": "18480"}
        command = [sys.executable, "-m", "yunshu.config.cli", *words]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def state(self) -> dict:
        return json.loads((self.data / "instance.json").read_text())

    def pids(self) -> dict[str, int]:
        return {name: part["pid"] for name, part in self.state()["parts"].items()}


@pytest.fixture
def instance() -> Iterator[Instance]:
    with tempfile.TemporaryDirectory(prefix="yunshu-rolling-", ignore_cleanup_errors=True) as name:
        place = Instance(Path(name))
        server = template.started_in(place.data, durable=True)
        create_database(server.superuser_url, "yunshu", template=template.NAME)
        server.stop()
        up = place.yunshu("up")
        assert up.returncode == 0, up.stderr + up.stdout
        yield place
        place.yunshu("down")


@dataclass
class Callers:
    """Four who ask without a pause, two on a connection that they keep; and one who gives the worker jobs."""

    state: dict
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    jobs: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, path: str, *, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", int(self.state["env"]["YUNSHU_PORT"]), timeout=60)
        while not self.over.is_set():
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                self.failures += [f"{path} {answer.status}"] if answer.status != 200 else []
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{path} {error!r}")
                connection.close()
            if not keeps:
                connection.close()
            time.sleep(0.02)

    def add_jobs(self) -> None:
        with psycopg.connect(self.state["env"]["DATABASE_URL"], autocommit=True) as connection:
            while not self.over.is_set():
                self.jobs += [row[0] for row in connection.execute(ADD_JOB)]
                time.sleep(0.2)

    def __enter__(self) -> "Callers":
        asking = [(path, keeps) for path in ("/healthz", "/accounts/login/") for keeps in (True, False)]
        self.threads = [threading.Thread(target=self.ask, args=(p,), kwargs={"keeps": k}) for p, k in asking]
        self.threads.append(threading.Thread(target=self.add_jobs))
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


def ends(state: dict, jobs: list[int]) -> list[tuple[str, int]]:
    """Return, of jobs that did not succeed at once, the status and how often each was started; wait for those that wait."""
    deadline = time.monotonic() + 60
    with psycopg.connect(state["env"]["DATABASE_URL"], autocommit=True) as connection:
        while True:
            found = connection.execute(
                "SELECT j.status::text, (SELECT count(*) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started')"
                " FROM procrastinate_jobs j WHERE j.id = ANY(%s)",
                [jobs],
            ).fetchall()
            if time.monotonic() > deadline or not any(status in {"todo", "doing"} for status, _started in found):
                return [each for each in found if each != ("succeeded", 1)]
            time.sleep(0.2)


def test_a_rolling_restart_and_an_upgrade_fail_no_request_and_do_each_job_once(instance: Instance) -> None:
    before = instance.pids()
    with Callers(instance.state()) as callers:
        rolled = instance.yunshu("restart", "--rolling")
    after = instance.pids()

    assert rolled.returncode == 0, rolled.stderr + rolled.stdout
    assert callers.failures == []
    assert callers.answered > 100
    assert ends(instance.state(), callers.jobs) == []
    assert len(callers.jobs) > 10
    assert {name for name in before if before[name] == after[name]} == STAY
    assert {name for name in before if before[name] != after[name]} >= CHANGE

    again = instance.yunshu("upgrade", "--check")
    assert "可以升级" in again.stdout, again.stderr
    assert instance.pids() == after


def test_code_that_cannot_serve_is_not_taken_and_the_running_one_goes_on(instance: Instance, tmp_path: Path) -> None:
    other = tmp_path / "release"
    (other / "src").mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-r", str(ROOT / "src/yunshu"), str(other / "src")], check=True)
    (other / "src/yunshu/config/asgi.py").write_text("raise RuntimeError('broken release')\n")
    program = {"python": str(other / "python"), "root": str(other)}
    (other / "python").write_text(f'#!/bin/sh\nPYTHONPATH={other}/src exec {sys.executable} "$@"\n')
    (other / "python").chmod(0o755)
    before = instance.pids()

    with Callers(instance.state()) as callers:
        (instance.data / "takeover.json").write_text(json.dumps(program))
        deadline = time.monotonic() + 300
        while "turn" not in (state := known(instance)) or state["turn"] == 0:
            assert time.monotonic() < deadline, (instance.data / "logs/start.log").read_text()
            time.sleep(0.2)

    assert "broken release" in state["failure"]
    assert callers.failures == []
    assert instance.pids() == before
    assert state["root"] == str(ROOT)


def known(instance: Instance) -> dict:
    """Return the state, empty while the instance is handed over."""
    try:
        return instance.state()
    except (OSError, ValueError):
        return {}
