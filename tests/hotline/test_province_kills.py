"""kill -9 of the process that speaks with the province, and of the province, while tickets go both ways: each exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.hotline.hotline_world import MONDAY, Hotline

from yunshu.config.supervisor import cascade as supervisor
from yunshu.domains.hotline.models import ProvinceLetter, Ticket
from yunshu.domains.hotline.province_line import SHIPPED
from yunshu.lib.cascade import contract
from yunshu.lib.cascade.simulator.book import Book
from yunshu.lib.cascade.simulator.desk import Desk
from yunshu.lib.cascade.simulator.faults import Faults
from yunshu.lib.kernel import clock

TICKETS, KILLS = 30, 5
YUNSHU = (sys.executable, "-m", "yunshu.config.cli")


class Part:
    """A process that is killed and started again."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.words, self.environment = words, environment
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*YUNSHU, *self.words], env=self.environment, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.end()
        self.process = self.start()

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def parts(folder: Path, database: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Part, ...]]:
    monkeypatch.setenv("YUNSHU_HOTLINE_PROVINCE_URL", "simulator")
    made = supervisor.hotline(folder, MONDAY)
    environment = os.environ | made.values | {"DATABASE_URL": database.app_url, "YUNSHU_DATA": str(folder)}
    running = tuple(Part(words[len(YUNSHU) :], environment) for words in made.commands.values())
    try:
        yield running
    finally:
        for part in running:
            part.end()


def give(desk: Desk, number: int) -> None:
    """Hand a ticket down, and the same again as a province would that does not know whether it did."""
    words = {
        "upper_number": f"GD{number}",
        "version": 1,
        "title": f"路灯 {number}",
        "content": "请修。",
        "kind": "help",
    }
    for _twice in range(2):
        desk.give("445200", "ticket.assign", words)


def work(hotline: Hotline) -> None:
    """Accept what came."""
    for row in Ticket.objects.filter(state="received"):
        hotline.move(row, "accept", hotline.agent)


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_by_kills(
    committed_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline, chance = Hotline(now=clock.now()), random.Random(7)
    with parts(tmp_path, committed_db, monkeypatch) as running:
        book = Book(tmp_path / "hotline-upper" / "book.sqlite")
        desk = Desk(book, contract.read(SHIPPED.read_text()), Faults(dict, lambda _words: None))
        for turn in range(KILLS):
            for number in range(TICKETS // KILLS):
                give(desk, turn * 100 + number)
            time.sleep(chance.uniform(2, 8))
            work(hotline)
            chance.choice(running).kill()
        deadline = time.monotonic() + 200
        while ProvinceLetter.objects.filter(way="up", state="done").count() < TICKETS:
            work(hotline)
            assert time.monotonic() < deadline, "still waiting"
            time.sleep(0.5)
        taken = [line for (line,) in book.rows("SELECT sender FROM taken")]
        book.close()
    assert Ticket.objects.count() == TICKETS
    assert sorted(taken) == sorted(f"445200/{number}" for number in Ticket.objects.values_list("number", flat=True))
    assert not ProvinceLetter.objects.filter(state__in=("refused", "dead", "waiting")).exists()
