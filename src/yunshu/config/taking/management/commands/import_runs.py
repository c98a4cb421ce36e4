"""``yunshu import runs``: what was taken over, when, by whom, with what result."""

from django.core.management.base import BaseCommand

from yunshu.config.taking import asking
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.taking.models import Run


class Command(BaseCommand):
    """Lists runs, the newest first."""

    help = "列出接管批次"

    def handle(self, **_options: object) -> None:
        """Print."""
        rows = Run.objects.all()
        for row in rows:
            at = row.started_at.astimezone(CITY_ZONE)
            counts = asking.told(row.counts)
            self.stdout.write(
                f"{row.number}  {at:%Y-%m-%d %H:%M}  {row.kind}  {row.get_state_display()}  {row.file}  {row.by}  {counts}"
            )
        if not rows:
            self.stdout.write("还没有接管过数据。")
