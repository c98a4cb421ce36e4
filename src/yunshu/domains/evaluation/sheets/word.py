"""Writes the official layout as a Word document: A4 portrait, one boxed table of seven columns as in the spreadsheet."""

from docx.table import Table

from yunshu.domains.evaluation.contracts import TableForm, TaskKind
from yunshu.domains.evaluation.sheets import paper
from yunshu.domains.evaluation.sheets.layout import (
    FUND_ROWS,
    INDICATOR_HEADS,
    PARTS,
    TASK_HEADS,
    exact_wan,
    fund_text,
    indicator_texts,
    runs,
    tasks_of,
)
from yunshu.domains.evaluation.sheets.paper import LEFT, RIGHT, put

WIDTHS_CM = (2.2, 2.8, 3.5, 4.0, 1.5, 1.8, 2.2)
HEAD_ROWS = 6


def write_docx(form: TableForm) -> bytes:
    """Return the form as a DOCX file; ``read_docx`` reads back the same substance."""
    document = paper.new_document()
    document.core_properties.title, document.core_properties.author = form.title, form.department
    paper.title(document, form.title)
    rows = HEAD_ROWS + 2 + len(form.tasks) + 2 + len(form.indicators) + bool(form.requirements)
    table = paper.boxed(document, rows, WIDTHS_CM)
    _head(table, form)
    row = HEAD_ROWS
    for kind, label in PARTS:
        row = _tasks(table, row, form, kind, label)
    row = _indicators(table, row, form)
    if form.requirements:
        put(table, (row, 0, row, 6), form.requirements, align=LEFT)
    return paper.saved(document)


def _head(table: Table, form: TableForm) -> None:
    counts = ["" if n is None else str(n) for n in (form.staff_count, form.subunit_count)]
    put(table, (0, 0, 0, 0), "部门名称", bold=True)
    put(table, (0, 1, 0, 2), form.department)
    put(table, (0, 3, 0, 4), "资金主管部门", bold=True)
    put(table, (0, 5, 0, 6), form.fund_department)
    put(table, (1, 0, 1, 0), "基本信息", bold=True)
    put(table, (1, 1, 1, 1), "财政供养人员数", bold=True)
    put(table, (1, 2, 1, 2), counts[0])
    put(table, (1, 3, 1, 4), "下属二级单位数", bold=True)
    put(table, (1, 5, 1, 6), counts[1])
    put(table, (2, 0, 4, 0), "预算整体情况", bold=True)
    for left, right, text in ((1, 1, "财政支出分类"), (2, 2, "预算金额（万元）"), (3, 4, "收入来源")):
        put(table, (2, left, 2, right), text, bold=True)
    put(table, (2, 5, 2, 6), "预算金额（万元）", bold=True)
    for row, (spent, got) in enumerate(FUND_ROWS, start=3):
        put(table, (row, 1, row, 1), spent)
        put(table, (row, 2, row, 2), fund_text(form, spent), align=RIGHT)
        put(table, (row, 3, row, 4), got)
        put(table, (row, 5, row, 6), fund_text(form, got), align=RIGHT)
    put(table, (5, 0, 5, 0), "总体绩效目标", bold=True)
    put(table, (5, 1, 5, 6), "\n".join(f"{g.ordinal}、{g.text}" for g in form.goals), align=LEFT)
    paper.may_split(table, 5)


def _tasks(table: Table, row: int, form: TableForm, kind: TaskKind, label: str) -> int:
    tasks = tasks_of(form, kind)
    for (left, right), text in zip(((1, 1), (2, 2), (3, 5), (6, 6)), TASK_HEADS, strict=True):
        put(table, (row, left, row, right), text.replace("（", "\n（"), bold=True)
    for number, task in enumerate(tasks, start=row + 1):
        put(table, (number, 1, number, 1), str(task.ordinal))
        put(table, (number, 2, number, 2), task.name, align=LEFT)
        put(table, (number, 3, number, 5), task.content, align=LEFT)
        put(table, (number, 6, number, 6), exact_wan(task.amount_yuan), align=RIGHT)
    put(table, (row, 0, row + len(tasks), 0), label, bold=True)
    return row + len(tasks) + 1


def _indicators(table: Table, row: int, form: TableForm) -> int:
    put(table, (row, 0, row, 6), "绩效指标", bold=True)
    for column, text in enumerate(INDICATOR_HEADS):
        put(table, (row + 1, column, row + 1, column), text, bold=True)
    start = row + 2
    for number, indicator in enumerate(form.indicators, start=start):
        for column, text in enumerate(indicator_texts(indicator), start=2):
            put(table, (number, column, number, column), text, align=LEFT if column < 4 else paper.CENTER)
    for column, keys in (
        (0, [(i.level1,) for i in form.indicators]),
        (1, [(i.level1, i.level2) for i in form.indicators]),
    ):
        for first, last in runs(keys):
            put(table, (start + first, column, start + last, column), keys[first][-1])
    return start + len(form.indicators)
