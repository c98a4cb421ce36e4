"""Papers of an assessment: the circular (a page and DOCX), the score book (XLSX). Every figure comes from the frozen rows."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from yunshu.domains.inspection.choices import Check, FindingState, Severity
from yunshu.domains.inspection.models import AssessedObject, Assessment, SchemeVersion
from yunshu.domains.inspection.selectors import assessments as selectors

FONT = "宋体"
MISSING = "—"
RANKED = 50
"""So many of the best and worst are listed in the circular; the score book has all."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of a paper."""

    name: str
    head: tuple[str, ...]
    lines: Sequence[Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a paper."""

    title: str
    words: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()


def title_of(row: Assessment) -> str:
    """Return the circular's title."""
    return _("关于%(name)s情况的通报") % {"name": row.name}


def circular(row: Assessment) -> list[Section]:
    """Return the circular of a frozen assessment."""
    figures = selectors.figures(row)
    return [
        Section(title=_("检查范围与依据"), words=tuple(_scope(row, figures))),
        *(_by_version(each) for each in figures),
        Section(title=_("核对"), words=tuple(_checking(row))),
    ]


def _scope(row: Assessment, figures: Sequence[dict[str, Any]]) -> Iterable[str]:
    first = figures[0]
    yield _("检查时段 %(first)s 至 %(last)s，检查政府网站 %(sites)s 个、政务新媒体账号 %(accounts)s 个，计入经人工确认的问题 %(findings)s 条。") % {
        "first": row.starts_on,
        "last": row.ends_on,
        "sites": first["sites"]["total"],
        "accounts": first["accounts"]["total"],
        "findings": len(row.snapshot["findings"]),
    }  # fmt: skip
    yield _("依据：%(names)s。") % {"names": "、".join(f"{f['name']}（{f['version']}）" for f in figures)}


def _by_version(figures: dict[str, Any]) -> Section:
    words = [
        _("%(what)s %(total)s 个，合格 %(passed)s 个，不合格 %(failed)s 个，合格率 %(rate)s。")
        % {**figures[key], "what": what, "rate": f"{figures[key]['rate']}%"}
        for key, what in (("sites", _("政府网站")), ("accounts", _("政务新媒体账号")))
        if figures[key]["total"]
    ]
    head = (_("编号"), _("名称"), _("主办单位"))
    grids = [
        Grid(name=_("不合格名单"), head=(*head, _("原因")), lines=figures["failed"]),
        Grid(
            name=_("触发的单项否决指标"),
            head=(_("指标"), _("名称"), _("对象数"), _("问题数")),
            lines=[v[:4] for v in figures["vetoes"]],
        ),
        Grid(
            name=_("扣分较多的指标"),
            head=(_("指标"), _("名称"), _("对象数"), _("问题数"), _("合计扣分")),
            lines=figures["deductions"],
        ),
        Grid(name=_("得分"), head=(*head, _("总分")), lines=figures["ranked"][:RANKED]),
    ]
    return Section(title=figures["name"], words=tuple(words), grids=tuple(g for g in grids if g.lines))


def _checking(row: Assessment) -> Iterable[str]:
    yield _("考评编号 %(number)s，定格数据摘要（SHA-256）%(digest)s，存证编号 %(record)s。") % {
        "number": row.number,
        "digest": row.digest,
        "record": row.record or MISSING,
    }
    yield _("全部数字由平台按定格数据生成，可用“重算核对”逐行复核。")


def circular_docx(row: Assessment) -> bytes:
    """Return the circular as DOCX."""
    paper = Document()
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    paper.add_heading(title_of(row), 0)
    for section in circular(row):
        paper.add_heading(section.title, 1)
        for words in section.words:
            paper.add_paragraph(words)
        for grid in section.grids:
            _add_grid(paper, grid)
    paper.add_paragraph(row.org.name)
    content = io.BytesIO()
    paper.save(content)
    return content.getvalue()


def _add_grid(paper: Any, grid: Grid) -> None:
    paper.add_heading(grid.name, 2)
    table = paper.add_table(rows=1, cols=len(grid.head))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, grid.head, strict=True):
        cell.text = text
    for line in grid.lines:
        for cell, value in zip(table.add_row().cells, line, strict=True):
            cell.text = str(value)


def score_book(row: Assessment) -> bytes:
    """Return the score book: a sheet of totals, one of lines for each scheme version, the frozen findings, how to check."""
    book = Workbook(write_only=True)
    versions = selectors.versions_of(row)
    objects = [o for v in versions for o in selectors.objects_with_lines(row, v)]
    _sheet(book, _("总表"), _totals(versions, objects))
    for number, version in enumerate(versions, 1):
        name = f"{number} {version.scheme.name}"
        _sheet(book, name, _lines([o for o in objects if o.version_id == version.pk]))
    _sheet(book, _("问题清单"), _findings(row))
    _sheet(book, _("核对"), [[_("核对")], *([words] for words in _checking(row))])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _totals(versions: Sequence[SchemeVersion], objects: Sequence[AssessedObject]) -> Iterable[Sequence[Any]]:
    yield [_("编号"), _("名称"), _("类别"), _("主办单位")] + [
        f"{v.scheme.name} {what}" for v in versions for what in (_("结果"), _("总分"), _("单项否决"))
    ]
    by_number: dict[str, dict[int, AssessedObject]] = {}
    for each in objects:
        by_number.setdefault(each.number, {})[each.version_id] = each
    for scored in by_number.values():
        one = next(iter(scored.values()))
        figures = [f for v in versions for f in _result(scored[v.pk])]
        yield [one.number, one.name, one.get_kind_display(), one.org.name, *figures]


def _result(row: AssessedObject) -> tuple[Any, ...]:
    return row.get_grade_display(), row.final, "、".join(row.vetoes)


def _lines(objects: Sequence[AssessedObject]) -> Iterable[Sequence[Any]]:
    yield [
        _("编号"), _("名称"), _("主办单位"), _("指标"), _("类别"), _("分组"), _("指标名称"), _("分值"), _("扣分"), _("加分"), _("单项否决"),
        _("理由"), _("问题编号"),
    ]  # fmt: skip
    for each in objects:
        for line in each.lines.all():
            vetoed = _("触发") if line.is_vetoed else ""
            yield [
                each.number, each.name, each.org.name, line.code, line.get_part_display(), line.group, line.name, line.points,
                line.deducted, line.gained, vetoed, line.words, " ".join(line.findings),
            ]  # fmt: skip


def _findings(row: Assessment) -> Iterable[Sequence[Any]]:
    yield [
        _("问题编号"), _("对象编号"), _("检查项"), _("严重程度"), _("定格时状态"), _("问题描述"), _("网址"), _("首次发现"), _("最近发现"),
    ]  # fmt: skip
    for f in row.snapshot["findings"]:
        labels = [Check(f["kind"]).label, Severity(f["severity"]).label, FindingState(f["state"]).label]
        yield [f["number"], f["object"], *map(str, labels), f["words"], f["url"], f["first_seen"], f["last_seen"]]


def _sheet(book: Any, name: str, lines: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet("".join(c for c in name if c not in "[]:*?/\\")[:31])
    sheet.freeze_panes = "A2"
    for n, line in enumerate(lines):
        sheet.append([_cell(sheet, value, is_head=n == 0) for value in line])


def _cell(sheet: Any, value: Any, *, is_head: bool) -> Any:
    """Return a cell; text is marked as text, so that no spreadsheet takes it for a formula."""
    is_text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000] if is_text else value)
    if is_text:
        cell.data_type = "s"
    if is_head:
        cell.font = Font(bold=True)
    return cell
