"""Reads a grid: finds the title, the basic data, the funds, the goals, both parts of the tasks, the indicators.

What cannot be read is a ``Fault`` with its place; what can be read in two ways is a ``Doubt`` that says which
reading was chosen. Nothing is guessed in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from yunshu.domains.evaluation.contracts import (
    Cell,
    Comparator,
    Doubt,
    Fault,
    FundLine,
    Goal,
    Indicator,
    Reading,
    TableForm,
    Task,
    TaskKind,
)
from yunshu.domains.evaluation.sheets import values
from yunshu.domains.evaluation.sheets.grid import Grid, GridCell
from yunshu.domains.evaluation.sheets.values import clean, squashed
from yunshu.lib.kernel.money import yuan

Row = tuple[GridCell, ...]
TITLE = re.compile(r"(?P<year>20\d\d)年(?:度)?.*绩效目标(?:申报)?表$")
FUNDS = {"基本支出": "expenditure", "项目支出": "expenditure", "财政拨款": "revenue", "其他资金": "revenue"}
TASK_COLUMNS = {"序号": "ordinal", "名称": "name", "主要实施内容": "content", "拟投入金额": "amount"}
INDICATOR_COLUMNS = {
    "一级指标": "level1",
    "二级指标": "level2",
    "三级指标": "name",
    "三级指标解释": "explanation",
    "对比符号": "comparator",
    "指标值": "target",
    "计量单位": "unit",
}
OTHER_LABEL, KEY_LABEL = "其他需完成任务", "年度重点工作任务"
GOAL_MARK = re.compile(r"(?:(?<=[。；;！\s])|^)\s*(?:（|\()?(?P<number>\d{1,2})(?:）|\)|、|\.(?!\d)|．)\s*")
# XML 1.0 section 2.2 forbids these, PostgreSQL forbids NUL, and no form needs them
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffd\ufffe\uffff]")
PART_NAMES = {TaskKind.KEY: "年度重点工作任务", TaskKind.OTHER: OTHER_LABEL}


def interpret(grid: Grid, source: str) -> Reading:
    """Return what the grid says; ``form`` is None while there is any fault."""
    return _Interpreter(grid, source).read()


@dataclass
class _Interpreter:
    grid: Grid
    source: str
    cells: list[Cell] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def read(self) -> Reading:
        if not any(c.text.strip() for row in self.grid.rows for c in row):
            self._fault("全文", "文件是空的。", "请选择填好的绩效目标表。")
            return self._reading(None)
        self.faults += self.grid.faults
        self._refuse_formulas_and_controls()
        year, title = self._title()
        form = TableForm(
            year=year,
            title=title,
            department=self._labelled("部门名称", "department"),
            fund_department=self._labelled("资金主管部门", "fund_department"),
            staff_count=self._count("财政供养人员数", "staff_count"),
            subunit_count=self._count("下属二级单位数", "subunit_count"),
            funds=self._funds(),
            goals=self._goals(),
            tasks=self._tasks(),
            indicators=self._indicators(),
            requirements=self._requirements(),
        )
        self._suspect_lost_point(form)
        return self._reading(form if not self.faults else None)

    def _reading(self, form: TableForm | None) -> Reading:
        return Reading(
            source=self.source, form=form, cells=tuple(self.cells), doubts=tuple(self.doubts), faults=tuple(self.faults)
        )

    def _refuse_formulas_and_controls(self) -> None:
        for row in self.grid.rows:
            check = any(squashed(c.text).startswith("校验") for c in row)
            for cell in row:
                if cell.formula and not check:
                    message = f"这一格是公式（{cell.text[:40]}），读不到确定的数值。"
                    self._fault(cell.place, message, "请复制后“选择性粘贴→数值”，或直接填写数值。")
                elif CONTROL.search(cell.text):
                    self._fault(cell.place, "这一格含有不可见的控制字符或乱码。", "请删除后重新输入这一格的文字。")

    # --- small steps
    def _fault(self, place: str, message: str, advice: str = "") -> None:
        self.faults.append(Fault(place=place, message=message, advice=advice))

    def _doubt(self, cell: GridCell, path: str, message: str, chosen: str, choices: tuple[str, ...] = ()) -> None:
        self.doubts.append(Doubt(place=cell.place, field=path, message=message, chosen=chosen, choices=choices))

    def _note(self, cell: GridCell, path: str, value: object) -> None:
        self.cells.append(Cell(place=cell.place, text=cell.text, field=path, value=str(value)))

    def _find(self, label: str) -> tuple[Row, int] | None:
        for row in self.grid.rows:
            for index, cell in enumerate(row):
                if squashed(cell.text).rstrip(":") == label:
                    return row, index
        return None

    # --- head
    def _title(self) -> tuple[int, str]:
        found = [(c, m) for row in self.grid.rows for c in row if (m := TITLE.search(squashed(c.text)))]
        if not found:
            self._fault(
                "表头", "没有找到表名（如“2022年市直部门整体预算绩效目标表”）。", "请保留含年度和“绩效目标表”的标题行。"
            )
            return 2000, ""
        if len(found) > 1:
            places = "、".join(c.place for c, _ in found)
            self._fault(places, "有两个表名：文件里可能有两张表。", "请一次只导入一张表。")
        cell, match = found[0]
        self._note(cell, "title", squashed(cell.text))
        return int(match["year"]), squashed(cell.text)

    def _labelled(self, label: str, path: str) -> str:
        cell = self._value_cell(label)
        if cell is None or not cell.text.strip():
            self._fault(cell.place if cell else "基本信息", f"没有填写“{label}”。", "请补填后再导入。")
            return ""
        self._note(cell, path, clean(cell.text))
        return clean(cell.text)

    def _value_cell(self, label: str) -> GridCell | None:
        found = self._find(label)
        if found is None:
            return None
        row, index = found
        return row[index + 1] if index + 1 < len(row) else None

    def _count(self, label: str, path: str) -> int | None:
        cell = self._value_cell(label)
        if cell is None:
            self._fault("基本信息", f"没有找到“{label}”。", "请保留表头中的这一项。")
            return None
        value = values.whole(cell.text)
        if value is None and cell.text.strip():
            self._fault(cell.place, f"“{label}”应为整数，现为“{clean(cell.text)}”。", "请填写整数。")
        self._note(cell, path, "" if value is None else value)
        return value

    def _funds(self) -> tuple[FundLine, ...]:
        heading = self._find("预算金额(万元)") or self._find("预算金额(元)")
        if heading is None:
            self._fault("预算整体情况", "没有找到“预算金额（万元）”表头。", "请保留表头。")
            return ()
        unit = "元" if squashed(heading[0][heading[1]].text) == "预算金额(元)" else "万元"
        if unit == "元":
            cell = heading[0][heading[1]]
            self._doubt(cell, "funds", "预算金额以元为单位，通常为万元。", "元", ("元", "万元"))
        return tuple(self._fund(category, side, unit) for category, side in FUNDS.items())

    def _fund(self, category: str, side: str, unit: str) -> FundLine:
        cell = self._value_cell(category)
        text = clean(cell.text) if cell else ""
        amount = values.amount_yuan(text, unit) if text else None
        if cell is None or (text and amount is None):
            self._fault(
                cell.place if cell else category, f"“{category}”的金额无法读取：“{text}”。", "请填写数字，如 5,195.75。"
            )
            return FundLine(side=side, category=category, amount_yuan=None)
        self._note(cell, f"funds.{category}", "" if amount is None else amount)
        if amount is None and category == "项目支出":
            self._doubt(cell, f"funds.{category}", "“项目支出”为空，无法与任务金额核对。", "空")
        return FundLine(side=side, category=category, amount_yuan=amount, amount_text=text)

    # --- goals
    def _goals(self) -> tuple[Goal, ...]:
        row = next(
            (r for r in self.grid.rows if r and squashed(r[0].text).startswith(("总体绩效目标", "年度总体目标"))), None
        )
        if row is None:
            self._fault("总体绩效目标", "没有找到“总体绩效目标”。", "请保留该行。")
            return ()
        cell = max(row[1:], key=lambda c: len(c.text), default=row[0])
        text = clean(cell.text)
        goals = tuple(self._numbered_goals(text))
        if not goals and text:
            goals = (Goal(ordinal=1, text=text),)
            self._doubt(cell, "goals", "总体目标没有编号，按一条目标读取。", "1条")
        if not goals:
            self._fault(cell.place, "总体绩效目标为空。", "请填写总体绩效目标。")
        self._note(cell, "goals", f"{len(goals)} 条")
        self._suspect_lost_goal(cell, text, len(goals))
        for goal in goals:
            self.cells.append(Cell(place=cell.place, text=goal.text, field=f"goals.{goal.ordinal}", value=goal.text))
        return goals

    def _suspect_lost_goal(self, cell: GridCell, text: str, count: int) -> None:
        """A number that stands where a goal could begin, but out of order, betrays a lost or doubled number."""
        numbers = [int(m["number"]) for m in GOAL_MARK.finditer(_plain_marks(text))]
        if numbers and numbers != list(range(1, count + 1)):
            found = "、".join(map(str, numbers))
            self._doubt(
                cell,
                "goals",
                f"目标编号为 {found}，不连续或重复，只按顺序读出 {count} 条；请核对是否漏了编号。",
                f"{count} 条",
            )

    def _numbered_goals(self, text: str) -> list[Goal]:
        marks, expected = [], 1
        for match in GOAL_MARK.finditer(_plain_marks(text)):
            if int(match["number"]) == expected:
                marks.append(match)
                expected += 1
        ends = [m.start() for m in marks[1:]] + [len(text)] if marks else []
        return [
            Goal(ordinal=n, text=text[m.end() : end].strip())
            for n, (m, end) in enumerate(zip(marks, ends, strict=True), 1)
        ]

    # --- tasks
    def _tasks(self) -> tuple[Task, ...]:
        headers = [(n, self._columns(row, TASK_COLUMNS)) for n, row in enumerate(self.grid.rows)]
        starts = [(n, columns) for n, columns in headers if len(columns) == len(TASK_COLUMNS)]
        if not starts:
            self._fault(
                "年度重点工作任务", "没有找到任务表头（序号、名称、主要实施内容、拟投入金额）。", "请保留表头。"
            )
            return ()
        if len(starts) > 2:
            self._fault(
                self.grid.rows[starts[2][0]][0].place, "任务表头多于两个。", "请只保留重点任务与其他任务两个表头。"
            )
        tasks: list[Task] = []
        for position, (start, columns) in enumerate(starts[:2]):
            kind = TaskKind.KEY if position == 0 else TaskKind.OTHER
            end = starts[position + 1][0] if position + 1 < len(starts) else len(self.grid.rows)
            tasks += self._part(kind, columns, self.grid.rows[start], self.grid.rows[start + 1 : end])
        self._demand_numbering(tasks)
        return tuple(tasks)

    def _columns(self, row: Row, wanted: dict[str, str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, cell in enumerate(row):
            head = squashed(cell.text).split("(")[0]
            if head in wanted:
                found.setdefault(wanted[head], index)
        return found

    def _part(self, kind: TaskKind, columns: dict[str, int], header: Row, rows: tuple[Row, ...]) -> list[Task]:
        unit = "元" if squashed(header[columns["amount"]].text).endswith("(元)") else "万元"
        if unit == "元":
            self._doubt(
                header[columns["amount"]], f"tasks.{kind}", "任务金额以元为单位，通常为万元。", "元", ("元", "万元")
            )
        tasks: list[Task] = []
        for row in rows:
            words = {squashed(c.text) for c in row if c.text.strip()}
            if "一级指标" in words or words == {"绩效指标"}:
                break
            if not words:
                continue
            kind = self._late_label(row, kind, tasks)
            task = self._task(kind, columns, unit, row)
            if task:
                tasks.append(task)
        return tasks

    def _late_label(self, row: Row, kind: TaskKind, tasks: list[Task]) -> TaskKind:
        if squashed(row[0].text) != OTHER_LABEL:
            return kind
        if kind is TaskKind.OTHER and tasks:
            message = f"“{OTHER_LABEL}”写在第 {len(tasks) + 1} 行（多因分页），前面 {len(tasks)} 行也按其他任务读取。"
            self._doubt(row[0], "tasks.other", message, OTHER_LABEL, (OTHER_LABEL, KEY_LABEL))
        return TaskKind.OTHER

    def _task(self, kind: TaskKind, columns: dict[str, int], unit: str, row: Row) -> Task | None:
        if len(row) <= max(columns.values()):
            self._fault(row[0].place, "这一行的格数不够。", "请检查是否缺少制表符或误合并了单元格。")
            return None
        cell = {name: row[index] for name, index in columns.items()}
        ordinal = values.whole(cell["ordinal"].text)
        if ordinal is None:
            self._fault(cell["ordinal"].place, f"序号应为整数，现为“{clean(cell['ordinal'].text)}”。", "请填写序号。")
            return None
        path = f"tasks.{kind}.{ordinal}"
        amount = values.amount_yuan(cell["amount"].text, unit)
        if amount is None or amount <= 0:
            shown = clean(cell["amount"].text) or "空"
            self._fault(
                cell["amount"].place,
                f"第 {ordinal} 项任务的金额无法读取：“{shown}”。",
                "请填写大于零的数字，如 116.40。",
            )
            amount = Decimal(0)  # a faulty form is never kept; the row counts, so that numbering is judged rightly
        name = clean(cell["name"].text)
        if not name:
            self._fault(cell["name"].place, f"第 {ordinal} 项任务没有名称。", "请补填名称。")
        for key, value in (
            ("ordinal", ordinal),
            ("name", name),
            ("content", clean(cell["content"].text)),
            ("amount", amount),
        ):
            self._note(cell[key], f"{path}.{key}", value)
        return Task(
            kind=kind,
            ordinal=ordinal,
            name=name,
            content=clean(cell["content"].text),
            amount_yuan=amount,
            amount_text=clean(cell["amount"].text),
        )

    def _demand_numbering(self, tasks: list[Task]) -> None:
        for kind, name in PART_NAMES.items():
            numbers = [t.ordinal for t in tasks if t.kind is kind]
            if numbers != list(range(1, len(numbers) + 1)):
                self._fault(name, f"序号不连续或重复：{'、'.join(map(str, numbers))}。", "请按 1、2、3… 重新编号。")
        if not any(t.kind is TaskKind.KEY for t in tasks):
            self._fault(KEY_LABEL, "没有读到年度重点工作任务。", "请检查表格是否完整。")

    # --- indicators
    def _indicators(self) -> tuple[Indicator, ...]:
        headers = [(n, self._columns(row, INDICATOR_COLUMNS)) for n, row in enumerate(self.grid.rows)]
        start = next(((n, c) for n, c in headers if {"level1", "name", "target"} <= c.keys()), None)
        if start is None:
            self._fault("绩效指标", "没有找到指标表头（一级指标、二级指标、三级指标…）。", "请保留表头。")
            return ()
        missing = [head for head, name in INDICATOR_COLUMNS.items() if name not in start[1]]
        if missing:
            self._fault(self.grid.rows[start[0]][0].place, f"指标表头缺少：{'、'.join(missing)}。", "请补全表头。")
            return ()
        found: list[Indicator] = []
        for row in self.grid.rows[start[0] + 1 :]:
            text = squashed("".join(c.text for c in row))
            if not text:
                continue
            if text.startswith(("填报要求", "校验")):
                break
            indicator = self._indicator(start[1], row, found)
            if indicator:
                found.append(indicator)
        if not found:
            self._fault("绩效指标", "没有读到任何指标。", "请至少填写一个指标。")
        return tuple(found)

    def _indicator(self, columns: dict[str, int], row: Row, before: list[Indicator]) -> Indicator | None:
        if len(row) <= max(columns.values()):
            self._fault(row[0].place, "这一行的格数不够。", "请检查是否缺少制表符或误合并了单元格。")
            return None
        cell = {name: row[index] for name, index in columns.items()}
        ordinal = len(before) + 1
        path = f"indicators.{ordinal}"
        level1 = clean(cell["level1"].text) or (before[-1].level1 if before else "")
        level2 = clean(cell["level2"].text) or (before[-1].level2 if before else "")
        if not level1 or not level2:
            self._fault(cell["level1"].place, "没有一级或二级指标名称。", "请补填。")
        comparator = self._comparator(cell["comparator"], cell["target"], path)
        target = self._target(cell["target"])
        if comparator is None or target is None:
            # a faulty form is never kept; the row counts, so that the rows below inherit its levels
            comparator, target = comparator or Comparator.EQ, target or (Decimal(0), "")
        read = {
            "level1": level1,
            "level2": level2,
            "name": clean(cell["name"].text),
            "explanation": clean(cell["explanation"].text),
            "unit": clean(cell["unit"].text) or target[1],
        }
        if not read["name"]:
            self._fault(cell["name"].place, f"第 {ordinal} 个指标没有名称。", "请补填三级指标。")
        for name, value in {**read, "comparator": comparator.value, "target": target[0]}.items():
            self._note(cell[name], f"{path}.{name}", value)
        return Indicator(
            ordinal=ordinal,
            comparator=comparator,
            target=target[0],
            comparator_text=clean(cell["comparator"].text),
            target_text=clean(cell["target"].text),
            **read,
        )

    def _comparator(self, cell: GridCell, target: GridCell, path: str) -> Comparator | None:
        text = clean(cell.text)
        if not text and (parts := values.joined(target.text)):
            text = parts[0]
        found = values.comparator(text)
        if found is None:
            shown = text or "空"
            self._fault(cell.place, f"不认识的对比符号：“{shown}”。", "请使用 =、≥、≤、>、< 之一。")
            return None
        if text in values.AMBIGUOUS:
            wide, strict = values.AMBIGUOUS[text]
            message = f"“{text}”按“{wide}”读取（公文中的惯用写法）；如为严格比较，请改选“{strict}”。"
            self._doubt(cell, f"{path}.comparator", message, wide.value, (wide.value, strict.value))
        return found

    def _target(self, cell: GridCell) -> tuple[Decimal, str] | None:
        parts = values.joined(cell.text)
        if parts is None or (parts[0] and values.comparator(parts[0]) is None):
            shown = clean(cell.text) or "空"
            self._fault(cell.place, f"指标值应为数字，现为“{shown}”。", "请填写数字，定性指标请写入指标解释。")
            return None
        return parts[1], parts[2]

    # --- end
    def _requirements(self) -> str:
        for row in self.grid.rows:
            for cell in row:
                if squashed(cell.text).startswith("填报要求"):
                    self._note(cell, "requirements", clean(cell.text))
                    return clean(cell.text)
        return ""

    def _suspect_lost_point(self, form: TableForm) -> None:
        """A sum that is off by exactly a power of ten betrays a lost decimal point (seen in published forms)."""
        total, stated = form.task_total, form.project_expenditure
        if not stated or not total or total == stated:
            return
        for task in form.tasks:
            for shift in (10, 100, 1000, 10_000):
                if total - task.amount_yuan + yuan(task.amount_yuan / shift) == stated:
                    message = f"“{task.name}”的金额可能丢了小数点：缩小 {shift} 倍后合计与项目支出相等。"
                    cell = GridCell(f"任务{task.ordinal}", task.amount_text)
                    self._doubt(cell, f"tasks.{task.kind}.{task.ordinal}.amount", message, task.amount_text)


def _plain_marks(text: str) -> str:
    """Return ``text`` with circled numbers written as ``1、`` of the same length where that is possible."""
    return re.sub(r"[①-⑨](?=\S)", lambda m: str(ord(m[0]) - ord("①") + 1), text)
