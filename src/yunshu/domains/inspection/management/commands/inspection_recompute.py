"""``yunshu inspection recompute``: every score of a frozen assessment, made again from its snapshot."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.choices_schemes import AssessmentState
from yunshu.domains.inspection.selectors.assessments import visible_assessments
from yunshu.domains.inspection.services.assessments import recompute

ACTOR = System(name="inspection recompute")


class Command(BaseCommand):
    """Exit code 1 where a score differs from what was kept."""

    help = "从定格数据重算检查考评的得分，与保存的逐行对照；有不符时以 1 退出。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take an assessment; without one, all that are frozen."""
        parser.add_argument("number", nargs="?", default="", help="考评编号；不写则核对全部")

    def handle(self, *, number: str, **_: object) -> None:
        """Print one line an assessment, then the verdict."""
        rows = visible_assessments(ACTOR).exclude(state=AssessmentState.DRAFT)
        rows = rows.filter(number=number) if number else rows
        wrong = checked = 0
        for row in rows:
            faults = recompute(row)
            checked, wrong = checked + 1, wrong + len(faults)
            self.stdout.write(f"{row.number} {row.name}：{'不符' if faults else '相符'}")
            for fault in faults:
                self.stdout.write(self.style.ERROR(f"    {fault}"))
        if wrong:
            raise CommandError(f"{wrong} 处不符。")
        self.stdout.write(f"相符：{checked} 次考评。" if checked else "没有已定格的考评。")
