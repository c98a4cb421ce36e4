"""``yunshu hotline index``: bring the knowledge base's search index up to date now, or make it anew."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.hotline.services import kb_index


class Command(BaseCommand):
    """The job does the same every minute; this waits until all is done."""

    help = "更新知识库检索索引；--anew 删掉重建。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("--anew", action="store_true", help="删掉重建")

    def handle(self, *, anew: bool, **_: object) -> None:
        """Index, tell how much."""
        done = kb_index.bring_up_to_date(anew=anew)
        while done is not None and done.left:
            done = kb_index.bring_up_to_date()
        if done is None:
            raise CommandError("另一进程正在更新索引，请稍后再试。")
        self.stdout.write(f"索引已是最新：本次写入 {done.put} 条，删除 {done.dropped} 条。")
