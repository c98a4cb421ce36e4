"""``yunshu demo ledger``: a fact's way from the database to a receipt that a stranger checks, on the running instance."""

import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from yunshu.domains.directory.contracts import System
from yunshu.domains.ledger import offline, publishing, services
from yunshu.domains.ledger.contracts import DEMO
from yunshu.lib.consortium import verifying
from yunshu.lib.kernel import clock


class Command(BaseCommand):
    """Records one fact of kind ``ledger.demo``, which stays in the ledger for good."""

    help = "演示存证账本的主要流程：记录、定序、最终确认、回执、离线核验、整本核验。会留下一条演示存证。"

    def handle(self, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        if not settings.LEDGER_PEERS:
            raise CommandError("没有配置账本：先执行 make up，再执行 yunshu demo ledger。")
        actor = System(name="存证账本演示")
        with transaction.atomic():
            number = services.record(kind=DEMO, subject="demo", payload={"words": "演示"}, by=actor, now=clock.now())
        self._say(f"记录 {number}，与业务变更同一事务")
        began = time.monotonic()
        found = offline.final(number)
        self._say(f"第 {found.leaf_index} 片叶，{time.monotonic() - began:.2f} 秒后最终确认")
        with tempfile.TemporaryDirectory(prefix="yunshu-demo-") as folder:
            self._check_receipt(offline.evidence(Path(folder), number, actor=actor, reason="演示"))
        policy = publishing.policy("sha256").encode()
        for name, url in settings.LEDGER_PEERS:
            log = verifying.verify(url, policy)
            self._say(f"{name} 的账本从 {log.size} 片叶重算到树头，共签：{'、'.join(log.cosigners)}")
        self.stdout.write("verified")

    def _check_receipt(self, receipt: Path) -> None:
        cases = ((receipt, offline.PROVEN, "属实"), (offline.forged(receipt), offline.WRONG, "改动一处，不予认可"))
        for path, expected, words in cases:
            code, said = offline.verify(path)
            if code != expected:
                raise CommandError(f"离线核验不符（{code}）：{said}")
            self._say(f"离线核验程序：{words}")

    def _say(self, words: str) -> None:
        self.stdout.write(f"  {words}")
