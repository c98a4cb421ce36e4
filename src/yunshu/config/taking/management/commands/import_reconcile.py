"""``yunshu import reconcile RUN``: what stands in the database against the source, both read anew."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.config.taking import asking
from yunshu.lib.taking.reconciling import reconcile


class Command(BaseCommand):
    """Prints counts by outcome, and rows and digests on both sides, field group by field group."""

    help = "接管后核对：逐组字段比较数据库与源文件的行数和摘要"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("run", help="批次编号")
        parser.add_argument("--file", type=Path, help="源文件（默认用接管时的路径）")

    def handle(self, *, run: str, file: Path | None, **_options: object) -> None:
        """Compare. Exit code 1 if anything differs."""
        found = reconcile(run, file)
        self.stdout.write(f"{found.run.number} {found.run.file}")
        self.stdout.write(f"  SHA-256 {found.run.sha256}\n  SM3     {found.run.sm3}")
        self.stdout.write(f"源文件 {found.lines} 行：{asking.told(found.outcomes)}")
        for group in found.groups:
            verdict = "一致" if group.is_equal else f"不一致 {group.different} 行：{group.differing}"
            ours, theirs = group.ours.hexdigest()[:16], group.theirs.hexdigest()[:16]
            self.stdout.write(f"  {group.name}：{group.rows} 行，源 {theirs}，库 {ours}，{verdict}")
        if found.gone:
            self.stdout.write(f"  库里找不到的行：{found.gone[:20]}（共 {len(found.gone)}）")
        if found.unjudged:
            self.stdout.write(f"  还没有接管的行：{found.unjudged}；请先执行完 import run。")
        if not found.is_equal:
            raise CommandError("不一致。")
        self.stdout.write("一致。")
