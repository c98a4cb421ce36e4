"""``yunshu import undo RUN --by …``: take a run back, while nothing depends on it."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from yunshu.config.taking import asking
from yunshu.config.taking.wiring import actor_of
from yunshu.lib.kernel import clock
from yunshu.lib.taking.undoing import undo


class Command(BaseCommand):
    """All of it in one transaction, or nothing."""

    help = "撤销一个接管批次；有数据依赖它时拒绝并说明"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("run", help="批次编号")
        parser.add_argument("--by", required=True, metavar="用户名", help="由谁撤销：须有“接管数据”权限")

    def handle(self, *, run: str, by: str, **_options: object) -> None:
        """Undo and tell."""
        name = asking.person(by)
        made = undo(run, actor_of(name), name, clock.now())
        self.stdout.write(f"批次 {made.number} 已撤销：{made.counts.get('created', 0)} 条。日志保留。")
