"""``yunshu demo inspection``: a generated city's websites and accounts, inspected, with the truth beside what was found, and reviewed."""

import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.config.world import inspecting, inspecting_accounts
from yunshu.config.world.inspecting import Score
from yunshu.config.world.reviewing import Review
from yunshu.config.world.walking import Walker
from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.models import AcceptedTerm, Account, Finding, Site
from yunshu.domains.inspection.services.running import drawing, planning, slicing, working
from yunshu.lib.jobs.alone import alone
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import WebCity, web_city

ACTOR = System(name="网站检查演示")
LEAST = 0.9


class Command(BaseCommand):
    """Makes a department with a made-up city's sites, closed and out of use at the end; their findings stay, they count nowhere."""

    help = "演示网站检查：生成一座城市的网站和账号，检查两遍，逐项打印查准率和查全率，再走一遍复核和整改（几分钟）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("--seed", type=int, nargs="+", default=[7], help="每个数字是一座城市，可以写几个（默认 7）")

    def handle(self, *, seed: list[int], **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 if a check finds too little or too much."""
        with tempfile.TemporaryDirectory(prefix="yunshu-demo-") as folder, ExitStack() as held:
            locks = (slicing.LOCK, slicing.RETESTS, slicing.POSTS)
            if not all([held.enter_context(alone(lock)) for lock in locks]):
                raise CommandError("网站检查正在进行，请过一会儿再试。")
            for one in seed:
                Walk(self._say).run(one, Path(folder))
        self.stdout.write("verified")

    def _say(self, said: str) -> None:
        self.stdout.write(f"  {said}")
        self.stdout.flush()


def _org(*, active: bool) -> directory.OrgSpec:
    city = Org.objects.get(parent=None, kind=Org.Kind.CITY)
    return directory.OrgSpec(
        code="demo-inspection",
        name="网站检查演示（示例）",
        kind=Org.Kind.DEPARTMENT,
        parent_code=city.code,
        is_sample=True,
        is_active=active,
    )


class Walk(Walker):
    """One walk: two visits to one city."""

    patience_s = 60
    log = "worker"

    def run(self, seed: int, folder: Path) -> None:
        """Walk from the registry to the scores; the sites are closed again whatever happens."""
        org = directory.save_org(actor=ACTOR, spec=_org(active=True))
        self._retire(org)  # what a walk cut short has left
        city = web_city(seed, clock.now(), inspecting.free_codes())
        sites = inspecting.register(city, org)
        accounts = inspecting_accounts.register(city, org, ACTOR, clock.now())
        self.say(f"登记 {len(accounts)} 个新媒体账号，导入发文 {sum(len(one.posts) for one in city.accounts)} 条")
        self.say(f"登记 {len(sites)} 个网站、{len(city.lexicon())} 个词条（种子 {seed}）")
        try:
            self._inspect(city, sites, accounts, org, folder)
        finally:
            self._retire(org)
            directory.save_org(actor=ACTOR, spec=_org(active=False))

    def _retire(self, org: Org) -> None:
        inspecting.retire(org)
        inspecting_accounts.retire(org)
        AcceptedTerm.objects.filter(taught_by__org=org).update(is_active=False)

    def _inspect(self, city: WebCity, sites: list[Site], accounts: list[Account], org: Org, folder: Path) -> None:
        with inspecting.served(city.at(0)) as running:
            machine = inspecting.machine(running, folder)
            self._left_out(machine)
            for stage, said in enumerate(("第一遍（基线）", "第二遍（有攻击和正常改版）")):
                running.show(stage)
                runs = planning.begin_all(by=ACTOR, now=clock.now(), only=sites)
                self.demand(working.work(machine) == 0, f"{said}检查了 {len(runs)} 个网站")
            visits = inspecting.visit_a_week(machine, sites, clock.now())
            self.demand(visits > 0, f"按一周的次数访问首页 {visits} 次，判断能不能打开")
            self.say(f"检查发文 {inspecting_accounts.inspect(clock.now())} 条的文字，判断账号")
            self._score(inspecting.scores(city.at(1), sites, machine) | inspecting_accounts.scores(city, accounts))
            self._proven(sites)
            Review(self.say, org, machine, lambda: running.show(0)).run()

    def _score(self, scores: dict[str, Score]) -> None:
        for check, score in scores.items():
            self.demand(
                score.recall >= LEAST and score.precision >= LEAST,
                f"{check:24} 植入 {score.planted:3} 查出 {score.hits:3} 查全率 {score.recall:.3f} 查准率 {score.precision:.3f}",
                f"\n漏：{score.missed[:5]}\n误：{score.false[:5]}",
            )

    def _proven(self, sites: list[Site]) -> None:
        found = Finding.objects.filter(site__in=sites, gone_at=None)
        self.demand(
            not found.filter(evidence__isnull=True, url__endswith=".docx").exists(), "文件里的问题都附有网页存档"
        )

    def _left_out(self, machine: working.Machine) -> None:
        """Say what this installation cannot look at, and how it could."""
        if machine.browser is None:
            lacks = "、".join(drawing.missing())
            self.say(
                f"没有浏览器（缺 {lacks}）：由脚本写出正文的网站不计（apt install chromium，uv sync --extra render）"
            )
        if machine.reader is None:
            self.say("没有图片文字识别：图片不计（uv sync --extra ocr）")
