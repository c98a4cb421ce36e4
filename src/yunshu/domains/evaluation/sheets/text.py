"""Writes the official layout as tab-separated UTF-8 text, line by line as ``grid_from_text`` takes it."""

from yunshu.domains.evaluation.contracts import TableForm
from yunshu.domains.evaluation.sheets.layout import (
    FUND_ROWS,
    INDICATOR_HEADS,
    PARTS,
    TASK_HEADS,
    exact_wan,
    fund_text,
    indicator_texts,
    tasks_of,
)
from yunshu.domains.evaluation.sheets.values import clean


def write_text(form: TableForm) -> bytes:
    """Return the form as text; ``read_text`` reads back the same substance."""
    lines = [(form.title,), (), *_head(form)]
    for kind, label in PARTS:
        lines.append((label, *TASK_HEADS))
        lines += [("", str(t.ordinal), t.name, t.content, exact_wan(t.amount_yuan)) for t in tasks_of(form, kind)]
    lines += [("绩效指标",), (), INDICATOR_HEADS]
    lines += [(i.level1, i.level2, *indicator_texts(i)) for i in form.indicators]
    if form.requirements:
        lines += [(), (form.requirements,)]
    return "".join("\t".join(map(clean_or_tagged, line)) + "\n" for line in lines).encode()


def clean_or_tagged(text: str) -> str:
    """Return a cell's text on one line; paragraph tags, as published forms carry them, stay."""
    return text if text.startswith("<p>") else clean(text)


def _head(form: TableForm) -> list[tuple[str, ...]]:
    counts = ["" if n is None else str(n) for n in (form.staff_count, form.subunit_count)]
    goals = " ".join(f"<p>{g.ordinal}、{clean(g.text)}</p>" for g in form.goals)
    return [
        ("部门名称", form.department, "", "资金主管部门", form.fund_department),
        ("基本信息", "财政供养人员数", counts[0], "下属二级单位数", counts[1]),
        ("预算整体情况", "财政支出分类", "预算金额（万元）", "收入来源", "预算金额（万元）"),
        *(("", left, fund_text(form, left), right, fund_text(form, right)) for left, right in FUND_ROWS),
        ("总体绩效目标", goals),
    ]
