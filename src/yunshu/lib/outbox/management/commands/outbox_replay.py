"""``yunshu outbox replay ID``: handle a dead letter again."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from yunshu.lib.outbox.handling import replay


class Command(BaseCommand):
    """Replay one dead letter."""

    help = "重新处理一条已停止重试的事实；成功后从失败记录中移除。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the letter's number."""
        parser.add_argument("id", type=int, help="yunshu outbox dead 列出的编号")

    def handle(self, *, id: int, **_: object) -> None:
        """Replay and say so."""
        letter = replay(id)
        self.stdout.write(f"已处理：{letter.handler}，事实 {letter.event_id}。")
