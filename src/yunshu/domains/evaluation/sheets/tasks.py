"""年度重点工作任务 and 其他需完成任务: two parts under two headers, the second label often late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from yunshu.domains.evaluation.contracts import Cell, Task, TaskKind
from yunshu.domains.evaluation.sheets import figures, labels
from yunshu.domains.evaluation.sheets.head import column_unit
from yunshu.domains.evaluation.sheets.notes import Notes
from yunshu.domains.evaluation.sheets.texts import fold

LABELS = {TaskKind.KEY: labels.KEY_TASKS, TaskKind.OTHER: labels.OTHER_TASKS}


def tasks(notes: Notes, heads: Sequence[int], end: int) -> tuple[Task, ...]:
    """Return the tasks of both parts; the second header starts the other tasks."""
    if not heads:
        message = "没有找到任务表头（序号、名称、主要实施内容、拟投入金额）。"
        notes.fault("年度重点工作任务", message, "请保留表头。", "tasks")
        return ()
    for extra in heads[2:]:
        message = "任务表头多于两个：每一部分只应有一个。"
        notes.fault(notes.grid.written(extra)[0], message, "请删去重复的表头（如分页重复的表头）。", "tasks")
    parts = [_Part(notes, TaskKind.KEY, heads[0], heads[1] if len(heads) > 1 else end)]
    if len(heads) > 1:
        parts.append(_Part(notes, TaskKind.OTHER, heads[1], end))
    made = [task for part in parts for task in part.read()]
    if len(heads) == 1:
        message = "只有一个任务表头，没有找到“其他需完成任务”的表头。"
        notes.fault(notes.grid.written(heads[0])[0], message, "请保留第二个以“序号”开头的表头。", "tasks.other")
    return tuple(made)


class _Part:
    """One header and the rows under it."""

    def __init__(self, notes: Notes, kind: TaskKind, head: int, end: int) -> None:
        self.notes, self.kind, self.head, self.end = notes, kind, head, end
        self.path = f"tasks.{kind}"
        self.columns = columns(notes, head, labels.TASK_COLUMNS)
        self.unit = "万元"
        self.label_row: int | None = None
        self.tasks: list[Task] = []

    def read(self) -> list[Task]:
        missing = [name for key, name in labels.TASK_COLUMNS.items() if key not in self.columns]
        if missing:
            first = self.notes.grid.written(self.head)[0]
            self.notes.fault(first, f"任务表头缺少：{'、'.join(missing)}。", "请补全表头。", self.path)
            return []
        head = self.notes.cell(self.head, self.columns["amount"])
        self.unit = column_unit(self.notes, head, labels.TASK_AMOUNT, f"{self.path}.unit")
        self._label(self.head)
        for row in range(self.head + 1, self.end):
            self._row(row)
        if self.label_row is None:
            name = labels.PARTS[self.kind]
            message = f"没有找到“{name}”的标签，按表头的先后读作{name}。"
            self.notes.doubt(head, self.path, message, name)
        return self.tasks

    def _row(self, row: int) -> None:
        self._label(row)
        cell = {key: self.notes.cell(row, column) for key, column in self.columns.items()}
        written = self.notes.grid.written(row)
        if not written or all(c.column < self.columns["ordinal"] for c in written):
            return
        if all(fold(c.text) in labels.INDICATORS for c in written):
            self.notes.know(*written)
            return
        if any(fold(c.text) in labels.TOTALS for c in written[:2]):
            self._total(written, cell["amount"])
            return
        self._task(cell)

    def _label(self, row: int) -> None:
        for cell in self.notes.grid.written(row):
            word = fold(cell.text)
            if cell.column >= self.columns["ordinal"] or not any(word in words for words in LABELS.values()):
                continue
            self.notes.know(cell)
            name = labels.PARTS[self.kind]
            if word not in LABELS[self.kind] or self.label_row is not None:
                why = "写了两次" if word in LABELS[self.kind] else f"写在“{name}”的表头之下"
                message = f"标签“{word}”{why}：这一部分从哪里开始不清楚。"
                self.notes.fault(cell, message, "请把标签放在自己那一部分的表头左侧。", self.path)
                continue
            self.label_row = row
            if self.tasks:
                nth = len(self.tasks) + 1
                message = f"标签“{word}”写在第 {nth} 行（多因分页），前面 {nth - 1} 行也按表头读作{name}。"
                self.notes.doubt(cell, self.path, message, word)

    def _task(self, cell: Mapping[str, Cell]) -> None:
        notes, nth = self.notes, len(self.tasks) + 1
        path = f"{self.path}.{nth}"
        ordinal = self._ordinal(cell["ordinal"], f"{path}.ordinal", nth)
        name = notes.line(cell["name"], f"{path}.name")
        if not name:
            notes.fault(cell["name"], f"第 {nth} 项任务没有名称。", "请补填名称。", f"{path}.name")
        content = notes.lines(cell["content"], f"{path}.content")
        if not content:
            notes.doubt(cell["content"], f"{path}.content", f"第 {nth} 项任务没有填写主要实施内容。", "")
        before = len(notes.faults)
        amount = notes.read(cell["amount"], f"{path}.amount", lambda text: figures.amount(text, self.unit))
        if amount is None and len(notes.faults) == before:
            message = f"第 {nth} 项任务没有填写金额。"
            notes.fault(cell["amount"], message, "请填写数字，如 116.40；确实没有的填 0。", f"{path}.amount")
        self.tasks.append(
            Task(
                kind=self.kind,
                ordinal=ordinal,
                name=name,
                content=content,
                amount_yuan=amount if amount is not None else Decimal("0.00"),
                amount_text=notes.typed(f"{path}.amount"),
            )
        )

    def _ordinal(self, cell: Cell, field: str, expected: int) -> int:
        text = self.notes.take(cell, field)
        try:
            found = figures.ordinal(text)
        except figures.Illegible as error:
            self.notes.fault(cell, str(error), error.advice, field)
            return expected
        self.notes.value(field, found)
        if found != expected:
            before = [t.ordinal for t in self.tasks]
            what = "重复" if found in before else "不连续"
            message = f"{labels.PARTS[self.kind]}的序号{what}：此处应为 {expected}，现为 {found}。"
            self.notes.fault(cell, message, "请按 1、2、3… 编号，并检查是否缺行。", field)
        return found

    def _total(self, written: Sequence[Cell], cell: Cell) -> None:
        self.notes.know(*written)
        field = f"{self.path}.total"
        stated = self.notes.read(cell, field, lambda text: figures.amount(text, self.unit))
        total = sum((t.amount_yuan for t in self.tasks), Decimal("0.00"))
        if stated is not None and stated != total:
            message = f"合计行写 {stated} 元，以上各项相加为 {total} 元。"
            self.notes.doubt(cell, field, message, self.notes.typed(field))


def columns(notes: Notes, head: int, wanted: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each header word, the first where one stands twice; header cells become known."""
    found: dict[str, int] = {}
    for cell in notes.grid.written(head):
        word = fold(cell.text).split("(")[0]
        key = next((k for k, name in wanted.items() if name == word), None)
        if key is not None and key not in found:
            found[key] = cell.column
            notes.know(cell)
    return found
