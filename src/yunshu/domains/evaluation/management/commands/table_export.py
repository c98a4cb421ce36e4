"""``yunshu table export YEAR``: write a department's table in the official layout to a file."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.directory.contracts import System
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.sheets import WRITERS


class Command(BaseCommand):
    """Writes the newest version, or the one asked for."""

    help = "按规定格式导出绩效目标表（XLSX、DOCX、文本）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("year", type=int, help="年度")
        parser.add_argument("--format", choices=sorted(WRITERS), default="", help="文件格式，默认按文件扩展名")
        parser.add_argument("-o", "--output", type=Path, required=True, help="写到哪个文件")
        parser.add_argument("--org", default="", help="哪个部门（机构编码）；该年度只有一张表时可以不写")
        parser.add_argument("--version-ordinal", type=int, default=0, help="第几版，默认最新")

    def handle(self, *, year: int, output: Path, org: str, **options: object) -> None:
        """Write and say what was written. Exit code 1 where there is no such table, or more than one."""
        kind = str(options["format"]) or output.suffix.lstrip(".").lower()
        if kind not in WRITERS:
            raise CommandError("请用 --format 指定 xlsx、docx 或 txt。")
        table = the_table(year, org)
        wanted = int(str(options["version_ordinal"]))
        version = selectors.get_version(table, wanted) if wanted else selectors.newest_version(table)
        output.write_bytes(WRITERS[kind](selectors.form_of(version)))
        self.stdout.write(f"已导出：{output}（{table.number} 第 {version.ordinal} 版）")


def the_table(year: int, org: str) -> PerformanceTable:
    """Return the one table of a year (and department); raise CommandError where there is none, or more than one."""
    found = selectors.visible_tables(System(name="绩效目标表导出")).filter(year=year)
    tables = list(found.filter(org__code=org) if org else found)
    if not tables:
        raise CommandError(f"没有 {year} 年的绩效目标表。")
    if len(tables) > 1:
        codes = "、".join(f"{t.org.code} {t.org.name}" for t in tables)
        raise CommandError(f"{year} 年有 {len(tables)} 张表，请用 --org 指定部门：{codes}")
    return tables[0]
