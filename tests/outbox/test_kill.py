"""Kill -9 of any process at any moment, under load: no fact is lost, none is handled twice."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.outbox.effects import TABLES

from yunshu.config.bootstrap import EmbeddedNats, EmbeddedPostgres, create_database, migrate

pytestmark = pytest.mark.chaos
ROOT = Path(__file__).parents[2]
SETTINGS = "tests.outbox.settings"
KILLS = 12
LEAST = 300
ROLES = ("relay", "handle", "produce")


class City:
    """A small instance whose dead processes are started again, as the supervisor does."""

    def __init__(self, folder: Path) -> None:
        self.postgres = EmbeddedPostgres(folder)  # durable: a crash of PostgreSQL is part of the test
        self.nats = EmbeddedNats(folder)
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.quiet = threading.Event()
        self.rest = False

    def start(self) -> None:
        self.postgres.start()
        self.nats.start()
        create_database(self.postgres.superuser_url, "chaos")
        migrate(self.postgres.owner_url("chaos"))
        with psycopg.connect(self.postgres.owner_url("chaos")) as connection:
            connection.execute(TABLES)
        for role in ROLES:
            self.launch(role)
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def launch(self, role: str) -> None:
        environment = os.environ | {
            "DATABASE_URL": self.postgres.app_url("chaos"),
            "NATS_URL": self.nats.url,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
        }
        with (self.folder / f"{role}.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.outbox.effects", role]
            self.processes[role] = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)

    def watch(self) -> None:
        while not self.quiet.wait(0.1):
            for role, process in list(self.processes.items()):
                if process.poll() is not None and not (role == "produce" and self.rest):
                    self.launch(role)
            if self.nats.process is not None and self.nats.process.poll() is not None:
                self.nats.launch()

    def kill(self, victim: str, dice: random.Random) -> None:
        if victim == "nats":
            self.nats.process.kill()
        elif victim == "postgres":
            self.postgres.wait(30)
            children = psutil.Process(self.postgres.process.pid).children()
            dice.choice(children).send_signal(signal.SIGKILL)
        else:
            self.processes[victim].kill()

    def stop(self) -> None:
        self.quiet.set()
        self.watcher.join()
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.nats.stop()
        self.postgres.stop()

    def counted(self) -> tuple[Counter[int], Counter[int]]:
        with psycopg.connect(self.postgres.app_url("chaos")) as connection:
            made = Counter(n for (n,) in connection.execute("SELECT n FROM made"))
            return made, Counter(n for (n,) in connection.execute("SELECT n FROM effect"))

    def wait_for_load(self, facts: int) -> None:
        """Wait until at least so many facts were made (or half a minute: the test then says that it means nothing)."""
        deadline = time.monotonic() + 30
        while len(self.counted()[0]) < facts and time.monotonic() < deadline:
            time.sleep(0.3)

    def settle(self, seconds: float) -> tuple[Counter[int], Counter[int]]:
        """Wait until everything made has had its effect, or time is up."""
        deadline = time.monotonic() + seconds
        made, effect = self.counted()
        while set(made) != set(effect) and time.monotonic() < deadline:
            time.sleep(0.3)
            made, effect = self.counted()
        return made, effect


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    folder = Path(tempfile.mkdtemp(prefix="yunshu-chaos-"))  # pytest's own folder is closed by every other run of it
    monkeypatch.chdir(ROOT)
    place = City(folder)
    place.start()
    yield place
    place.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_killing_any_process_at_any_moment_loses_no_fact_and_handles_none_twice(city: City) -> None:
    seed = random.randrange(10**9)
    dice = random.Random(seed)
    victims = [*ROLES, "nats", "postgres"] * 3
    dice.shuffle(victims)
    city.wait_for_load(30)

    for victim in victims[:KILLS]:
        time.sleep(dice.uniform(0.2, 1.5))
        city.kill(victim, dice)
    city.postgres.wait()
    city.wait_for_load(LEAST)
    city.rest = True
    city.processes["produce"].kill()
    city.processes["produce"].wait()
    made, effect = city.settle(30)

    assert len(made) >= LEAST, f"too little load to mean anything: {len(made)} (seed {seed})"
    assert effect == made, (
        f"lost {len(made - effect)}, doubled {len(effect - made)} (seed {seed}, victims {victims[:KILLS]})"
    )
    assert set(made.values()) == {1}
