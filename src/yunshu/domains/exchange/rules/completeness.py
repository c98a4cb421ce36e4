"""What makes a catalogue entry fit to be published: the guide's obligatory fields and the regulation's reasons."""

import re
from collections import Counter
from collections.abc import Iterator

from yunshu.domains.exchange.contracts import (
    GRADE_ORDER,
    DataType,
    EntryForm,
    Fault,
    Grade,
    ItemForm,
    Severity,
    SharingType,
)
from yunshu.lib.kernel.labels import label

GUIDE = "政务信息资源目录编制指南(试行)"
REGULATION = "政务数据共享条例（国务院令，2025年8月1日施行；条次待核）"
GRADING = "GB/T 43697-2024"
COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
SHORTEST_SUMMARY = 10
NEEDS_LENGTH = frozenset({DataType.CHARACTER})


def faults(entry: EntryForm) -> tuple[Fault, ...]:
    """Return what is missing or contradicts itself, errors first."""
    found = [*_entry(entry), *_sharing(entry), *_items(entry)]
    return tuple(sorted(found, key=lambda f: f.severity is not Severity.ERROR))


def _error(rule: str, where: str, message: str, source: str) -> Fault:
    return Fault(rule=rule, severity=Severity.ERROR, where=where, message=message, source=source)


def _warning(rule: str, where: str, message: str, source: str) -> Fault:
    return Fault(rule=rule, severity=Severity.WARNING, where=where, message=message, source=source)


def _entry(entry: EntryForm) -> Iterator[Fault]:
    if not entry.category:
        yield _error("category_missing", "category", label("请选择信息资源分类。"), GUIDE)
    if len(entry.summary.strip()) < SHORTEST_SUMMARY:
        yield _error("summary_short", "summary", label("摘要过短：写明数据的内容、来源和用途。"), GUIDE)
    if not entry.items:
        yield _error("items_missing", "items", label("至少填写一个信息项。"), GUIDE)
    if entry.is_open and not entry.open_condition.strip() and entry.sharing_type is SharingType.CONDITIONAL:
        yield _warning(
            "open_condition_missing", "open_condition", label("向社会开放有条件共享的数据，请写明开放条件。"), GUIDE
        )


def _sharing(entry: EntryForm) -> Iterator[Fault]:
    if entry.sharing_type is SharingType.NONE and not entry.legal_basis.strip():
        yield _error(
            "basis_missing",
            "legal_basis",
            label("不予共享须有法律、行政法规或者党中央、国务院政策依据，请写明名称和条款。"),
            REGULATION,
        )
    if entry.sharing_type is SharingType.CONDITIONAL:
        if not entry.sharing_condition.strip():
            yield _error("condition_missing", "sharing_condition", label("有条件共享须写明共享条件。"), GUIDE)
        if not entry.sharing_scope.strip():
            yield _error("scope_missing", "sharing_scope", label("有条件共享须写明共享范围和使用用途。"), REGULATION)
    if entry.sharing_type is SharingType.NONE and entry.is_open:
        yield _error("open_not_shared", "is_open", label("不予共享的数据不能向社会开放。"), GUIDE)


def _items(entry: EntryForm) -> Iterator[Fault]:
    names = Counter(item.name.lower() for item in entry.items)
    titles = Counter(item.title for item in entry.items)
    for item in entry.items:
        where = f"items.{item.ordinal}"
        if not COLUMN.fullmatch(item.name):
            yield _error(
                "column_name",
                f"{where}.name",
                label("字段名须以字母开头，由字母、数字和下划线组成，不超过63位。"),
                GUIDE,
            )
        if names[item.name.lower()] > 1:
            yield _error("column_twice", f"{where}.name", label("字段名重复。"), GUIDE)
        if not item.title.strip():
            yield _error("title_missing", f"{where}.title", label("请填写信息项名称。"), GUIDE)
        elif titles[item.title] > 1:
            yield _warning("title_twice", f"{where}.title", label("信息项名称重复。"), GUIDE)
        if item.data_type in NEEDS_LENGTH and not item.length:
            yield _warning("length_missing", f"{where}.length", label("字符型信息项请填写长度。"), GUIDE)
        yield from _graded(entry, item, where)
    if entry.items and not any(item.is_key for item in entry.items):
        yield _warning("key_missing", "items", label("没有标明主键，只能整表交付，不能增量更新。"), "")


def _graded(entry: EntryForm, item: ItemForm, where: str) -> Iterator[Fault]:
    if item.grade is Grade.CORE and item.is_shared:
        yield _error("core_shared", f"{where}.grade", label("核心数据不得通过本平台共享。"), GRADING)
    if entry.is_open and item.is_shared and GRADE_ORDER.index(item.grade) > GRADE_ORDER.index(Grade.L1):
        yield _error("graded_open", f"{where}.grade", label("向社会开放的数据只能含一级（L1）信息项。"), GRADING)
    if entry.sharing_type is SharingType.UNCONDITIONAL and item.is_shared and item.grade in (Grade.L4, Grade.IMPORTANT):
        yield _error("graded_unconditional", f"{where}.grade", label("四级和重要数据不能无条件共享。"), GRADING)
