"""``yunshu files verify``: hash every stored file anew."""

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.files import selectors


class Command(BaseCommand):
    """Compare the disk with the digests in the database."""

    help = "重新计算每个附件的摘要，与登记的摘要比对。"

    def handle(self, **_: object) -> None:
        """Run; exit 1 if anything is missing or different."""
        faults = 0
        for digest, fault in selectors.damaged():
            faults += 1
            self.stderr.write(f"{digest}：{'文件不见了' if fault == 'missing' else '内容与登记的摘要不符'}")
        if faults:
            raise CommandError(f"{faults} 个文件有问题；请从备份恢复。")
        self.stdout.write("全部附件与登记的摘要一致。")
