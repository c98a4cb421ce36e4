"""Kill -9 of sender, receiver and hub, and new accounts, in the midst of a transfer: whole, once, at most one chunk again for each kill."""

import asyncio
import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.nodes import mover
from tests.nodes.running import ALICE, BOB, Chunks, Hub, keys_of, opened, running, transfer

from yunshu.lib.nodes.journal import RECEIVE, SEND, Journal

COUNT = 300


def start(role: str, folder: Path, found: Hub) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.nodes.mover", role, str(folder), str(found.port), str(COUNT)]
    with (folder / f"{role}.err").open("ab") as errors:
        return subprocess.Popen(command, stderr=errors, stdout=subprocess.DEVNULL)


async def provisioned(found: Hub) -> None:
    async with opened(found, transfer(), most_bytes=3_000_000):
        pass


def grown(log: Path, than: int) -> bool:
    return log.exists() and len(log.read_text().splitlines()) > than


def wait(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.chaos
@pytest.mark.parametrize("victim", ["send", "receive", "hub", "accounts"])
def test_a_transfer_survives_kills(tmp_path: Path, victim: str) -> None:
    (tmp_path / "sender.keys").write_bytes(mover.packed(ALICE))
    (tmp_path / "receiver.keys").write_bytes(mover.packed(BOB))
    chance, kills, log = random.Random(7), 5, tmp_path / "receive.log"
    with running(tmp_path, ALICE, BOB) as found:
        asyncio.run(provisioned(found))
        movers = {role: start(role, tmp_path, found) for role in ("send", "receive")}
        for kill in range(kills):
            wait(lambda mark=kill * 30: grown(log, mark))
            time.sleep(chance.uniform(0, 0.3))
            if victim == "hub":
                found.kill()
                found.start()
                continue
            if victim == "accounts":
                found.nodes.append(keys_of(f"org-{kill}"))
                found.reload()
                continue
            movers[victim].kill()
            movers[victim].wait()
            movers[victim] = start(victim, tmp_path, found)
        for role, process in movers.items():
            assert process.wait(120) == 0, (tmp_path / f"{role}.err").read_text()[-3000:]

    source = Chunks(COUNT, mover.CHUNK)
    for number in range(COUNT):
        assert (tmp_path / f"chunk-{number}").read_bytes() == hashlib.sha256(source.chunk(number)).digest()
    commits = log.read_text().splitlines()
    assert len(commits) <= COUNT + kills, "a chunk was given again more than once a kill"
    sent, received = Journal(tmp_path / "send.sqlite"), Journal(tmp_path / "receive.sqlite")
    assert sent.progress("t1", SEND).closing == received.progress("t1", RECEIVE).closing != b""
    sent.close()
    received.close()
    print(victim, "commits", len(commits), (tmp_path / "send.log").read_text().replace("\n", ", "))
