"""``yunshu import run FILE --kind … --mapping … --by …``: take over; killed at any moment, the same words go on."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.config.taking import asking
from yunshu.config.taking.wiring import actor_of
from yunshu.lib.kernel import clock
from yunshu.lib.taking import reports
from yunshu.lib.taking.models import Run
from yunshu.lib.taking.running import run


class Command(BaseCommand):
    """Takes over what is sound; what is faulty stays in the journal with its reasons."""

    help = "正式接管：分批写入，可随时中断后以同样的命令继续；同一文件再执行不会重复"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        asking.arguments(parser)
        parser.add_argument("--by", required=True, metavar="用户名", help="由谁接管：须有“接管数据”权限")

    def handle(
        self, *, file: Path, kind: str, mapping: Path | None, report: Path | None, by: str, **_options: object
    ) -> None:
        """Take over and tell. Exit code 1 if a row is faulty."""
        name = asking.person(by)
        job, now = asking.job_of(file, kind, mapping), clock.now()
        for sentence in asking.sensible(job):
            self.stdout.write(sentence)
        path = asking.beside(file, "接管结果", report)
        made = run(job, actor_of(name), name, now, self._told)
        known = made.finished_at is not None and made.finished_at < now
        self.stdout.write(
            f"批次 {made.number}：{asking.told(made.counts)}{'（此前已完成，没有重复接管）' if known else ''}"
        )
        written = reports.write(path, lines_of(made))
        self.stdout.write(f"报告：{path}（{written} 条）\n核对：yunshu import reconcile {made.number}")
        if made.counts.get("bad"):
            raise CommandError(f"{made.counts['bad']} 行有误，没有接管；改正源表后再执行，已接管的行不会重复。")

    def _told(self, line: int, counts: Counter[str]) -> None:
        self.stdout.write(f"… 第 {line} 行：{asking.told(counts)}")
        self.stdout.flush()


def lines_of(made: Run) -> Iterator[reports.Line]:
    """Yield the report of a run from its journal."""
    for row in made.rows.exclude(reasons=[]).iterator():
        for each in row.reasons:
            name = asking.verdict_name(row.outcome)
            yield (row.line, row.key, name, each["column"], each["value"], each["why"], each["todo"])
