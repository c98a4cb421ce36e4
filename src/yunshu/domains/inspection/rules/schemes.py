"""A scheme version as written: is it whole, what does it say in words, how does it differ from another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from yunshu.domains.inspection.rules.formulas import (
    INDICATOR_KEY,
    POINTS_KEY,
    AnyFormula,
    Award,
    Condition,
    Flat,
    FormulaError,
    Manual,
    PerFinding,
    Rate,
    Steps,
    Veto,
    Which,
    formula_of,
    keys_of,
    plain,
)
from yunshu.domains.inspection.rules.scoring import BONUS, BONUS_FULL, DEDUCTION, FULL, VETO, ZERO, Indicator
from yunshu.lib.kernel.labels import label

KINDS = {"portal": "政府门户网站", "department": "部门网站", "special": "专项网站", "account": "政务新媒体"}
PARTS = {VETO: "单项否决指标", DEDUCTION: "扣分指标", BONUS: "加分指标"}
CERTAINTY = {"verified": "已核原文", "recalled": "未核原文", "inferred": "推定"}
FIELDS = {
    "part": label("指标类别"),
    "group": label("指标分组"),
    "name": label("指标名称"),
    "points": label("分值"),
    "applies_to": label("适用对象"),
    "needs_duty": label("仅限承担服务职能"),
    "text": label("指标原文"),
    "checks": label("检查项"),
    "formula": label("计分公式"),
    "certainty": label("核实情况"),
    "source": label("出处"),
}
"""The fields of an indicator that a reader compares."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """An indicator as it is kept: the formula still data."""

    code: str
    part: str
    group: str
    name: str
    points: Decimal = ZERO
    applies_to: tuple[str, ...] = ()
    needs_duty: bool = False
    text: str = ""
    checks: tuple[str, ...] = ()
    formula: Mapping[str, Any] = field(default_factory=dict)
    certainty: str = "recalled"
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong, where (an indicator's code, or empty for the whole), in which field."""

    code: str
    field: str
    words: str

    def __str__(self) -> str:
        return f"指标 {self.code}：{self.words}" if self.code else self.words


def indicator_of(row: Written) -> Indicator:
    """Return an indicator as scoring wants it; raise FormulaError."""
    return Indicator(
        code=row.code,
        part=row.part,
        group=row.group,
        name=row.name,
        points=row.points,
        applies_to=row.applies_to,
        formula=formula_of(row.formula),
        checks=row.checks,
        needs_duty=row.needs_duty,
    )


def detail_keys(indicators: Iterable[Indicator]) -> set[str]:
    """Return the keys of findings' details that any formula looks at."""
    return {INDICATOR_KEY, POINTS_KEY}.union(*(keys_of(each.formula) for each in indicators))


def troubles(rows: Sequence[Written], known_checks: Collection[str]) -> list[Trouble]:
    """Return everything that keeps a version from being published, in words with its place."""
    found = [t for row in rows for t in row_troubles(row, known_checks)]
    found += [
        Trouble(code=code, field="code", words="编号重复") for code, n in Counter(r.code for r in rows).items() if n > 1
    ]
    if not any(row.part == VETO for row in rows):
        found.append(Trouble(code="", field="part", words="没有单项否决指标"))
    return found + list(_sums(rows))


def row_troubles(row: Written, known_checks: Collection[str]) -> Iterator[Trouble]:
    """Yield what is wrong with one indicator."""

    def wrong(where: str, words: str) -> Trouble:
        return Trouble(code=row.code, field=where, words=words)

    if row.part not in PARTS:
        yield wrong("part", f"没有“{row.part}”这一类别")
    if row.certainty not in CERTAINTY:
        yield wrong("certainty", f"没有“{row.certainty}”这一核实情况")
    if not row.applies_to:
        yield wrong("applies_to", "没有写明适用对象")
    for kind in set(row.applies_to) - set(KINDS):
        yield wrong("applies_to", f"没有“{kind}”这一适用对象")
    if not row.name.strip() or not row.text.strip():
        yield wrong("text", "缺少名称或原文")
    if row.points < 0 or (row.part == VETO and row.points):
        yield wrong("points", "分值不能为负，单项否决指标没有分值")
    try:
        formula = formula_of(row.formula)
    except FormulaError as error:
        yield from (wrong("formula", words) for words in error.faults)
        return
    yield from (wrong(where, words) for where, words in _misfits(row, formula, known_checks))


def _misfits(row: Written, formula: AnyFormula, known_checks: Collection[str]) -> Iterator[tuple[str, str]]:
    if (row.part == VETO) != isinstance(formula, Veto):
        yield "formula", "单项否决指标只能用 veto 公式，veto 公式也只能用于单项否决指标"
    if (row.part == BONUS) != isinstance(formula, Award):
        yield "formula", "加分指标只能用 award 公式，award 公式也只能用于加分指标"
    rated = [c for r in formula.rates for c in r.checks] if isinstance(formula, PerFinding) else []
    for check in sorted({*row.checks, *rated, *(c for w in whiches(formula) for c in w.checks)} - set(known_checks)):
        yield "checks", f"没有“{check}”这一检查项"
    if not row.checks and any(not w.checks for w in whiches(formula)):
        yield "checks", "单项否决指标没有写明检查项" if row.part == VETO else "没有写明检查项"
    most = max((s.points for s in formula.steps), default=ZERO) if isinstance(formula, Steps) else ZERO
    most = formula.points if isinstance(formula, Flat) else most
    if most > row.points:
        yield "formula", f"一次扣 {plain(most)} 分，超过本指标的 {plain(row.points)} 分"


def whiches(formula: AnyFormula) -> tuple[Which, ...]:
    """Return what a formula counts."""
    if isinstance(formula, Veto):
        return formula.any_of
    return () if isinstance(formula, Manual | Award) else (formula.which,)


def _sums(rows: Sequence[Written]) -> Iterator[Trouble]:
    for part, full in ((DEDUCTION, FULL), (BONUS, BONUS_FULL)):
        for kind, name in KINDS.items():
            total = sum((r.points for r in rows if r.part == part and kind in r.applies_to), ZERO)
            if total not in (ZERO, full):
                words = f"{name}的{PARTS[part]}合计 {plain(total)} 分，应为 {plain(full)} 分（或不设）"
                yield Trouble(code="", field="points", words=words)


def in_words(formula: AnyFormula, names: Mapping[str, str]) -> str:
    """Say a formula in a sentence; ``names`` are the labels of checks."""
    if isinstance(formula, Veto):
        return "；或 ".join(_condition(c, names) for c in formula.any_of)
    if isinstance(formula, Flat):
        return f"{_condition(formula.which, names)}，扣 {plain(formula.points)} 分"
    if isinstance(formula, Steps):
        return "，".join(f"{s.at_least} 处起扣 {plain(s.points)} 分" for s in formula.steps)
    if isinstance(formula, Manual):
        return f"由检查人员认定，每处 {plain(formula.points)} 分（可逐条写明分值）"
    if isinstance(formula, Award):
        loss = f"，发现问题每处少加 {plain(formula.loss)} 分" if formula.loss else ""
        return f"由检查人员认定加分{loss}"
    if not formula.points and not formula.rates:
        return "只列出，不扣分"
    rates = "".join(f"，{_rated(r, names)}的每处 {plain(r.points)} 分" for r in formula.rates)
    cap = f"，至多扣 {plain(formula.cap)} 分" if formula.cap is not None else ""
    return f"{_which(formula.which, names)}每处扣 {plain(formula.points)} 分{rates}{cap}"


def _where(where: Mapping[str, Iterable[str]]) -> str:
    return "、".join(f"{key} 为 {'/'.join(values)}" for key, values in where.items())


def _rated(rate: Rate, names: Mapping[str, str]) -> str:
    return "、".join([*(names.get(c, c) for c in rate.checks), *([_where(rate.where)] if rate.where else [])])


def _which(which: Which, names: Mapping[str, str]) -> str:
    parts = ["、".join(names.get(c, c) for c in which.checks)] if which.checks else []
    parts += [_where(which.where)] if which.where else []
    parts += [f"{which.measure} 不小于 {plain(which.measure_min)}"] if which.measure else []
    parts += ["经两人确认为单项否决"] if which.severities == (VETO,) else []
    return f"{'，'.join(parts)}的" if parts else ""


def _condition(condition: Condition, names: Mapping[str, str]) -> str:
    every = f"（{condition.all_of} 不足此数的，全部）" if condition.all_of else ""
    return f"{_which(condition, names)}问题达到 {condition.at_least} 处{every}"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field, before and after, as a reader sees it."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One indicator that was added, removed or changed."""

    kind: str
    code: str
    title: str
    fields: tuple[FieldChange, ...] = ()


def diff(before: Sequence[Written], after: Sequence[Written], names: Mapping[str, str]) -> list[Change]:
    """Return what changed from one version to another, in the order of the new one; what was removed stands last."""
    old, new = {r.code: r for r in before}, {r.code: r for r in after}
    changes = []
    for code, row in new.items():
        if code not in old:
            changes.append(Change(kind="added", code=code, title=row.name, fields=_fields(None, row, names)))
        elif fields := _fields(old[code], row, names):
            changes.append(Change(kind="changed", code=code, title=row.name, fields=fields))
    gone = [r for code, r in old.items() if code not in new]
    return changes + [Change(kind="removed", code=r.code, title=r.name) for r in gone]


def _fields(old: Written | None, new: Written, names: Mapping[str, str]) -> tuple[FieldChange, ...]:
    pairs = ((name, _shown(old, key, names) if old else "", _shown(new, key, names)) for key, name in FIELDS.items())
    return tuple(FieldChange(name=name, before=a, after=b) for name, a, b in pairs if a != b)


def _shown(row: Written, key: str, names: Mapping[str, str]) -> str:
    value = getattr(row, key)
    if key == "formula":
        try:
            return in_words(formula_of(value), names)
        except FormulaError:
            return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join({**KINDS, **names}.get(str(each), str(each)) for each in value)
    return {**PARTS, **CERTAINTY}.get(str(value), str(value)) if key in {"part", "certainty"} else str(value)
