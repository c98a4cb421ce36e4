"""Fill-in checks of the basic data, the goals, the numbering, duplicates and the links between items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from yunshu.domains.evaluation.contracts import TaskKind
from yunshu.domains.evaluation.rules.fill_in_hits import Check, Hit, Parameters, Seen
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.text import likeness

_PARTS = {TaskKind.KEY: "年度重点工作任务", TaskKind.OTHER: "其他需完成任务"}


def staff_count_missing(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """财政供养人员数 is blank."""
    if seen.form.staff_count is None:
        yield Hit(where="staff_count")


def subunit_count_missing(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """下属二级单位数 is blank."""
    if seen.form.subunit_count is None:
        yield Hit(where="subunit_count")


def staff_count_scope(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """Fewer people than units (the department itself counts as one), or nobody at all."""
    staff, subunits = seen.form.staff_count, seen.form.subunit_count
    if staff is not None and subunits is not None and staff < subunits + 1:
        yield Hit(where="staff_count", values={"staff": str(staff), "subunits": str(subunits)})


def subunits_in_own_level(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """The department is named 本级 and has sub-units all the same."""
    if seen.form.subunit_count and "本级" in seen.form.department:
        yield Hit(where="subunit_count", values={"subunits": str(seen.form.subunit_count)})


def goal_length(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """Preamble and goals together have fewer characters than demanded (blanks do not count)."""
    length = len("".join((seen.form.goal_preamble + "".join(g.text for g in seen.form.goals)).split()))
    least = parameters["least"]
    if length < least:
        yield Hit(where="goals", values={"length": str(length), "least": str(least), "missing": str(least - length)})


def goal_without_task(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A goal that no task serves."""
    linked = {link.left for link in seen.links}
    for goal in seen.form.goals:
        if place(goal) not in linked:
            yield Hit(where=place(goal), values={"ordinal": str(goal.ordinal)})


def task_without_goal(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A task that serves no goal."""
    linked = {link.right for link in seen.links if link.left.startswith("goal:")}
    for task in seen.form.tasks:
        if place(task) not in linked:
            yield Hit(where=place(task), values={"name": task.name})


def task_without_indicator(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """A task of the named part that no indicator measures; general indicators (预算执行率) measure none."""
    general = {place(i) for i in seen.form.indicators if i.name in seen.general_indicators}
    measured = {x.right for x in seen.links if x.left.startswith("indicator:") and x.left not in general}
    for task in seen.form.tasks:
        if task.kind.value == parameters["kind"] and place(task) not in measured:
            yield Hit(where=place(task), values={"name": task.name})


def indicator_without_task(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """An indicator that measures no task, general ones excepted."""
    linked = {link.left for link in seen.links}
    for indicator in seen.form.indicators:
        if place(indicator) not in linked and indicator.name not in seen.general_indicators:
            yield Hit(where=place(indicator), values={"name": indicator.name})


def numbering_gap(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """Numbers that do not run 1, 2, 3 … within a part."""
    form = seen.form
    parts: list[tuple[str, str, Sequence[int]]] = [
        ("goals", "总体绩效目标", [g.ordinal for g in form.goals]),
        *((f"tasks:{k.value}", name, [t.ordinal for t in form.tasks if t.kind is k]) for k, name in _PARTS.items()),
        ("indicators", "绩效指标", [i.ordinal for i in form.indicators]),
    ]
    for where, part, found in parts:
        expected = list(range(1, len(found) + 1))
        if list(found) != expected:
            values = {"part": part, "expected": _numbers(expected), "found": _numbers(found)}
            yield Hit(where=where, values=values)


def duplicate_goal(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """Two goals that say the same in (almost) the same words."""
    for first, second in combinations(seen.form.goals, 2):
        if likeness(first.text, second.text) >= Decimal(parameters["likeness"]):
            yield Hit(where=place(second), values={"first": str(first.ordinal), "second": str(second.ordinal)})


def duplicate_task(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """Two tasks of the same name."""
    for first, second in combinations(seen.form.tasks, 2):
        if first.name.strip() == second.name.strip():
            yield Hit(where=place(second), values={"first": first.name, "second": second.name})


def _numbers(ordinals: Sequence[int]) -> str:
    return "、".join(str(n) for n in ordinals)


CHECKS: Mapping[str, Check] = {
    f.__name__: f
    for f in (
        staff_count_missing,
        subunit_count_missing,
        staff_count_scope,
        subunits_in_own_level,
        goal_length,
        goal_without_task,
        task_without_goal,
        task_without_indicator,
        indicator_without_task,
        numbering_gap,
        duplicate_goal,
        duplicate_task,
    )
}
