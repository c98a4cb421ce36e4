"""How many agents a half hour needs: Erlang C (M/M/c: random calls, nobody gives up), as the roster's first guess.

A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges" (1917). Real
callers give up, so what it says is on the safe side.
"""

import math
from dataclasses import dataclass

from yunshu.lib.kernel.errors import Refused

MOST_AGENTS = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """``calls`` arrive in ``interval_s``, each keeps an agent for ``handling_s`` (talk and wrap-up)."""

    calls: float
    handling_s: float
    interval_s: float = 1800.0

    @property
    def erlangs(self) -> float:
        """话务量。Return how many agents are at work on average."""
        return self.calls * self.handling_s / self.interval_s


@dataclass(frozen=True, slots=True)
class Target:
    """服务水平目标: the share of calls answered within ``within_s``. 80/20 is the trade's habit; GB/T 33358-2016 says 15 s and 95 % connected."""

    share: float = 0.95
    within_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Staffing:
    """What ``agents`` at work give; ``rostered`` is how many must be on the roster for that."""

    agents: int
    rostered: int
    waiting_share: float
    service_level: float
    mean_wait_s: float
    occupancy: float


def waiting_share(erlangs: float, agents: int) -> float:
    """Return the chance that a call must wait (Erlang's C); 1 where the agents cannot keep up."""
    if agents <= erlangs:
        return 1.0
    blocked = 1.0  # Erlang's B by its recurrence: no factorials, no overflow
    for k in range(1, agents + 1):
        blocked = erlangs * blocked / (k + erlangs * blocked)
    return blocked / (1 - erlangs / agents * (1 - blocked))


def outlook(load: Load, agents: int, within_s: float, *, shrinkage: float = 0.0) -> Staffing:
    """Return what so many agents give. The mean wait is infinite where they cannot keep up."""
    waits, spare = waiting_share(load.erlangs, agents), agents - load.erlangs
    keeps_up = spare > 0
    return Staffing(
        agents=agents,
        rostered=_rostered(agents, shrinkage),
        waiting_share=waits,
        service_level=1 - waits * math.exp(-spare * within_s / load.handling_s) if keeps_up else 0.0,
        mean_wait_s=waits * load.handling_s / spare if keeps_up else math.inf,
        occupancy=min(load.erlangs / agents, 1.0) if agents else 0.0,
    )


def staffing(
    load: Load, target: Target = Target(), *, shrinkage: float = 0.3, most_occupancy: float = 0.85
) -> Staffing:
    """Return the fewest agents that meet ``target`` without being at work more than ``most_occupancy`` of the time.

    ``shrinkage`` (损耗率) is the share of paid time away from the telephone: rest, training, leave. Raises Refused ``staffing_input``.
    """
    _demand_sense(load, target, shrinkage, most_occupancy)
    if load.erlangs == 0:
        return Staffing(0, 0, 0.0, 1.0, 0.0, 0.0)
    agents = max(1, math.ceil(load.erlangs / most_occupancy))
    while (seen := outlook(load, agents, target.within_s, shrinkage=shrinkage)).service_level < target.share:
        agents += 1
    return seen


def _rostered(agents: int, shrinkage: float) -> int:
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


def _demand_sense(load: Load, target: Target, shrinkage: float, most_occupancy: float) -> None:
    sound = (
        load.calls >= 0
        and load.handling_s > 0
        and load.interval_s > 0
        and load.erlangs <= MOST_AGENTS
        and 0 < target.share < 1
        and target.within_s >= 0
        and 0 <= shrinkage < 1
        and 0 < most_occupancy <= 1
    )
    if not sound:
        raise Refused("staffing_input", "排班测算参数不合理：来电量不能为负，处理时长须大于 0，比例须在 0 与 1 之间。")
