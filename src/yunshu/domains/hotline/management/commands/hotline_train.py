"""``yunshu hotline train FOLDER``: models from what the city's people have decided, with a card; nothing is put in use."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from yunshu.domains.directory.contracts import System
from yunshu.domains.hotline.services import smart_models
from yunshu.lib.kernel import clock


class Command(BaseCommand):
    """Trains; killed, it leaves no model and is run again."""

    help = "用本市的工单训练分类和派单模型（格式见 docs/operate/hotline-models.md）；可中断，再次执行即可"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("folder", type=Path, help="训练数据的文件夹：categories.csv、departments.csv")
        parser.add_argument("--name", default="", help="给这一版本起的名称")
        parser.add_argument("--with-corrections", action="store_true", help="加上人对建议的采用和改正（不含保密工单）")
        parser.add_argument("--with-closed", action="store_true", help="加上已办结的工单（不含保密工单）")

    def handle(self, *, folder: Path, name: str, with_corrections: bool, with_closed: bool, **_: object) -> None:
        """Train, register the version, print its card."""
        row = smart_models.train(
            source=folder.resolve(),
            note=name,
            by=System(name="yunshu hotline train"),
            now=clock.now(),
            tell=self.tell,
            corrections=with_corrections,
            closed=with_closed,
        )
        self.tell((smart_models.folder() / f"hotline-{row.version}" / "CARD.md").read_text("utf-8"))
        self.tell(f"版本 {row.version} 已登记，尚未启用：请在“智能模型”页面启用。")

    def tell(self, line: str) -> None:
        """Print one line, now."""
        self.stdout.write(line)
        self.stdout.flush()
