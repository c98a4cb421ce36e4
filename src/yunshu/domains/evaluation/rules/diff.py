"""What changed between two forms, item by item, in words; nothing is left out: ``applied`` rebuilds the second form.

Items are matched by their names first, then the most alike of what remains; the rest was added or removed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from yunshu.domains.evaluation.contracts import FundLine, Goal, Indicator, TableForm, Task
from yunshu.domains.evaluation.rules.fill_in_hits import number, wan
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.text import likeness

ALIKE = Decimal("0.5")
Item = Goal | Task | Indicator | FundLine
Kind = TypeVar("Kind", Goal, Task, Indicator, FundLine)


class ChangeKind(StrEnum):
    """What happened to an item or to one of its fields."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. ``where`` names the item as it stood before (an added one: as it stands now).

    ``field`` is empty where the whole item came or went; ``before`` and ``after`` are the plain values.
    """

    kind: ChangeKind
    where: str
    field: str
    before: Any
    after: Any
    sentence: str


_FORM_FIELDS = {
    "year": "年度",
    "title": "表名",
    "department": "部门名称",
    "fund_department": "资金主管部门",
    "staff_count": "财政供养人员数",
    "subunit_count": "下属二级单位数",
    "goal_preamble": "总体目标引言",
    "requirements": "填报要求",
}
_ITEM_FIELDS = {
    "kind": "类别",
    "ordinal": "序号",
    "text": "内容",
    "name": "名称",
    "content": "主要实施内容",
    "amount_yuan": "金额",
    "amount_text": "金额原文",
    "level1": "一级指标",
    "level2": "二级指标",
    "explanation": "指标解释",
    "comparator": "对比符号",
    "target": "指标值",
    "unit": "计量单位",
    "comparator_text": "对比符号原文",
    "target_text": "指标值原文",
    "side": "收支",
    "category": "类别",
}
_LISTS = ("funds", "goals", "tasks", "indicators")


def changes(before: TableForm, after: TableForm) -> tuple[Change, ...]:
    """Return every change from ``before`` to ``after`` in the order of the form; equal forms have none."""
    found = [
        _change(ChangeKind.CHANGED, "form", name, getattr(before, name), getattr(after, name), label)
        for name, label in _FORM_FIELDS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    for name in _LISTS:
        found += _list_changes(getattr(before, name), getattr(after, name))
    return tuple(found)


def applied(form: TableForm, found: Sequence[Change]) -> TableForm:
    """Return ``form`` with the changes made. Lists come out by part and number, funds as they stood."""
    top: dict[str, Any] = {c.field: c.after for c in found if c.where == "form"}
    return replace(
        form,
        **top,
        funds=_applied_list(form.funds, found, FundLine),
        goals=_applied_list(form.goals, found, Goal),
        tasks=_applied_list(form.tasks, found, Task),
        indicators=_applied_list(form.indicators, found, Indicator),
    )


def where_of(item: Item) -> str:
    """Return how a change names an item."""
    return f"funds:{item.side}:{item.category}" if isinstance(item, FundLine) else place(item)


def _applied_list(items: Sequence[Kind], found: Sequence[Change], kind: type[Kind]) -> tuple[Kind, ...]:
    removed = {c.where for c in found if c.kind is ChangeKind.REMOVED}
    changed: dict[str, dict[str, Any]] = {}
    for c in found:
        if c.kind is ChangeKind.CHANGED:
            changed.setdefault(c.where, {})[c.field] = c.after
    kept = [replace(i, **changed.get(where_of(i), {})) for i in items if where_of(i) not in removed]
    added = [c.after for c in found if c.kind is ChangeKind.ADDED and isinstance(c.after, kind)]
    return tuple(sorted(kept + added, key=_order))


def _order(item: Item) -> tuple[str, int]:
    if isinstance(item, Task):
        return item.kind.value, item.ordinal
    return ("", 0) if isinstance(item, FundLine) else ("", item.ordinal)


def _list_changes(before: Sequence[Item], after: Sequence[Item]) -> list[Change]:
    pairs = _matched(before, after)
    found: list[Change] = []
    for index, old in enumerate(before):
        if index not in pairs:
            found.append(_change(ChangeKind.REMOVED, where_of(old), "", old, None, _called(old)))
            continue
        new = after[pairs[index]]
        for f in fields(old):
            one, other = getattr(old, f.name), getattr(new, f.name)
            if one != other:
                label = f"{_called(old)}的{_ITEM_FIELDS[f.name]}"
                found.append(_change(ChangeKind.CHANGED, where_of(old), f.name, one, other, label))
    taken = set(pairs.values())
    new_items = [item for index, item in enumerate(after) if index not in taken]
    return found + [_change(ChangeKind.ADDED, where_of(i), "", None, i, _called(i)) for i in new_items]


def _matched(before: Sequence[Item], after: Sequence[Item]) -> dict[int, int]:
    """Pair positions: the same identity first (the same number first among equals), then the most alike."""
    pairs: dict[int, int] = {}
    tests: tuple[Callable[[Item, Item], bool], ...] = (
        lambda a, b: a == b,
        lambda a, b: _identity(a) == _identity(b) and where_of(a) == where_of(b),
        lambda a, b: _identity(a) == _identity(b),
    )
    for test in tests:
        for i, old in enumerate(before):
            left = (j for j, new in enumerate(after) if j not in pairs.values() and test(old, new))
            if i not in pairs and (j := next(left, None)) is not None:
                pairs[i] = j
    free = [
        (likeness(_said(old), _said(new)), -i, -j)
        for i, old in enumerate(before)
        for j, new in enumerate(after)
        if i not in pairs and j not in pairs.values() and not isinstance(old, FundLine)
    ]
    for alike, i, j in sorted(free, reverse=True):
        if alike >= ALIKE and -i not in pairs and -j not in pairs.values():
            pairs[-i] = -j
    return pairs


def _identity(item: Item) -> tuple[str, ...]:
    if isinstance(item, FundLine):
        return (item.side, item.category)
    if isinstance(item, Goal):
        return (item.text,)
    return (item.name,) if isinstance(item, Task) else (item.level1, item.level2, item.name)


def _said(item: Item) -> str:
    if isinstance(item, Goal):
        return item.text
    if isinstance(item, Task):
        return f"{item.name}。{item.content}"
    return f"{item.name}。{item.explanation}" if isinstance(item, Indicator) else item.category


def _called(item: Item) -> str:
    if isinstance(item, Goal):
        return f"总体目标第{item.ordinal}条"
    if isinstance(item, FundLine):
        return f"“{item.category}”"
    return f"{'任务' if isinstance(item, Task) else '指标'}“{item.name}”"


def _change(kind: ChangeKind, where: str, field: str, before: Any, after: Any, label: str) -> Change:
    sentence = {
        ChangeKind.ADDED: lambda: f"新增{label}：{_shown(after)}。",
        ChangeKind.REMOVED: lambda: f"删去{label}：{_shown(before)}。",
        ChangeKind.CHANGED: lambda: (
            f"{label}由“{_value(field, before)}”改为“{_value(field, after)}”{_apart(field, before, after)}。"
        ),
    }[kind]()
    return Change(kind=kind, where=where, field=field, before=before, after=after, sentence=sentence)


def _shown(item: Item) -> str:
    if isinstance(item, Task):
        return f"{wan(item.amount_yuan)}万元"
    if isinstance(item, Indicator):
        return f"{item.comparator.value}{number(item.target)}{item.unit}"
    if isinstance(item, FundLine):
        return _value("amount_yuan", item.amount_yuan)
    return item.text


_PARTS: Mapping[str, str] = {"key": "重点任务", "other": "其他任务", "expenditure": "支出", "revenue": "收入"}


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return "空白"
    if field == "amount_yuan":
        return f"{wan(value)}万元"
    return number(value) if isinstance(value, Decimal) else _PARTS.get(str(value), str(value))


def _apart(field: str, before: Any, after: Any) -> str:
    if field != "amount_yuan" or before is None or after is None:
        return ""
    return f"，{'增加' if after > before else '减少'}{wan(abs(after - before))}万元"
