"""The node's own program: made by hand, trusts by fingerprint, and goes on after being killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.nodes.running import opened, running
from tests.nodes.test_agent import HUB_KEY
from tests.outpost.conftest import Pair
from tests.outpost.office import FIELDS, Desk
from tests.tables import people

from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import cards, orders, receipts
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.orders import Verb
from yunshu.lib.nodes.streaming import Transfer
from yunshu.lib.outpost import __main__ as program
from yunshu.lib.outpost import settings

pytestmark = pytest.mark.slow

PASS = "a passphrase for tests"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(program.ASKED_FROM, PASS)


def made(folder: Path, org: str, hub: str = "nats://127.0.0.1:1") -> NodeKeys:
    assert program.main(["create", str(folder), "--org", org, "--hub", hub]) == 0
    return node_keys.load(folder / "keys", PASS.encode())


def test_a_node_is_made_and_trusts_only_what_was_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alice, bob = made(tmp_path / "a", "gongan"), made(tmp_path / "b", "renshe")
    shown = capsys.readouterr().out
    assert alice.card.fingerprint in shown
    card = tmp_path / "b" / "keys" / node_keys.CARD
    assert program.main(["trust", str(tmp_path / "a"), str(card), "--fingerprint", alice.card.fingerprint]) == 1
    assert "指纹不一致" in capsys.readouterr().err
    assert program.main(["trust", str(tmp_path / "a"), str(card), "--fingerprint", bob.card.fingerprint]) == 0
    assert program.main(["create", str(tmp_path / "a"), "--org", "gongan", "--hub", "nats://x"]) == 1
    assert program.main(["run", str(tmp_path / "a")]) == 1
    assert "还没有信任枢纽" in capsys.readouterr().err


def test_the_passphrase_is_not_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(program.ASKED_FROM)
    assert program.main(["create", str(tmp_path / "a"), "--org", "gongan", "--hub", "nats://x"]) == 1
    assert not (tmp_path / "a" / "keys").exists()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hub = 3", "hub"),
        ('hub = ["nats://x"]\n[databases.main]\nsend = ["a"]', "databases.main"),
        ('hub = ["nats://x"]\n[databases.main]\nurl = "x"\nfolder = "y"', "databases.main"),
        ("hub = [", ""),
        ('hub = ["nats://x"]\nkeep_log_days = "30"', "keep_log_days"),
        ('hub = ["nats://x"]\npatience_s = 0', "patience_s"),
        ('hub = ["nats://x"]\nkeep_log_days = 1e12', "keep_log_days"),
    ],
)
def test_settings_that_make_no_sense_are_named(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "node.toml").write_text(text)
    with pytest.raises(settings.Refused) as caught:
        settings.read(tmp_path / "node.toml")
    assert (caught.value.code, caught.value.where or "") == ("settings_malformed", where)


def test_check_says_what_may_leave(tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    people.fill(pair.source, 1)
    made(tmp_path / "a", "gongan")
    file = tmp_path / "a" / settings.FILE
    file.write_text(
        f'hub = ["nats://x"]\n[databases.main]\nurl = "{pair.source_url}"\nsend = ["public.res*", "public.gone"]\n'
        '[databases.dead]\nurl = "postgresql://nobody@127.0.0.1:1/x"'
    )
    assert program.main(["check", str(tmp_path / "a")]) == 1
    said = capsys.readouterr().out
    assert "允许提供 1 张：public.resident" in said
    assert "public.gone" in said
    assert "dead：打不开" in said


class Both:
    """Two node folders with settings, trust and passphrase; each run as a process of its own, to be killed."""

    def __init__(self, folder: Path, pair: Pair, url: str) -> None:
        self.folder, self.processes = folder, dict[str, subprocess.Popen[bytes]]()
        self.keys = {name: made(folder / name, org, url) for name, org in (("a", "gongan"), ("b", "renshe"))}
        places = {
            "a": f'url = "{pair.source_url}"\nsend = ["public.*"]',
            "b": f'url = "{pair.target_url}"\nreceive = "incoming"',
        }
        hub = self._hub_card()
        for name, place in places.items():
            (folder / name / settings.FILE).write_text(f'hub = ["{url}"]\n[databases.main]\n{place}\n')
            (folder / name / program.HUB_CARD).write_bytes(hub)
            for other in self.keys.values():
                cards.CardBook(folder / name / "cards").pin(other.signed_card, other.card.fingerprint)

    def _hub_card(self) -> bytes:
        """Return a card with the key that signs this hub's orders."""
        helper = node_keys.generate("bureau", "hub", now=clock.now())
        words = helper.card.words | {"signing": HUB_KEY.public.raw.hex()}
        return cards.signed(cards.NodeCard.of(words), HUB_KEY)

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "yunshu.lib.outpost", "run", str(self.folder / name)]
            self.processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {program.ASKED_FROM: PASS}
            )

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()


@contextmanager
def outposts(folder: Path, pair: Pair, url: str) -> Iterator[Both]:
    found = Both(folder, pair, url)
    try:
        for name in found.keys:
            found.start(name)
        yield found
    finally:
        for process in found.processes.values():
            process.kill()
            process.wait()


@pytest.mark.chaos
def test_nodes_that_are_killed_again_and_again_deliver_each_row_once(tmp_path: Path, pair: Pair) -> None:
    people.fill(pair.source, 300_000)
    pair.source.execute("ANALYZE resident")

    async def story() -> receipts.Signed:
        with running(tmp_path / "hub") as found, outposts(tmp_path, pair, found.urls[0]) as both:
            found.nodes[:] = both.keys.values()
            found.reload()
            agreed = Transfer(id="k1", agreement="JX-1", sender=both.keys["a"].card, receiver=both.keys["b"].card)
            async with opened(found, agreed) as platform:
                desk = Desk(platform)
                await desk.listen(*both.keys.values())
                given = [await order(desk, both, name) for name in ("a", "b")]
                for turn in range(6):
                    await asyncio.sleep(0.7)
                    both.kill("ab"[turn % 2])
                    both.start("ab"[turn % 2])
                reports = [await desk.until(each, "done", "failed", seconds=90) for each in given]
                assert [each.news for each in reports] == ["done", "done"], [each.details for each in reports]
                return receipts.read(canonical(reports[1].details["receipt"]))

    signed = asyncio.run(story())
    assert signed.receipt.target.rows == signed.receipt.source.rows == 300_000
    query = "SELECT count(*), count(DISTINCT id), sum(area) FROM {}"
    here = pair.source.execute(query.format("resident")).fetchone()
    assert pair.target.execute(query.format("incoming.residents")).fetchone() == here


async def order(desk: Desk, both: Both, name: str) -> Any:
    role, peer = ("send", "b") if name == "a" else ("receive", "a")
    other = both.keys[peer].card
    words = {"role": role, "peer": {"org": other.org, "node": other.node}, "database": "main", "mode": "swap"}
    words |= {"table": "public.resident" if role == "send" else "residents", "fields": FIELDS, "rows": None}
    given = orders.new_order(
        Verb.RUN, both.keys[name].card, transfer="k1", agreement="JX-1", spec=words, now=clock.now()
    )
    await desk.order(orders.write_order(given, [HUB_KEY]), both.keys[name])
    return given
