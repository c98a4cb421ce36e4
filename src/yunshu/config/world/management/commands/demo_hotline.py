"""``yunshu demo hotline``: generated tickets in every state, through the services that people use; goes on where it was stopped."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from yunshu.config.world import hotline, hotline_desk, hotline_ways
from yunshu.domains.hotline.rules import life
from yunshu.lib.kernel import clock

FEWEST = len(hotline_ways.WAYS)


class Command(BaseCommand):
    """Makes tickets beside sample people, only where no other tickets are; what was made before stays."""

    help = "放入示范工单：生成的诉求用真实服务走到每一种状态，供参观和截图；有真实工单的实例拒绝执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("--seed", type=int, default=7, help="随机种子（默认 7）")
        parser.add_argument(
            "--tickets", type=int, default=FEWEST * 2, help=f"工单数，至少 {FEWEST}（默认 {FEWEST * 2}）"
        )

    def handle(self, *, seed: int, tickets: int, **_: object) -> None:
        """Make them, say what stands where, end with ``verified``; exit code 1 if a state is missing or it is refused."""
        if tickets < FEWEST:
            raise CommandError(f"至少 {FEWEST} 张，才能走到每一种状态。")
        made = 0
        for n, way, fresh in hotline.tickets(seed, tickets, clock.now()):
            made += fresh
            if fresh and n % 10 == 0:
                self.stdout.write(f"  {n}/{tickets} {way}")
                self.stdout.flush()
        for said in hotline_desk.make(hotline.cast(clock.now()), clock.now()):
            self.stdout.write(f"  {said}")
        states = hotline.reached()
        self.stdout.write(f"新放入 {made} 张，已有 {tickets - made} 张。")
        for code, name in life.STATE_NAMES.items():
            self.stdout.write(f"  {name:8}{states.get(code, 0):6}")
        if missing := [str(life.STATE_NAMES[code]) for code in life.STATE_NAMES if code not in states]:
            raise CommandError(f"没有走到：{'、'.join(missing)}")
        self.stdout.write("verified")
