"""kill -9 of the process that speaks with the level above, and of the level above, while messages go both ways."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.exchange.world import NOW, joined
from tests.factories.directory import OrgFactory

from yunshu.config.supervisor import cascade as supervisor
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.exchange import cascading
from yunshu.domains.exchange.models import CascadeMessage, UpperTask
from yunshu.domains.exchange.services import cascade
from yunshu.lib.cascade import contract
from yunshu.lib.cascade.simulator.book import Book
from yunshu.lib.cascade.simulator.desk import Desk
from yunshu.lib.cascade.simulator.faults import Faults

UP, DOWN, KILLS = 400, 100, 5
YUNSHU = (sys.executable, "-m", "yunshu.config.cli")


class Part:
    """A process that is killed and started again."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.words, self.environment = words, environment
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*YUNSHU, *self.words], env=self.environment, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = self.start()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def parts(folder: Path, database: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Part, Part]]:
    monkeypatch.setenv("YUNSHU_SAMPLES", "1")
    made = supervisor.embedding(folder, NOW)
    environment = os.environ | made.values | {"DATABASE_URL": database.app_url}
    running = tuple(Part(words[len(YUNSHU) :], environment) for words in made.commands.values())
    try:
        yield running[0], running[1]
    finally:
        for part in running:
            part.end()


@pytest.mark.chaos
@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_by_kills(
    committed_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at="08:30", ends_at="17:30")
    OrgFactory(kind=Org.Kind.BUREAU, name="市政数局")
    joined()
    chance = random.Random(5)
    with parts(tmp_path, committed_db, monkeypatch) as running:
        book = Book(tmp_path / "province" / "book.sqlite")
        desk = Desk(book, contract.read(cascading.SHIPPED.read_text()), Faults(dict, lambda _words: None))
        for turn in range(KILLS):
            for number in range(UP // KILLS):
                cascade.post("debt.chase", f"{turn}-{number}", {"number": f"{turn}-{number}", "times": 1}, NOW)
            for number in range(DOWN // KILLS):
                words = {"upper_number": f"{turn}-{number}", "title": "核对", "content": "核对", "due_on": ""}
                desk.give("445200", "task.send", words)
            time.sleep(chance.uniform(2, 8))
            chance.choice(running).kill()
        deadline = time.monotonic() + 150
        while CascadeMessage.objects.filter(state="waiting").exists() or UpperTask.objects.count() < DOWN:
            assert time.monotonic() < deadline, "still waiting"
            time.sleep(0.2)
        taken = book.rows("SELECT number, body FROM taken ORDER BY number")
        book.close()
    assert [number for number, _body in taken] == list(range(1, UP + 1))
    assert len({body for _number, body in taken}) == UP
    assert UpperTask.objects.count() == DOWN
    assert not CascadeMessage.objects.filter(state="refused").exists()
