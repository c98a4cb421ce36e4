"""``yunshu hotline upper``: the simulator of the province's hotline, for demonstrations and trials. It is nobody's platform."""

from yunshu.domains.hotline.province_desk import ANSWERS
from yunshu.domains.hotline.province_line import SHIPPED
from yunshu.lib.cascade.simulator.command import SimulatorCommand
from yunshu.lib.cascade.simulator.running import Stage


class Command(SimulatorCommand):
    """Serves on loopback until SIGTERM."""

    help = "运行省热线平台模拟器（演示和测试用，不是省里的系统）。"

    def staged(self, faults: list[str]) -> Stage:
        """Return the level above."""
        return Stage(SHIPPED, ANSWERS, faults)
