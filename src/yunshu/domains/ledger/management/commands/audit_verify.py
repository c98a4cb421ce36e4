"""``yunshu audit verify``: is the trail what was sealed each night?"""

from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from yunshu.domains.ledger import trail


class Command(BaseCommand):
    """Compute the digest of every sealed day again and compare it with its record."""

    help = "重算每一天审计与登录记录的摘要，与账本中的日摘要比对，指出不符的日期和表。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which days."""
        parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="从哪一天起（默认最早）")
        parser.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="到哪一天止（默认最近）")

    def handle(self, *, since: date | None, until: date | None, **_options: object) -> None:
        """Say each day that differs; fail if there is one."""
        days, rows, wrong, waiting = 0, 0, 0, 0
        for verdict in trail.verify_days(since, until):
            days, rows, waiting = days + 1, rows + verdict.rows, waiting + (not verdict.is_final)
            for fault in verdict.faults:
                self.stderr.write(f"{verdict.day:%Y-%m-%d} {verdict.number}：{fault}")
            wrong += bool(verdict.faults)
        if wrong:
            raise CommandError(_("%(days)s 天中有 %(wrong)s 天不符。") % {"days": days, "wrong": wrong})
        if not days:
            self.stdout.write(_("没有封存过的日子可以核验：每夜封存前一天，不等夜里的执行 yunshu audit seal。"))
            return
        told = _("%(days)s 天共 %(rows)s 行，全部相符；其中 %(waiting)s 天的存证尚未最终确认。")
        self.stdout.write(told % {"days": days, "rows": rows, "waiting": waiting})
