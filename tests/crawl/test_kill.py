"""Kill -9 of crawl workers at any moment: every page is kept, none twice, and others go on within seconds."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yunshu.lib.crawl import Frontier, Scope
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.patience import comes_true

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(280)]
ROOT = Path(__file__).parents[2]
PAGES, WORKERS, KILLS = 1200, 2, 12
HOSTS = ["a.example", "b.example", "c.example"]
DEAD = PAGES // 5
PATIENCE_S = 60


@pytest.fixture
def port() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.crawl.maze", str(PAGES)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield int(process.stdout.readline())
    process.kill()
    process.wait()


def launched(database: str, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.crawl.worker", database, str(port), *HOSTS], cwd=ROOT)


def count(database: str, query: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchone()[0]


def kept(database: str) -> int:
    return count(database, "SELECT count(*) FROM kept")


def test_killed_workers_lose_nothing_and_keep_nothing_twice(committed_db: object, port: int) -> None:
    database = committed_db.owner_url
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        Frontier().create(cursor)
        cursor.execute("CREATE TABLE kept (url text NOT NULL, status int NOT NULL, links int NOT NULL)")
        seeds = [f"http://{host}/p/0.html" for host in HOSTS]
        Frontier().begin(cursor, "maze", seeds, Scope(tuple(HOSTS)), clock.now())

    dice = random.Random(9)
    workers = [launched(database, port) for _ in range(WORKERS)]
    killed, expected = 0, len(HOSTS) * (PAGES + DEAD)
    for share in range(1, KILLS + 1):  # by how far they are, so that a fast machine is killed at work as well
        if not comes_true(lambda share=share: kept(database) >= expected * share // (KILLS + 2), PATIENCE_S):
            break
        if not count(database, "SELECT count(*) FROM crawl_page WHERE state = 'waiting'"):
            break
        place = dice.randrange(WORKERS)
        workers[place].kill()
        workers[place].wait()
        workers[place] = launched(database, port)
        killed += 1
    for worker in workers:
        assert worker.wait(200) == 0

    assert killed >= 3, "the workers were done before they could be killed at work"
    assert count(database, "SELECT count(*) FROM crawl_page WHERE state <> 'done'") == 0
    assert count(database, "SELECT count(DISTINCT url) FROM kept") == expected
    assert count(database, "SELECT count(*) FROM kept") == expected
    assert count(database, "SELECT count(*) FROM kept WHERE status = 404") == len(HOSTS) * DEAD
