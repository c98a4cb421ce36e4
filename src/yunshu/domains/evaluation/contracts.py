"""What a performance table says, as plain values: the shape that readers make, rules judge and writers print.

Amounts are yuan to the fen; ``*_text`` fields keep what stood in the source, letter by letter.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from yunshu.domains.ledger.contracts import declare_kind
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

TABLE_VIEW = declare("evaluation.table.view", label("查看绩效目标表"))
TABLE_EDIT = declare("evaluation.table.edit", label("填报绩效目标表"))
TABLE_REVIEW = declare("evaluation.table.review", label("审核绩效目标表（部门）"))
TABLE_APPROVE = declare("evaluation.table.approve", label("审定绩效目标表（主管部门）"))
TABLE_COMMENT = declare("evaluation.table.comment", label("财政部门审核绩效目标表"))
EVIDENCE_EDIT = declare("evaluation.evidence.edit", label("登记绩效佐证材料"))
EVIDENCE_KIND = "evaluation.evidence"
"""How the attachments know that they belong to evidence."""
PROOF_KIND = "evaluation."
"""How every kind of ledger record of this domain begins; ``Proven`` says how it goes on."""
BUDGET_EDIT = declare("evaluation.budget.edit", label("登记付款与付款计划"))
SCORE_EDIT = declare("evaluation.score.edit", label("开展绩效自评"))
RULES_EDIT = declare("evaluation.rules.edit", label("调整填报规则参数"))


class Comparator(StrEnum):
    """How a value is held against its target; the member's value is the symbol that we print."""

    EQ = "="
    GE = "≥"
    GT = ">"
    LE = "≤"
    LT = "<"


class Proven(StrEnum):
    """What of a table's life is proven by the ledger."""

    VERSION = "version"
    STEP = "step"
    EVIDENCE = "evidence"
    FILES = "files"
    PAYMENT = "payment"
    PROJECT = "project"
    BINDING = "binding"
    MEASUREMENT = "measurement"
    DECISION = "decision"
    SCORE = "score"


PROVEN_NAMES = {
    Proven.VERSION: label("绩效目标表版本"),
    Proven.STEP: label("绩效目标表流转"),
    Proven.EVIDENCE: label("绩效佐证"),
    Proven.FILES: label("绩效佐证附件"),
    Proven.PAYMENT: label("绩效付款"),
    Proven.PROJECT: label("绩效任务对应项目"),
    Proven.BINDING: label("绩效测量方式变更"),
    Proven.MEASUREMENT: label("绩效测量"),
    Proven.DECISION: label("绩效自评认定"),
    Proven.SCORE: label("绩效自评得分"),
}
for _proven, _name in PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_proven.value}", _name)


class TaskKind(StrEnum):
    """Which part of the form a task stands in."""

    KEY = "key"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """总体绩效目标 — one numbered sentence of the overall goal."""

    ordinal: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """年度重点工作任务 (KEY) or 其他需完成任务 (OTHER), numbered within its part."""

    kind: TaskKind
    ordinal: int
    name: str
    content: str
    amount_yuan: Decimal
    amount_text: str = ""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """绩效指标 — three levels, explanation, comparator, target, unit."""

    ordinal: int
    level1: str
    level2: str
    name: str
    explanation: str
    comparator: Comparator
    target: Decimal
    unit: str
    comparator_text: str = ""
    target_text: str = ""


@dataclass(frozen=True, kw_only=True)
class FundLine:
    """One line of 预算整体情况: expenditure or revenue; ``amount_yuan`` is None where the form leaves it blank."""

    side: str
    category: str
    amount_yuan: Decimal | None
    amount_text: str = ""


@dataclass(frozen=True, kw_only=True)
class TableForm:
    """市直部门整体预算绩效目标表 — one department, one year."""

    year: int
    title: str
    department: str
    fund_department: str
    staff_count: int | None
    subunit_count: int | None
    funds: tuple[FundLine, ...]
    goals: tuple[Goal, ...]
    tasks: tuple[Task, ...]
    indicators: tuple[Indicator, ...]
    goal_preamble: str = ""
    requirements: str = ""

    @property
    def project_expenditure(self) -> Decimal | None:
        """项目支出 in yuan, None where the form leaves it blank."""
        return next((f.amount_yuan for f in self.funds if f.category == "项目支出"), None)

    @property
    def task_total(self) -> Decimal:
        """Sum of all task amounts in yuan."""
        return sum((t.amount_yuan for t in self.tasks), Decimal("0.00"))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What stood at one place of the source. ``place`` is readable: ``第12行第3格`` or ``Sheet1!C12``."""

    place: str
    text: str
    field: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A place that can be read in more than one way; ``chosen`` is what we took, ``choices`` what else it may be."""

    place: str
    field: str
    message: str
    chosen: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A place that cannot be read; nothing is saved while there is one."""

    place: str
    message: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a reader understood of a source. ``form`` is None when ``faults`` left nothing to build."""

    source: str
    form: TableForm | None
    cells: tuple[Cell, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    faults: tuple[Fault, ...] = ()


class Severity(StrEnum):
    """How much a finding weighs: an ERROR blocks submission, a WARNING asks for a reason, a HINT is advice."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a fill-in rule found: ``where`` (``task:other:5``, ``indicator:3``, ``goals``), what, and what to change."""

    rule: str
    severity: Severity
    where: str
    message: str
    advice: str
    source: str
    difference: Decimal | None = field(default=None)


_FORM: TypeAdapter[TableForm] = TypeAdapter(TableForm)


def form_to_json(form: TableForm) -> dict[str, Any]:
    """Return the form as JSON-ready values; decimals become strings, so that no fen is lost."""
    plain: dict[str, Any] = _FORM.dump_python(form, mode="json")
    return plain


def form_from_json(plain: dict[str, Any]) -> TableForm:
    """Rebuild the form; raises pydantic's ValidationError for anything else."""
    return _FORM.validate_python(plain)


def substance(form: TableForm) -> TableForm:
    """Return the form without the letters it was typed in: what remains is what it promises."""
    return replace(
        form,
        funds=tuple(replace(f, amount_text="") for f in form.funds),
        tasks=tuple(replace(t, amount_text="") for t in form.tasks),
        indicators=tuple(replace(i, comparator_text="", target_text="") for i in form.indicators),
    )


def form_digest(form: TableForm) -> str:
    """Return SHA-256 over the canonical JSON of the form's substance: the same promises, the same digest."""
    plain = form_to_json(substance(form))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class PublicPromise:
    """One published indicator with its newest measured value; ``value`` None where nothing measures it yet.

    ``proof`` names what the value rests on (metric and records, or numbers of evidence), never a person.
    """

    indicator: Indicator
    light: str
    value: Decimal | None
    measured_on: date | None
    proof: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PublicTable:
    """What anybody may read of an approved table: goals, tasks with amounts, promises with what was measured."""

    number: str
    year: int
    title: str
    department: str
    approved_on: date
    version: int
    goals: tuple[Goal, ...]
    key_tasks: tuple[Task, ...]
    other_tasks: tuple[Task, ...]
    task_total: Decimal
    promises: tuple[PublicPromise, ...]

    @property
    def measured(self) -> int:
        """How many promises have a measured value."""
        return sum(p.value is not None for p in self.promises)

    @property
    def kept(self) -> int:
        """How many promises are kept as measured."""
        return sum(p.light == "green" for p in self.promises)
