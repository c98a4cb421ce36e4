"""``yunshu exchange province``: the simulator of a level above, for demonstrations and trials. It is nobody's platform."""

from yunshu.domains.exchange.cascading import SHIPPED
from yunshu.lib.cascade.simulator.command import SimulatorCommand
from yunshu.lib.cascade.simulator.desk import ANSWERS
from yunshu.lib.cascade.simulator.running import Stage


class Command(SimulatorCommand):
    """Serves on loopback until SIGTERM."""

    help = "运行省级平台模拟器（演示和测试用，不是省里的系统）。"

    def staged(self, faults: list[str]) -> Stage:
        """Return the level above."""
        return Stage(SHIPPED, ANSWERS, faults)
