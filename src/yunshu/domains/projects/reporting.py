"""The report of a third-party review as DOCX: what was drawn, scored, found, reduced, concluded."""

import io
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from yunshu.domains.projects.choices import Criteria, Verdicts
from yunshu.domains.projects.models import Review
from yunshu.domains.projects.rules import review as rules
from yunshu.domains.projects.selectors import limits
from yunshu.domains.projects.selectors import review as selectors

FONT = "宋体"


def report(row: Review) -> bytes:
    """Return the report; only a concluded review has one."""
    paper = Document()
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    paper.add_heading(_("第三方评审报告"), 0)
    _facts(paper, row)
    _scores(paper, row)
    _findings(paper, row)
    _costs(paper, row)
    paper.add_heading(_("评审意见"), 1)
    paper.add_paragraph(row.opinion)
    _draw(paper, row)
    content = io.BytesIO()
    paper.save(content)
    return content.getvalue()


def _table(paper: Any, head: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    grid = paper.add_table(rows=1, cols=len(head))
    grid.style = "Table Grid"
    for cell, text in zip(grid.rows[0].cells, head, strict=True):
        cell.text = str(text)
    for line in lines:
        for cell, value in zip(grid.add_row().cells, line, strict=True):
            cell.text = "" if value is None else str(value)


def _facts(paper: Any, row: Review) -> None:
    verdict = Verdicts(row.verdict).label if row.verdict else ""
    lines = [
        (_("评审编号"), row.number),
        (_("项目名称"), row.project.name),
        (_("建设单位"), row.project.org.name),
        (_("评审机构"), row.agency),
        (_("总评分"), row.score),
        (_("结论"), verdict),
    ]
    _table(paper, (_("事项"), _("内容")), lines)


def _scores(paper: Any, row: Review) -> None:
    paper.add_heading(_("五项评审"), 1)
    opened = row.findings.filter(closed_at__isnull=True).count()
    found = rules.summary(selectors.marks_of(row), limits.value("score_pass"), open_findings=opened)
    lines = [
        (Criteria(c.value).label, found.means[c], Verdicts(found.verdicts[c].value).label) for c in rules.Criterion
    ]
    _table(paper, (_("评审要素"), _("平均分"), _("多数结论")), lines)


def _findings(paper: Any, row: Review) -> None:
    paper.add_heading(_("评审问题"), 1)
    rows = list(row.findings.all())
    if not rows:
        paper.add_paragraph(_("没有问题。"))
        return
    head = (_("评审要素"), _("条款或页码"), _("问题"), _("答复"), _("是否关闭"))
    lines = [
        (f.get_criterion_display(), f.clause, f.text, f.answer, _("已关闭") if f.closed_at else _("未关闭"))
        for f in rows
    ]
    _table(paper, head, lines)


def _costs(paper: Any, row: Review) -> None:
    paper.add_heading(_("概算审定"), 1)
    rows = list(row.project.cost_lines.all())
    head = (_("事项"), _("报审（元）"), _("审定（元）"), _("核减原因"))
    lines: list[Sequence[object]] = [
        (line.item, f"{line.amount_yuan:,.2f}", _money(line.approved_yuan), line.cut_reason) for line in rows
    ]
    asked = sum((line.amount_yuan for line in rows), rules.CENT * 0)
    kept = sum(
        (line.amount_yuan if line.approved_yuan is None else line.approved_yuan for line in rows), rules.CENT * 0
    )
    lines.append((_("合计"), f"{asked:,.2f}", f"{kept:,.2f}", ""))
    _table(paper, head, lines)


def _draw(paper: Any, row: Review) -> None:
    paper.add_heading(_("专家抽取"), 1)
    seats = row.seats.select_related("expert").all()
    lines = [(s.expert.code, s.expert.name, s.expert.unit, s.recused_because) for s in seats]
    _table(paper, (_("专家编号"), _("姓名"), _("工作单位"), _("回避原因")), lines)
    paper.add_paragraph(
        _("抽取可以复核：承诺 %(commitment)s，种子 %(seed)s，随机词“%(word)s”；候选：%(candidates)s。")
        % {
            "commitment": row.commitment,
            "seed": row.seed,
            "word": row.word,
            "candidates": "、".join(sorted(row.candidates)),
        }
    )
    paper.add_paragraph(
        _(
            "候选专家按 SHA-256（种子、换行、随机词、换行、专家编号）从小到大排列，依次入选；承诺为 SHA-256（种子、换行、排序后的候选编号逐行）。"
        )
    )


def _money(amount: Any) -> str:
    return "" if amount is None else f"{amount:,.2f}"
