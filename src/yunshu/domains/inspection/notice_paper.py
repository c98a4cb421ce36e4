"""A rectification notice as DOCX: who, what has to be mended until when, in the manner of an official letter."""

import io
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from yunshu.domains.inspection.models import Notice
from yunshu.lib.kernel.clock import CITY_ZONE

FONT = "仿宋"


def notice(row: Notice) -> bytes:
    """Return the notice."""
    paper = Document()
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    title = paper.add_heading(_("网站与新媒体问题整改通知"), 0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paper.add_paragraph(row.number).alignment = WD_ALIGN_PARAGRAPH.CENTER
    paper.add_paragraph(f"{row.org.name}：")
    words = {"n": row.items.count(), "due": f"{row.due_at.astimezone(CITY_ZONE):%Y年%m月%d日 %H:%M}"}
    paper.add_paragraph(
        _(
            "经检查并由人员复核，你单位网站或新媒体账号存在下列 %(n)s 项问题。请逐项整改，最迟于 %(due)s 前完成并在系统报告；"
        )
        % words
        + _("对问题有异议的，可在系统中申诉。")
    )
    if row.words:
        paper.add_paragraph(row.words)
    _items(paper, row)
    issuer = row.issuer.name if row.issuer else row.issued_by
    for text in (issuer, f"{row.issued_at.astimezone(CITY_ZONE):%Y年%m月%d日}"):
        paper.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    content = io.BytesIO()
    paper.save(content)
    return content.getvalue()


def _items(paper: Any, row: Notice) -> None:
    head = (_("序号"), _("问题编号"), _("网站或账号"), _("问题"), _("网址"), _("整改期限"))
    grid = paper.add_table(rows=1, cols=len(head))
    grid.style = "Table Grid"
    for cell, text in zip(grid.rows[0].cells, head, strict=True):
        cell.text = text
    for item in row.items.select_related("finding__site", "finding__account"):
        found = item.finding
        said = f"{found.get_severity_display()}：{found.words}"
        due = f"{item.due_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
        line = (item.ordinal, found.number, found.site or found.account, said, found.url, due)
        for cell, value in zip(grid.add_row().cells, line, strict=True):
            cell.text = str(value)
