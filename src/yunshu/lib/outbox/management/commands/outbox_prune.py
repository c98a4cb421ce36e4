"""``yunshu outbox prune``: the owner deletes what is long published."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from yunshu.lib.outbox.handling import prune


class Command(BaseCommand):
    """Prune the outbox; only the owner of the tables can (run it with DATABASE_URL set to the owner's)."""

    help = "删除早已发布的事实（须以 yunshu_owner 角色执行：DATABASE_URL=$DATABASE_OWNER_URL yunshu outbox prune）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the age."""
        parser.add_argument("--days", type=int, default=180, help="保留天数，至少 60（默认 180）")

    def handle(self, *, days: int, **_: object) -> None:
        """Prune and say how much."""
        facts, marks = prune(days)
        self.stdout.write(f"已删除事实 {facts} 条、处理标记 {marks} 条。")
