"""A transfer killed at any moment goes on where it stood: at most one chunk is sent again, and the end is equal."""

import random
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from tests.tables.conftest import Pair

KILLS = 10
PEOPLE = 60_000
CODE = """
import sys, time, psycopg
from yunshu.lib.tables import transfer
from yunshu.lib.tables.query import Extract, Field
source, target = sys.argv[1:3]
fields = tuple(Field(name=n, mask={"kind": "keep"}, is_key=n == "id_number") for n in ("id_number", "name", "division", "note"))
order = transfer.Order(number="killed", extract=Extract(table="public.person", fields=fields), target="public.person_in",
                       key=b"k", rows_per_chunk=250, reads_back=True)
with psycopg.connect(source, autocommit=True) as a, psycopg.connect(target, autocommit=True) as b:
    told = transfer.run(a, b, order, on_progress=lambda done, all: (print("chunk", done, all, flush=True), time.sleep(0.02)))
    print("done", told.rows, told.root, flush=True)
"""


@pytest.mark.chaos
def test_ten_kills_send_at_most_one_chunk_each_again(pair: Pair) -> None:
    chance = random.Random(20261124)
    with pair.source() as source:
        source.execute("TRUNCATE person")
        source.execute(
            "INSERT INTO person SELECT '4452' || lpad(n::text, 14, '0'), '人' || n, NULL, '445202', n, n, now(), 'x' "
            "FROM generate_series(1, %s) AS n",
            [PEOPLE],
        )
    sent = 0
    for _ in range(KILLS):
        sent += run_for(pair, chance.uniform(0.01, 0.25))
    last = start(pair)
    told, _ = last.communicate(timeout=120)
    sent += told.count("chunk ")
    chunks = int(told.splitlines()[-2].split()[-1])
    assert f"done {PEOPLE} " in told
    assert sent <= chunks + KILLS
    with pair.source() as source, pair.target() as target:
        query = "SELECT md5(string_agg(t::text, ',' ORDER BY id_number)) FROM (SELECT id_number, name, division, note FROM {}) AS t"
        assert one(source, query.format("person")) == one(target, query.format("person_in"))


def start(pair: Pair) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CODE, pair.source_url, pair.target_url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def run_for(pair: Pair, seconds: float) -> int:
    """Let it run until ``seconds`` after its first chunk, kill it, return how many chunks it finished."""
    process = start(pair)
    assert process.stdout
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    return 1 + rest.count("chunk ")


def one(link: "psycopg.Connection[tuple[str]]", query: str) -> str:
    row = link.execute(query).fetchone()
    assert row
    return row[0]
