"""Monitoring of a table: the nodes of the year with what was true at each, today's warning, what was reported."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from django.db.models import QuerySet

from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.models import MonitoringStatement, PerformanceTable
from yunshu.domains.evaluation.paid import PaidLine, paid_lines
from yunshu.domains.evaluation.rules.budget import RATIO
from yunshu.domains.evaluation.rules.measuring import Light
from yunshu.domains.evaluation.rules.monitoring import (
    Due,
    MonitoringRules,
    Warned,
    calendar,
    last_day,
    monitored,
    monitoring_rules,
)


@dataclass(frozen=True, kw_only=True)
class NodeRow:
    """A node with the newest statement about it."""

    due: Due
    statement: MonitoringStatement | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What the monitoring page shows of a day."""

    rules: MonitoringRules
    nodes: tuple[NodeRow, ...]
    rate: Decimal | None
    progress: Decimal | None
    warned: Warned
    behind: tuple[selectors.Line, ...]


def rate_until(lines: Iterable[PaidLine], planned: Decimal, on: date) -> Decimal | None:
    """Return paid until ``on`` over planned, downwards to 0.0001; None where nothing is planned."""
    if planned <= 0:
        return None
    paid = sum((line.amount_yuan for line in lines if line.on <= on), Decimal(0))
    return (paid / planned).quantize(RATIO, ROUND_DOWN)


def progress_of(lines: Iterable[selectors.Line]) -> Decimal | None:
    """Return the mean attainment (at most 1 each) of the measured promises; None where nothing measures."""
    shares = [min(line.verdict.attainment, Decimal(1)) for line in lines if line.verdict.attainment is not None]
    return None if not shares else (sum(shares, Decimal(0)) / len(shares)).quantize(RATIO, ROUND_DOWN)


def overview(table: PerformanceTable, today: date) -> Overview:
    """Return the monitoring of a table as of ``today``."""
    rules = monitoring_rules()
    planned = selectors.form_of(selectors.newest_version(table)).task_total
    on = min(today, date(table.year, 12, 31))
    paid = paid_lines(table)
    rates = {n.through_month: rate_until(paid, planned, last_day(table.year, n.through_month)) for n in rules.nodes}
    lines = selectors.scoreboard(table, today)
    rate, progress = rate_until(paid, planned, on), progress_of(lines)
    newest: dict[int, MonitoringStatement] = {}
    for row in statements(table):
        newest.setdefault(row.through_month, row)
    nodes = calendar(rules, table.year, today, rates)
    return Overview(
        rules=rules,
        nodes=tuple(NodeRow(due=due, statement=newest.get(due.node.through_month)) for due in nodes),
        rate=rate,
        progress=progress,
        warned=monitored(rate, progress, table.year, on, rules),
        behind=tuple(line for line in lines if line.verdict.light in (Light.RED, Light.AMBER)),
    )


def statements(table: PerformanceTable) -> QuerySet[MonitoringStatement]:
    """Return every statement, the newest first."""
    return table.statements.order_by("-pk")
