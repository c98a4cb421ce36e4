"""``yunshu jobs status``: the queue in a few lines."""

from django.core.management.base import BaseCommand

from yunshu.lib.jobs.worker import status


class Command(BaseCommand):
    """Show the queue."""

    help = "显示后台任务的数量与失败的任务。"

    def handle(self, **_: object) -> None:
        """Print counts, then failures."""
        state = status()
        for name, count in sorted(state["counts"].items()):
            self.stdout.write(f"{name}: {count}")
        self.stdout.write(f"重试中: {state['retrying']}")
        for job in state["failed"]:
            self.stdout.write(f"失败 {job['id']}  {job['task']}  已试 {job['attempts']} 次")
