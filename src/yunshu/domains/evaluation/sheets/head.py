"""The upper part of the form: title and year, department, staff, funds."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from decimal import Decimal
from re import Pattern

from yunshu.domains.evaluation.contracts import Cell, FundLine
from yunshu.domains.evaluation.sheets import figures, labels
from yunshu.domains.evaluation.sheets.notes import Notes
from yunshu.domains.evaluation.sheets.texts import fold, has_full_width


def title(notes: Notes, rows: Sequence[int]) -> tuple[int, str]:
    """Return year and title; faults: no title, two titles, no year in it, several years in it."""
    if not rows:
        advice = "请保留含年度和“绩效目标表”的标题，如“2022年市直部门整体预算绩效目标表”。"
        notes.fault("表头", "没有找到表名。", advice, "title")
        return 0, ""
    cells = [notes.grid.written(row)[0] for row in rows]
    for other in cells[1:]:
        notes.fault(other, f"有两个表名（另见{cells[0].place}）：文件里可能有两张表。", "请一次只导入一张表。", "title")
    notes.know(*cells)
    text = notes.line(cells[0], "title")
    years = _years(text)
    if len(years) != 1:
        said = "表名中没有年度" if not years else f"表名中有多个年度：{'、'.join(map(str, sorted(years)))}"
        notes.fault(cells[0], f"{said}。", "请在表名中写明一个四位数的年度，如“2022年”。", "title")
    if has_full_width(text):
        plain = "".join(unicodedata.normalize("NFKC", c) if has_full_width(c) else c for c in text)
        notes.doubt(cells[0], "title", "表名中有全角数字。", text, (plain,))
    return (min(years) if years else 0), text


def _years(text: str) -> set[int]:
    plain = fold(text)
    chinese = ("".join(labels.CHINESE_DIGITS[c] for c in y) for y in labels.CHINESE_YEAR.findall(plain))
    return {int(y) for y in (*labels.YEAR.findall(plain), *chinese)}


def labelled(notes: Notes, rows: Sequence[int], label: Collection[str], field: str) -> Cell | None:
    """Return the cell that belongs to a label: the written one between it and the next label of its row."""
    found = [c for row in rows for c in notes.grid.written(row) if fold(c.text) in label]
    if not found:
        notes.fault("表头", f"没有找到“{_shown_label(label)}”一项。", "请保留表头中的这一项。", field)
        return None
    notes.know(*found)
    for other in found[1:]:
        notes.fault(other, f"“{fold(found[0].text)}”出现了两次（另见{found[0].place}）。", "请一次只导入一张表。", field)
    return _value_after(notes, found[0], field)


def _value_after(notes: Notes, label: Cell, field: str) -> Cell:
    after = [c for c in notes.grid.rows[label.row] if c.column > label.column]
    until = next((n for n, c in enumerate(after) if fold(c.text) in labels.HEAD), len(after))
    written = [c for c in after[:until] if fold(c.text)]
    for other in written[1:]:
        message = f"“{fold(label.text)}”后面有不止一格内容：“{figures.shown(other.text)}”。"
        notes.know(other)
        notes.fault(other, message, "请只保留一格。", field)
    if written:
        return written[0]
    return after[0] if until else notes.cell(label.row, label.column + label.column_span)


def _shown_label(label: Collection[str]) -> str:
    return sorted(label, key=lambda w: (len(w), w))[0]


def name(notes: Notes, rows: Sequence[int], label: Collection[str], field: str) -> str:
    """Return the text behind a label; blank is a fault."""
    cell = labelled(notes, rows, label, field)
    if cell is None:
        return ""
    text = notes.line(cell, field)
    if not text:
        notes.fault(cell, f"“{_shown_label(label)}”没有填写。", "请补填后再导入。", field)
    return text


def count(notes: Notes, rows: Sequence[int], label: Collection[str], field: str) -> int | None:
    """Return the whole number behind a label; blank is None and doubted."""
    cell = labelled(notes, rows, label, field)
    if cell is None:
        return None
    before = len(notes.faults)
    value = notes.read(cell, field, figures.count)
    if value is None and len(notes.faults) == before:
        notes.doubt(cell, field, f"“{_shown_label(label)}”没有填写，按未填读取。", "")
    return value


def funds(notes: Notes, head: int | None, end: int) -> tuple[FundLine, ...]:
    """Return expenditure, then revenue lines of 预算整体情况, in their order."""
    if head is None:
        notes.fault("预算整体情况", "没有找到“财政支出分类”和“收入来源”的表头。", "请保留表头。", "funds")
        return ()
    lines: list[FundLine] = []
    for side, words in (("expenditure", labels.EXPENDITURE), ("revenue", labels.REVENUE)):
        lines += _side(notes, head, end, side, words)
    if not any(line.category == labels.PROJECT for line in lines):
        notes.fault(f"第{head}行", "预算整体情况中没有“项目支出”。", "请保留“项目支出”一行。", "funds.项目支出")
    return tuple(lines)


def _side(notes: Notes, head: int, end: int, side: str, words: Collection[str]) -> list[FundLine]:
    heads = notes.grid.written(head)
    category = next((c for c in heads if fold(c.text) in words), None)
    amount = next((c for c in heads if category and c.column > category.column and _is_amount(c)), None)
    if category is None or amount is None:
        missing = sorted(words)[-1] if category is None else "预算金额（万元）"
        notes.fault(heads[0], f"预算整体情况的表头缺少“{missing}”。", "请保留表头。", f"funds.{side}")
        return []
    notes.know(category, amount)
    unit = column_unit(notes, amount, labels.FUND_AMOUNT, f"funds.{side}.unit")
    lines: list[FundLine] = []
    for row in range(head + 1, end):
        line = _line(notes, side, unit, notes.cell(row, category.column), notes.cell(row, amount.column))
        if line is not None and any(line.category == o.category for o in lines):
            notes.fault(notes.cell(row, category.column), f"“{line.category}”出现了两次。", "请合并为一行。", "funds")
        lines += [line] if line is not None else []
    for known in labels.CATEGORIES[side]:
        if known != labels.PROJECT and not any(o.category == known for o in lines):
            notes.doubt(category, f"funds.{known}", f"没有“{known}”一行，按未列读取。", "")
    return lines


def _is_amount(cell: Cell) -> bool:
    return labels.FUND_AMOUNT.fullmatch(fold(cell.text)) is not None


def _line(notes: Notes, side: str, unit: str, category: Cell, amount: Cell) -> FundLine | None:
    name = fold(category.text)
    if not name:
        if fold(amount.text):
            field = f"funds.{side}.{amount.row}"
            notes.take(amount, field)
            notes.fault(category, f"金额“{figures.shown(amount.text)}”没有类别。", "请填写类别，如“项目支出”。", field)
        return None
    notes.know(category)
    field = f"funds.{name}"
    if name not in labels.CATEGORIES[side]:
        notes.doubt(category, f"{field}.category", f"“{name}”不是常见的类别，照录。", name)
    before = len(notes.faults)
    value: Decimal | None = notes.read(amount, field, lambda text: figures.amount(text, unit))
    if value is None and len(notes.faults) == before:
        notes.doubt(amount, field, f"“{name}”没有填写金额，按未填读取。", "")
    return FundLine(side=side, category=name, amount_yuan=value, amount_text=notes.typed(field))


def column_unit(notes: Notes, head: Cell, pattern: Pattern[str], field: str) -> str:
    """Return the unit a column's header names; another than 万元, or none, is doubted."""
    match = pattern.fullmatch(fold(notes.take(head, field)))
    unit = match["unit"] if match else None
    notes.value(field, unit or "万元")
    if unit == "万元":
        return unit
    plain = fold(head.text).split("(")[0]
    if unit is None:
        notes.doubt(head, field, "表头没有写明金额单位，按万元读取。", f"{plain}(万元)", (f"{plain}(元)",))
        return "万元"
    message = f"表头写明金额以{unit}为单位（通常为万元），按{unit}读取。"
    notes.doubt(head, field, message, f"{plain}({unit})", (f"{plain}(万元)",))
    return unit
