"""``yunshu workflow verify``: recompute the chain of every case."""

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.workflow import selectors


class Command(BaseCommand):
    """Walk the hash chain of every case and name the first broken step of each."""

    help = "逐个事项重算流转记录的摘要链，指出第一处被改动的步骤。"

    def handle(self, **_: object) -> None:
        """Run; exit 1 if any chain is broken."""
        broken, checked = 0, 0
        for case, step in selectors.broken_chains():
            checked += 1
            if step is not None:
                broken += 1
                self.stderr.write(f"{case.flow} {case.number}：第 {step} 步起摘要不符")
        if broken:
            raise CommandError(f"{checked} 个事项中有 {broken} 个的流转记录被改动。")
        self.stdout.write(f"{checked} 个事项的流转记录完整。")
