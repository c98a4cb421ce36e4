"""``yunshu city check DIR``: say what is wrong with a city pack; exit 1 if anything is."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from yunshu.config.city.check import check
from yunshu.config.city.problems import Weight


class Command(BaseCommand):
    help = "检查城市包：逐条说明哪个文件、哪一行、怎样改。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *, folder: Path, **_options: object) -> None:
        """Print each problem, then the verdict."""
        pack, problems = check(folder)
        for problem in problems:
            style = self.style.ERROR if problem.weight is Weight.ERROR else self.style.WARNING
            word = _("错误") if problem.weight is Weight.ERROR else _("提示")
            self.stdout.write(style(f"{word} {problem}"))
        errors = sum(p.weight is Weight.ERROR for p in problems)
        if errors or pack is None:
            raise CommandError(_("城市包有 %(count)s 处错误，请改正后再检查。") % {"count": errors})
        self.stdout.write(
            _(
                "城市包可用：%(name)s，机构 %(orgs)s 个，人员 %(people)s 名，日历 %(years)s 年，绩效目标表 %(tables)s 份。"
            )
            % {
                "name": pack.city.city.name,
                "orgs": len(pack.organisations),
                "people": len(pack.people),
                "years": len(pack.years),
                "tables": len(pack.tables),
            }
        )
