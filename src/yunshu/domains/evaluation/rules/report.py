"""What the self-evaluation report says, put together from the form, the money and the scorecard; nothing is invented.

The official 自评表 lists level 1 to 3, the year's target, what was reached, points, score, and the reason for a
deviation (layout: 部门整体支出绩效自评表, 财预〔2020〕10号 frame; see ``../shared/domain/evaluation.md`` F1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yunshu.domains.evaluation.contracts import Indicator, TableForm
from yunshu.domains.evaluation.rules.budget import Execution, percent
from yunshu.domains.evaluation.rules.fill_in_hits import wan
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.scoring import Line, Scorecard
from yunshu.domains.evaluation.rules.weights import EXECUTION

SUBMITTED = frozenset({"self_review", "archived"})
"""Stages in which the self-evaluation has been submitted; before them the report is a draft."""
LINE_HEADS = (
    "一级指标",
    "二级指标",
    "三级指标",
    "年度指标值",
    "实际完成值",
    "分值",
    "得分",
    "失分说明、偏差原因及改进措施",
)
MONEY_HEADS = ("任务", "全年预算数（万元）", "全年执行数（万元）", "执行率")


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """One row of the 自评表; ``why`` explains every lost point, then gives the department's own words."""

    level1: str
    level2: str
    name: str
    promise: str
    actual: str
    weight: Decimal
    score: Decimal
    why: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the row's cells."""
        figures = (self.promise, self.actual, str(self.weight), str(self.score))
        return (self.level1, self.level2, self.name, *figures, self.why)


@dataclass(frozen=True, kw_only=True)
class MoneyLine:
    """One task's money of the year; rates as people read them."""

    name: str
    planned: str
    paid: str
    rate: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the row's cells."""
        return (self.name, self.planned, self.paid, self.rate)


@dataclass(frozen=True, kw_only=True)
class Report:
    """部门整体绩效自评报告, with its 自评表. ``draft`` until it is submitted; ``open_points`` is what is missing."""

    title: str
    number: str
    version: int
    year: int
    department: str
    draft: bool
    total: Decimal
    grade: str
    ruleset: str
    source: str
    basics: str
    conclusion: str
    goals: tuple[str, ...]
    money: tuple[MoneyLine, ...]
    money_total: MoneyLine
    lines: tuple[ReportLine, ...]
    losses: tuple[str, ...]
    open_points: tuple[str, ...]
    summary: str

    @property
    def weight_total(self) -> Decimal:
        """Points that could be had."""
        return sum((line.weight for line in self.lines), Decimal("0.00"))


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a report comes from: the table's number, its version, its stage."""

    number: str
    version: int
    stage: str


def report(
    origin: Origin,
    form: TableForm,
    card: Scorecard,
    money: tuple[Sequence[tuple[str, Execution]], Execution],
    words: tuple[Mapping[str, str], str],
) -> Report:
    """Return the report; ``money`` is (task name, execution) and the total, ``words`` reasons by line and summary."""
    reasons, summary = words
    lines = tuple(_line(form, one, str(reasons.get(one.key, ""))) for one in card.lines)
    total = _money("合计", money[1])
    return Report(
        title=f"{form.department}{form.year}年度部门整体绩效自评报告",
        number=origin.number,
        version=origin.version,
        year=form.year,
        department=form.department,
        draft=origin.stage not in SUBMITTED,
        total=card.total,
        grade=card.grade,
        ruleset=card.ruleset_name,
        source=card.source,
        basics=_basics(form),
        conclusion=_conclusion(card, total),
        goals=tuple(f"{g.ordinal}、{g.text}" for g in form.goals),
        money=tuple(_money(name, execution) for name, execution in money[0]),
        money_total=total,
        lines=lines,
        losses=tuple(f"{one.name}：{line.why}" for one, line in zip(card.lines, lines, strict=True) if one.lost),
        open_points=card.needs,
        summary=summary.strip(),
    )


def _basics(form: TableForm) -> str:
    staff = "未填写" if form.staff_count is None else f"{form.staff_count}人"
    units = "未填写" if form.subunit_count is None else f"{form.subunit_count}个"
    return (
        f"{form.department}，财政供养人员数：{staff}；下属二级单位数：{units}。{form.year}年度设总体绩效目标"
        f"{len(form.goals)}条、任务{len(form.tasks)}项（合计{wan(form.task_total)}万元）、绩效指标{len(form.indicators)}个。"
    )


def _conclusion(card: Scorecard, total: MoneyLine) -> str:
    lost = [line for line in card.lines if line.lost]
    tail = f"失分{len(lost)}项，逐项说明见第五部分。" if lost else "各项均未失分。"
    return (
        f"按“{card.ruleset_name}”（{card.source}）计算，自评得分{card.total}分，等级为“{card.grade}”；"
        f"全年预算{total.planned}万元，执行{total.paid}万元，执行率{total.rate}。{tail}"
    )


def _money(name: str, execution: Execution) -> MoneyLine:
    return MoneyLine(
        name=name, planned=wan(execution.planned_yuan), paid=wan(execution.paid_yuan), rate=percent(execution.rate)
    )


def _line(form: TableForm, line: Line, reason: str) -> ReportLine:
    found = next((i for i in form.indicators if place(i) == line.key), None)
    level1, level2 = _levels(found, line.key, line.level)
    why = line.sentence if line.lost or found is None else ""
    words = f"偏差原因及改进措施：{reason.strip()}" if reason.strip() else ""
    return ReportLine(
        level1=level1,
        level2=level2,
        name=line.name,
        promise=line.promise,
        actual=line.actual,
        weight=line.weight,
        score=line.score,
        why=" ".join(filter(None, (why, words))),
    )


def _levels(indicator: Indicator | None, key: str, level: str) -> tuple[str, str]:
    if indicator is not None:
        return indicator.level1, indicator.level2
    return ("预算执行", "预算执行") if key == EXECUTION else (level, level)
