"""A transfer that is killed at any moment goes on where it was, and nothing is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from psycopg import sql
from tests.tables import people

from yunshu.lib.tables import relay
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.schema import read_postgres

KILLS, ROWS, CHUNK_ROWS = 10, 600_000, 20_000
ROOT = Path(__file__).parents[2]


def start(pair, diary):
    command = [
        sys.executable,
        "-m",
        "tests.tables.moving",
        pair.source_url,
        pair.target_url,
        str(diary),
        str(CHUNK_ROWS),
    ]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return subprocess.Popen(command, env=environment, cwd=ROOT)


def sent(diary):
    return (
        [line.split()[1] for line in diary.read_text().splitlines() if line.startswith("sending")]
        if diary.exists()
        else []
    )


def digest(connection, query):
    return relay.read_back(connection, sql.SQL("{}").format(query), algorithm="sha256", stop=lambda: False)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_ten_kills_lose_nothing_double_nothing_and_send_at_most_a_chunk_each_again(pair, tmp_path):
    people.fill(pair.source, ROWS)
    diary, chance, kills = tmp_path / "diary", random.Random(20260101), 0
    while kills < KILLS:
        process, before = start(pair, diary), len(sent(diary))
        while process.poll() is None and len(sent(diary)) == before:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.35))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert start(pair, diary).wait() == 0

    extract = people.extract(pair.source, **people.MASKS)
    found = read_postgres(pair.target, "public", "resident")
    everything = Extract(found, tuple(Field(column.name) for column in found.columns))
    chunks = sent(diary)
    assert kills == KILLS
    assert len(chunks) - len(set(chunks)) <= KILLS
    assert digest(pair.target, everything.select(ordered=True)) == digest(pair.source, extract.select(ordered=True))
