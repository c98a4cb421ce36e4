"""Members as processes: set up, served, killed at any moment and resumed; what they answer over HTTP."""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.consortium.harm import Link

from yunshu.config.bootstrap import EmbeddedNats
from yunshu.config.bootstrap.machine import free_ports
from yunshu.lib import bus
from yunshu.lib.consortium import batches, machine
from yunshu.lib.consortium.ordering import Order
from yunshu.lib.consortium.setup import SUBMITTER, SUBMITTER_KEY, open_custody
from yunshu.lib.consortium.trees import root_of
from yunshu.lib.tlog.hashing import SHA256
from yunshu.lib.tlog.policy import parse_policy
from yunshu.lib.tlog.proof_file import parse_proof_file

NAMES = ("bureau", "police", "finance", "rongcheng", "province")
ORIGIN = "ledger.yunshu.local/1/sha256"
COMMAND = (sys.executable, "-m", "yunshu.lib.consortium")


@dataclass
class Consortium:
    """Four members and a witness as processes."""

    folder: Path
    nats: EmbeddedNats
    base_port: int
    links: dict[str, Link] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def set_up(self) -> str:
        words = ["--members", ",".join(NAMES[:4]), "--witnesses", NAMES[4], "--base-port", str(self.base_port)]
        command = [*COMMAND, "setup", str(self.folder), *words, "--nats", self.nats.url, "--org", "445200-dsj"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self, *names: str) -> None:
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as sink:
                words = [*COMMAND, "peer", str(self.folder / name), "--nats", self.link(name).url]
                self.running[name] = subprocess.Popen(words, stderr=sink)

    def link(self, name: str) -> Link:
        """Return the member's way to NATS, which can be cut."""
        if name not in self.links:
            self.links[name] = Link(self.nats.url)
        return self.links[name]

    def end(self, name: str, signum: int = signal.SIGTERM) -> int:
        process = self.running.pop(name)
        process.send_signal(signum)
        return process.wait(20)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.base_port + NAMES.index(name)}"

    def get(self, name: str, path: str) -> httpx.Response:
        return httpx.get(self.url(name) + path, timeout=30)

    def status(self, name: str) -> dict[str, Any]:
        try:
            return dict(self.get(name, "/status").json())
        except httpx.HTTPError:
            return {}

    def run(self, *words: object) -> str:
        command = [*COMMAND, *(str(word) for word in words)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def lose_stream(self) -> None:
        async def delete() -> None:
            async with bus.connection(self.nats.url, "test") as client:
                await client.jetstream().delete_stream("LEDGER_city_1")

        asyncio.run(delete())

    def submit(self, first: int, last: int, entries: int = 5, *, epoch: int = 1) -> None:
        keys = open_custody(self.folder / SUBMITTER)

        async def post() -> None:
            async with bus.connection(self.nats.url, "test") as client:
                order = Order(client, "city", epoch)
                await order.create()
                for number in range(first, last + 1):
                    batch = batches.make(
                        ledger="ledger.yunshu.local",
                        org="445200-dsj",
                        number=number,
                        entries=[b"%d-%d" % (number, at) for at in range(entries)],
                        root=root_of,
                        sign=lambda message: keys.sign(SUBMITTER_KEY, message),
                    )
                    await order.post(machine.BATCH_MESSAGE + batch.message(), f"{epoch}-{number}")

        asyncio.run(post())


def until(condition: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


@pytest.fixture
def consortium() -> Iterator[Consortium]:
    with tempfile.TemporaryDirectory(prefix="yunshu-ledger-") as folder:
        nats = EmbeddedNats(Path(folder) / "nats")
        nats.start()
        found = Consortium(Path(folder) / "ledger", nats, free_ports(5))
        found.set_up()
        yield found
        for process in found.running.values():
            process.kill()
            process.wait()
        nats.stop()


@pytest.mark.chaos
def test_members_agree_over_http_and_a_killed_one_resumes(consortium: Consortium) -> None:
    consortium.start(*NAMES)
    consortium.submit(1, 10)
    until(lambda: _placed_final(consortium, "finance", 10))
    consortium.end("finance", signal.SIGKILL)
    consortium.submit(11, 20)
    until(lambda: _placed_final(consortium, "bureau", 20))
    consortium.start("finance")
    until(lambda: _placed_final(consortium, "finance", 20) and _placed_final(consortium, "province", 20))

    heads = {str(consortium.status(name)["final"]) for name in NAMES}
    assert len(heads) == 1
    assert [consortium.status(name)["alarms"] for name in NAMES] == [0] * 5
    _check_files(consortium)
    assert [consortium.end(name) for name in NAMES] == [0] * 5


def _placed_final(consortium: Consortium, name: str, number: int) -> bool:
    try:
        answer = consortium.get(name, f"/batches/445200-dsj/{number}")
    except httpx.HTTPError:
        return False
    place, final = answer.json() if answer.status_code == 200 else None, consortium.status(name).get("final")
    return bool(place and final and place["first"] + place["count"] <= final["size"])


def _check_files(consortium: Consortium) -> None:
    """Check one entry by its receipt, judged by the policy file, and the caching of what cannot change."""
    place = consortium.get("police", "/batches/445200-dsj/7").json()
    index = place["first"] + 2
    until(lambda: consortium.get("police", f"/receipts/{index}").status_code == 200)
    entry = consortium.get("police", f"/entries/{index}")
    assert (entry.json()["kind"], entry.json()["body"], entry.json()["block"]) == ("entry", "7-2", place["block"])
    assert "immutable" in entry.headers["cache-control"]
    assert consortium.get("police", f"/leaves/{index}").content == b"entry\n7-2"
    assert consortium.get("police", f"/entries/{index}/{index + 1}").content == b"\x00\x09entry\n7-2"
    receipt = parse_proof_file(consortium.get("police", f"/receipts/{index}").content)
    policy = parse_policy((consortium.folder / "policy-sha256.txt").read_bytes())
    assert len(receipt.verify(SHA256.leaf(b"entry\n7-2"), policy, origin=ORIGIN).cosigned) >= 3
    for tree in ("", "/sha256", "/sm3"):
        checkpoint = consortium.get("police", f"{tree}/checkpoint")
        width = int(checkpoint.text.split("\n")[1])
        tile = consortium.get("police", f"{tree}/tile/entries/000.p/{width}")
        assert (tile.status_code, "immutable" in tile.headers["cache-control"]) == (200, True)
    for path in ("/tile/0/../../log.sqlite", "/tile/0/1", "/blocks/999", "/batches/445200-dsj/99", "/leaves/99999"):
        assert consortium.get("police", path).status_code == 404
    assert consortium.get("police", "/blocks?limit=x").status_code == 400


@pytest.mark.chaos
def test_a_second_set_up_finds_the_first_and_a_second_process_is_refused(consortium: Consortium) -> None:
    before = {path: path.read_bytes() for path in sorted(consortium.folder.rglob("*")) if path.is_file()}
    consortium.set_up()
    assert {path: path.read_bytes() for path in sorted(consortium.folder.rglob("*")) if path.is_file()} == before

    consortium.start("bureau")
    until(lambda: consortium.status("bureau"))
    twice = subprocess.run([*COMMAND, "peer", str(consortium.folder / "bureau")], capture_output=True, text=True)
    assert twice.returncode == 1
    assert "running member" in twice.stderr


@pytest.mark.chaos
def test_an_operator_votes_restores_audits_and_amends_by_commands(consortium: Consortium, tmp_path: Path) -> None:
    folder = consortium.folder
    consortium.start(*NAMES)
    consortium.submit(1, 5)
    until(lambda: all(_placed_final(consortium, name, 5) for name in NAMES))
    consortium.lose_stream()
    until(lambda: all(consortium.status(name)["halted"] for name in NAMES))
    for name in NAMES[:3]:
        assert "yunshu/epoch/v1" in consortium.run("vote", folder / name)
    until(lambda: all(consortium.status(name).get("epoch") == 2 for name in NAMES))
    consortium.submit(6, 8, epoch=2)
    until(lambda: all(_placed_final(consortium, name, 8) for name in NAMES))
    until(lambda: consortium.status("bureau")["published"] == consortium.status("bureau")["size"])

    consortium.end("finance", signal.SIGKILL)
    (folder / "finance" / "data").rename(tmp_path / "evidence")
    assert "第 2 届" in consortium.run("restore", folder / "finance")
    assert "对照一致" in consortium.run("audit", folder / "finance", "--against", consortium.url("police"))
    consortium.start("finance")

    words = consortium.get("bureau", "/charter").json()
    words |= {"number": 1, "limits": {"entries": 10, "size_bytes": 1000}}
    (tmp_path / "next.json").write_text(json.dumps(words))
    for name in ("bureau", "police", "rongcheng"):
        (tmp_path / name).write_text(consortium.run("sign", folder / name, tmp_path / "next.json"))
    consortium.run("amend", folder / "bureau", tmp_path / "bureau", tmp_path / "police", tmp_path / "rongcheng")
    until(lambda: all(consortium.status(name).get("charter") == 1 for name in NAMES))
    consortium.submit(9, 10, epoch=2)
    until(lambda: all(_placed_final(consortium, name, 10) for name in NAMES))
    assert all(consortium.status(name)["halted"] == "" for name in NAMES)
