"""``yunshu operations verify``: the sealed days' files against the digests that were put on the ledger."""

from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.operations.selectors.sealing import check_days
from yunshu.lib.kernel import clock

WORDS = {"damaged": "已损坏", "missing": "不在磁盘上", "differs": "与登记的摘要不符", "not_recorded": "没有登记"}
STATES = {"recorded": "已记录", "ordered": "已定序", "final": "最终确认", "alarm": "超时未确认"}


class Command(BaseCommand):
    """Recomputes every digest; exit code 1 where one differs."""

    help = "从磁盘重算监测日档的 SM3 与 SHA-256，与存证时登记的对照；有不符时以 1 退出。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a day."""
        parser.add_argument("--day", type=date.fromisoformat, help="只核对这一天（UTC），例如 2026-11-26")

    def handle(self, *, day: date | None, **_: object) -> None:
        """Print one line a day, then the verdict."""
        days = wrong = 0
        for one in check_days(day, clock.now()):
            days += 1
            wrong += len(one.faults)
            state = "、".join(STATES.get(s, s) for s in one.states) or "未存证"
            gone = f"，原始样本已按期删除 {one.raw_gone} 个" if one.raw_gone else ""
            self.stdout.write(f"{one.day}  文件 {one.files} 个{gone}  存证 {'、'.join(one.records)}（{state}）")
            for name, fault in one.faults:
                self.stdout.write(self.style.ERROR(f"    {name}：{WORDS[fault]}"))
        if wrong:
            raise CommandError(f"{wrong} 个文件不符。")
        self.stdout.write(f"相符：{days} 天。" if days else "没有封存的日档。")
