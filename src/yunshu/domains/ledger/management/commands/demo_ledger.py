"""``yunshu demo ledger``: a fact's way from the database to a receipt that a stranger checks, on the running instance."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from yunshu.domains.directory.contracts import System
from yunshu.domains.ledger import publishing, services
from yunshu.domains.ledger.contracts import DEMO, State
from yunshu.lib.consortium import verifying
from yunshu.lib.kernel import clock

PATIENCE_SECONDS = 60
PROVEN, WRONG = 0, 1


class Command(BaseCommand):
    """Records one fact of kind ``ledger.demo``, which stays in the ledger for good."""

    help = "演示存证账本的主要流程：记录、定序、最终确认、回执、离线核验、整本核验。会留下一条演示存证。"

    def handle(self, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        if not settings.LEDGER_PEERS:
            raise CommandError("没有配置账本：先执行 make up，再执行 yunshu demo ledger。")
        actor = System(name="demo ledger")
        with transaction.atomic():
            number = services.record(kind=DEMO, subject="demo", payload={"words": "演示"}, by=actor, now=clock.now())
        self._say(f"记录 {number}，与业务变更同一事务")
        began = time.monotonic()
        self._wait(lambda: publishing.record(number, clock.now()).state is State.FINAL, "最终确认")
        found = publishing.record(number, clock.now())
        self._say(f"第 {found.leaf_index} 片叶，{time.monotonic() - began:.2f} 秒后最终确认")
        opened = services.open_record(actor=actor, number=number, reason="演示", now=clock.now())
        self._wait(lambda: publishing.ledger().size > (found.leaf_index or 0), "公布")
        with tempfile.TemporaryDirectory(prefix="yunshu-demo-") as folder:
            self._check_receipt(Path(folder), number, opened)
        policy = publishing.policy("sha256").encode()
        for name, url in settings.LEDGER_PEERS:
            log = verifying.verify(url, policy)
            self._say(f"{name} 的账本从 {log.size} 片叶重算到树头，共签：{'、'.join(log.cosigners)}")
        self.stdout.write("verified")

    def _check_receipt(self, folder: Path, number: str, opened: dict[str, str]) -> None:
        (folder / "record.json").write_text(json.dumps(opened))
        for tree in publishing.TREES:
            (folder / f"policy-{tree}.txt").write_text(publishing.policy(tree))
        (folder / "receipt").write_bytes(publishing.receipt(number))
        (folder / "forged").write_bytes(re.sub(rb"\nindex (\d+)", rb"\nindex 9\1", publishing.receipt(number)))
        for name, expected, words in (("receipt", PROVEN, "属实"), ("forged", WRONG, "改动一处，不予认可")):
            command = [sys.executable, "-I", str(settings.LEDGER_VERIFIER), str(folder / name)]
            command += ["--policy", str(folder / "policy-sha256.txt"), "--policy-sm3", str(folder / "policy-sm3.txt")]
            done = subprocess.run(  # noqa: S603 — our own program and files
                [*command, "--record", str(folder / "record.json")], capture_output=True, text=True
            )
            if done.returncode != expected:
                raise CommandError(f"离线核验不符（{done.returncode}）：{done.stdout}{done.stderr}")
            self._say(f"离线核验程序：{words}")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise CommandError(f"等了 {PATIENCE_SECONDS} 秒还没有{what}，请看 yunshu status 和账本概况页。")
            time.sleep(0.05)

    def _say(self, words: str) -> None:
        self.stdout.write(f"  {words}")
