"""``yunshu trace NUMBER``: the way of one request through the house."""

from argparse import ArgumentParser
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand

from yunshu.domains.operations import platform
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.observe import steps


class Command(BaseCommand):
    """Show what came of a request, in order."""

    help = "按请求编号显示它的路径：页面 → 数据 → 事实 → 处理与任务 → 存证，带时间。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number."""
        parser.add_argument("number", help="请求编号，或它的前 8 位以上")

    def handle(self, *, number: str, **_: object) -> None:
        """Print one line a step."""
        found = steps.follow(number, settings.LOGS_FOLDER)
        self.stdout.write(f"请求 {next((step.request for step in found if step.request), number)}")
        for step, floor, state, after in platform.way(found):
            at = step.at.astimezone(CITY_ZONE)
            late = f"+{after / timedelta(seconds=1):.3f}s"
            words = "  ".join(filter(None, (floor, step.what, step.about, state)))
            self.stdout.write(f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}  {late:>10}  {words}")
