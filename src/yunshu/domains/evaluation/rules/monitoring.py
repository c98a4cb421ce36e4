"""Double monitoring (双监控): execution against the nodes of the year, and against the progress of the goals.

The nodes stand in ``data/monitoring-*.toml``; the default is Sichuan's 川财绩〔2025〕10号.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from yunshu.domains.evaluation.rules.budget import percent
from yunshu.domains.evaluation.rules.measuring import Light
from yunshu.domains.evaluation.rules.sources import Source, codes, document, source_of

_RANK = {Light.GREY: 0, Light.GREEN: 1, Light.AMBER: 2, Light.RED: 3}


@dataclass(frozen=True, kw_only=True)
class Node:
    """From the first day after ``through_month``, execution must be ``least`` or more."""

    through_month: int
    least: Decimal


@dataclass(frozen=True, kw_only=True)
class MonitoringRules:
    """Nodes, the allowed gap between goals and money, and what follows a warning."""

    code: str
    name: str
    source: Source
    nodes: tuple[Node, ...]
    gap: Decimal
    gap_light: Light
    below_light: Light
    decision_working_days: int
    decision_choices: tuple[str, ...]
    no_decision: str


@dataclass(frozen=True, kw_only=True)
class Warned:
    """The light of one day: the node that applies (None before the first), why, and whether a decision is due."""

    light: Light
    node: Node | None
    reasons: tuple[str, ...]
    decision_needed: bool


def monitoring_codes() -> tuple[str, ...]:
    """Return the codes of all monitoring rule sets."""
    return codes("monitoring")


@cache
def monitoring_rules(code: str = "sichuan-2025") -> MonitoringRules:
    """Return a monitoring rule set; LookupError for an unknown code."""
    data = document("monitoring", code)
    nodes = (Node(through_month=n["through_month"], least=Decimal(n["least"])) for n in data["nodes"])
    return MonitoringRules(
        code=data["code"],
        name=data["name"],
        source=source_of(data),
        nodes=tuple(sorted(nodes, key=lambda n: n.through_month)),
        gap=Decimal(data["gap"]),
        gap_light=Light(data["gap_light"]),
        below_light=Light(data["below_light"]),
        decision_working_days=data["decision_working_days"],
        decision_choices=tuple(data["decision_choices"]),
        no_decision=data["no_decision"],
    )


def node_on(rules: MonitoringRules, year: int, on: date) -> Node | None:
    """Return the newest node whose last month is over on the day ``on``, None before the first."""
    over = [n for n in rules.nodes if on >= date(year, n.through_month, monthrange(year, n.through_month)[1])]
    return over[-1] if over else None


def monitored(
    rate: Decimal | None, progress: Decimal | None, year: int, on: date, rules: MonitoringRules | None = None
) -> Warned:
    """Return the light of execution ``rate`` and goal ``progress`` (0 to 1; None: not known) on the day ``on``."""
    chosen = rules or monitoring_rules()
    node = node_on(chosen, year, on)
    lights, reasons = [], []
    if rate is not None and node is not None:
        below = rate < node.least
        lights.append(chosen.below_light if below else Light.GREEN)
        words = "低于" if below else "不低于"
        reasons.append(f"执行率{percent(rate)}，{words}1—{node.through_month}月应达到的{percent(node.least)}。")
    if rate is not None and progress is not None:
        apart = abs(progress - rate)
        lights.append(chosen.gap_light if apart > chosen.gap else Light.GREEN)
        words = "超过" if apart > chosen.gap else "未超过"
        reasons.append(
            f"目标进度{percent(progress)}与执行率{percent(rate)}相差{percent(apart)}，{words}{percent(chosen.gap)}。"
        )
    if not lights:
        reasons.append("没有预算金额。" if rate is None else "尚未到第一个监控节点。")
    light = max(lights, key=_RANK.__getitem__, default=Light.GREY)
    needed = light in (Light.AMBER, Light.RED)
    if needed:
        choices = "、".join(chosen.decision_choices)
        reasons.append(f"请在{chosen.decision_working_days}个工作日内选择：{choices}；逾期未选的{chosen.no_decision}。")
    return Warned(light=light, node=node, reasons=tuple(reasons), decision_needed=needed)


@dataclass(frozen=True, kw_only=True)
class Due:
    """One node of the year: its last day, whether it is over, and what was true on that day (None before it)."""

    node: Node
    ends_on: date
    is_over: bool
    rate: Decimal | None
    light: Light


def calendar(rules: MonitoringRules, year: int, today: date, rates: Mapping[int, Decimal | None]) -> tuple[Due, ...]:
    """Return the nodes of ``year``; ``rates`` is the execution at the end of each node's month."""
    found = []
    for node in rules.nodes:
        ends_on = last_day(year, node.through_month)
        over = today >= ends_on
        rate = rates.get(node.through_month) if over else None
        light = Light.GREY if rate is None else rules.below_light if rate < node.least else Light.GREEN
        found.append(Due(node=node, ends_on=ends_on, is_over=over, rate=rate, light=light))
    return tuple(found)


def last_day(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, monthrange(year, month)[1])
