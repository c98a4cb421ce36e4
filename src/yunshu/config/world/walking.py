"""What the walks of demonstrations share: say what was seen, wait for what others do, end where it is not as it must be."""

from collections.abc import Callable

from django.core.management.base import CommandError

from yunshu.lib.kernel.patience import comes_true


class Walker:
    """Walks from station to station; ``log`` names the process whose log says why something did not come."""

    patience_s: float
    log: str
    pause_s: float = 0.05

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait until it holds; raise CommandError where it does not in time."""
        if not comes_true(condition, self.patience_s, self.pause_s):
            raise CommandError(
                f"等了 {self.patience_s:.0f} 秒还没有{what}，请看 yunshu status 和 yunshu logs {self.log}。"
            )

    def demand(self, holds: bool, said: str, detail: str = "") -> None:  # noqa: FBT001 - a condition
        """Say what was seen; raise CommandError where it is not so."""
        if not holds:
            raise CommandError(f"不符：{said}{detail}")
        self.say(said)
