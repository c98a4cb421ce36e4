"""``yunshu city load DIR``: bring a city pack into the database, without overwriting what people changed."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from yunshu.config import env
from yunshu.config.city import (
    load,
    load_calendar,
    load_campaigns,
    load_exchange,
    load_loans,
    load_projects,
    load_schemes,
    load_tables,
    load_targets,
)
from yunshu.config.city.check import check
from yunshu.config.city.load import Tally
from yunshu.config.city.pack import Pack
from yunshu.config.city.problems import Weight
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError


class Command(BaseCommand):
    help = "装入城市包：可重复执行，人工修改过的内容保留不动。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *, folder: Path, **_options: object) -> None:
        """Check, load file by file, print what each did."""
        pack, problems = check(folder)
        errors = [p for p in problems if p.weight is Weight.ERROR]
        for problem in errors:
            self.stderr.write(self.style.ERROR(str(problem)))
        if errors or pack is None:
            raise CommandError(_("城市包有 %(count)s 处错误，没有装入。") % {"count": len(errors)})
        accounts_file = env.path("YUNSHU_DATA") / "accounts.txt"
        try:
            for tally in tallies(pack, accounts_file):
                self._print(tally)
        except YunshuError as error:
            raise CommandError(_("装入中断：%(message)s 改正后重新执行即可继续。") % {"message": error}) from error
        if accounts_file.exists():
            self.stdout.write(_("示例账号见 %(file)s") % {"file": accounts_file})

    def _print(self, tally: Tally) -> None:
        counts = {name: tally.counts[name] for name in ("created", "updated", "kept", "same")}
        self.stdout.write(
            _("%(file)s：新增 %(created)s，更新 %(updated)s，保留 %(kept)s，未变 %(same)s")
            % {"file": tally.file, **counts}
        )
        for note in tally.notes:
            self.stdout.write(f"  {note}")


def tallies(pack: Pack, accounts_file: Path) -> Iterator[Tally]:
    """Load every file in the order of need and yield what it did."""
    yield load.load_roles(pack)
    yield load.load_organisations(pack)
    yield load.load_people(pack, accounts_file)
    yield load.load_assignments(pack, clock.now())
    yield load_calendar.load_hours(pack)
    yield from load_calendar.load_years(pack)
    yield load_tables.load_tables(pack)
    yield from load_projects.load_projects(pack)
    yield from load_exchange.load_exchange(pack)
    yield load_targets.load_targets(pack)
    yield load_campaigns.load_campaigns(pack)
    yield load_loans.load_loans(pack)
    yield load_schemes.load_schemes()
