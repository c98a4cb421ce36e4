"""``yunshu import check FILE --kind … --mapping …``: every row judged as a run would, nothing written but the report."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.config.taking import asking
from yunshu.config.taking.wiring import actor_of
from yunshu.lib.kernel import clock
from yunshu.lib.taking import reports
from yunshu.lib.taking.running import Job, check

SHOWN, COMMONEST = 10, 5


class Command(BaseCommand):
    """A dry run: the same code in transactions that are rolled back."""

    help = "试接管：逐行核对，列出每行全部问题，不写入数据库"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        asking.arguments(parser)

    def handle(self, *, file: Path, kind: str, mapping: Path | None, report: Path | None, **_options: object) -> None:
        """Check and tell. Exit code 1 if a row is faulty."""
        job = asking.job_of(file, kind, mapping)
        for sentence in asking.sensible(job):
            self.stdout.write(sentence)
        path, counts, faults = asking.beside(file, "试接管", report), Counter[str](), Counter[str]()
        written = reports.write(path, self._lines(job, counts, faults))
        self.stdout.write(f"试接管（未写入）：共 {counts.total()} 行：{asking.told(counts, is_trial=True)}")
        for fault, count in faults.most_common(COMMONEST):
            self.stdout.write(f"  {count:>7} 处  {fault}")
        self.stdout.write(f"报告：{path}（{written} 条）")
        if counts["bad"]:
            raise CommandError(f"{counts['bad']} 行有误，按报告改正源表或映射后再试。")

    def _lines(self, job: Job, counts: Counter[str], faults: Counter[str]) -> Iterator[reports.Line]:
        shown = 0
        for verdict in check(job, actor_of("试接管"), clock.now()):
            counts[verdict.outcome] += 1
            for line in reports.lines(verdict, asking.verdict_name(verdict.outcome, is_trial=True)):
                faults[f"{line[3]}：{line[5]}"] += 1
                if shown < SHOWN:
                    self.stderr.write(f"第 {line[0]} 行 {line[3]}“{line[4]}”：{line[5]}。{line[6]}")
                shown += 1
                yield line
