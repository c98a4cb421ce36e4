"""``yunshu table report YEAR``: write the self-evaluation report of a department's table to a file."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.evaluation.management.commands.table_export import the_table
from yunshu.domains.evaluation.reporting import report_of
from yunshu.domains.evaluation.sheets import REPORT_WRITERS
from yunshu.lib.kernel import clock


class Command(BaseCommand):
    """Writes the report as it stands today, marked as a draft until it is submitted."""

    help = "导出绩效自评报告（DOCX）或自评表（XLSX）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("year", type=int, help="年度")
        parser.add_argument("-o", "--output", type=Path, required=True, help="写到哪个文件（.docx 或 .xlsx）")
        parser.add_argument("--org", default="", help="哪个部门（机构编码）；该年度只有一张表时可以不写")

    def handle(self, *, year: int, output: Path, org: str, **_: object) -> None:
        """Write and say what was written. Exit code 1 where there is no such table, or more than one."""
        kind = output.suffix.lstrip(".").lower()
        if kind not in REPORT_WRITERS:
            raise CommandError("文件扩展名应为 .docx 或 .xlsx。")
        report = report_of(the_table(year, org), clock.city_date(clock.now()))
        output.write_bytes(REPORT_WRITERS[kind](report))
        state = "草稿" if report.draft else "已提交"
        self.stdout.write(f"已导出：{output}（{state}，自评 {report.total} 分，{report.grade}）")
