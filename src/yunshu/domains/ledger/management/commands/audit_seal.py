"""``yunshu audit seal``: seal the days that are over now, without waiting for the night."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from yunshu.domains.ledger import trail
from yunshu.lib.kernel import clock


class Command(BaseCommand):
    """Record the days that have no record yet."""

    help = "为已经过去而尚未封存的每一天生成审计日摘要并存证（通常由后台每夜自动执行）。"

    def handle(self, **_options: object) -> None:
        """Run."""
        self.stdout.write(_("已封存 %(n)s 天。") % {"n": trail.seal_days(clock.now())})
