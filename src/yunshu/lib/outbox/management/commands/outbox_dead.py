"""``yunshu outbox dead``: facts that wait for a person."""

from django.core.management.base import BaseCommand

from yunshu.lib.outbox.handling import dead_letters, status


class Command(BaseCommand):
    """List dead letters."""

    help = "列出多次处理失败、已停止重试的事实。"

    def handle(self, **_: object) -> None:
        """Print one line a letter, then the totals."""
        for letter in dead_letters():
            self.stdout.write(
                f"{letter.pk}  {letter.handler}  事实 {letter.event_id}  {letter.subject}  "
                f"失败 {letter.failures} 次  {letter.error}"
            )
        state = status()
        self.stdout.write(
            f"待发布 {state['unpublished']} 条，重试中 {state['retrying']} 条，停止重试 {state['dead_letters']} 条。"
        )
