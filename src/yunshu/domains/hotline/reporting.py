"""A report on paper: DOCX and XLSX, drawn from its frozen figures and from nothing else; nobody types a number."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from yunshu.domains.hotline.choices_figures import Dimension, Form, Grade
from yunshu.domains.hotline.models import FigureReport
from yunshu.lib.kernel.clock import CITY_ZONE

FONT, MISSING = "宋体", "—"
Lines = list[list[Any]]
Grid = tuple[str, list[str], Lines]
"""A table: its name, its head, its lines."""


def shown(each: dict[str, Any], key: str = "value") -> str:
    """Return a figure as a paper shows it."""
    if each[key] is None:
        return MISSING
    behind = {Form.COUNT: "", Form.MEAN: _(" 秒")}.get(each["form"], "%")
    return f"{each[key]}{behind}"


def summary(row: FigureReport) -> list[str]:
    """Return the report's first words, made of its figures."""
    found = {each["code"]: each for each in row.figures["totals"]}
    words = [
        _("统计时期 %(first)s 至 %(last)s，编制单位 %(org)s。")
        % {"first": row.starts_on, "last": row.ends_on, "org": row.org.name}
    ]
    parts = [
        _("%(name)s %(value)s（上期 %(before)s）")
        % {"name": each["name"], "value": shown(each), "before": shown(each, "before")}
        for code in (
            "received",
            "closed",
            "direct",
            "on_time",
            "on_time_first",
            "result",
            "solved",
            "rework",
            "supervised",
            "call_connected",
            "call_in_time",
            "call_wait",
        )
        if (each := found.get(code))
    ]
    return [*words, _("；").join(parts) + _("。") if parts else _("没有启用的指标。")]


def grids(row: FigureReport) -> Iterator[Grid]:
    """Yield the report's tables."""
    head = [_("指标"), _("本期"), _("上期"), _("分子"), _("分母")]
    yield (
        _("全部指标"),
        [*head, _("口径"), _("出处")],
        [_line(each, ["meaning", "source"]) for each in row.figures["totals"]],
    )
    for name, rows in row.figures["groups"].items():
        if rows:
            yield (
                _("按%(by)s") % {"by": Dimension(name).label},
                [_("分组"), *head],
                [[each["group"], *_line(each, [])] for each in rows],
            )
    if row.figures["cards"]:
        lines = [
            [card["name"], *(str(Grade(grade).label) for grade in card["grades"])] for card in row.figures["cards"]
        ]
        yield _("单位分档（不排名）"), [_("单位"), *row.figures["graded"]], lines


def _line(each: dict[str, Any], more: Sequence[str]) -> list[Any]:
    top, bottom = (MISSING if each[key] is None else each[key] for key in ("numerator", "denominator"))
    return [each["name"], shown(each), shown(each, "before"), top, bottom, *(each[key] for key in more)]


def checking(row: FigureReport) -> list[str]:
    """Return how a reader checks the report."""
    at = f"{localtime(row.made_at, CITY_ZONE):%Y-%m-%d %H:%M}" if row.made_at else MISSING
    return [
        _("报告编号 %(number)s，统计于 %(at)s，定格数据摘要（SM3）%(digest)s，存证编号 %(record)s。")
        % {"number": row.number, "at": at, "digest": row.digest, "record": row.record or MISSING},
        _("全部数字由平台按定格数据生成；在报告页可重新统计并比较。"),
    ]


def docx(row: FigureReport) -> bytes:
    """Return the report as DOCX."""
    paper = Document()
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    paper.add_heading(row.title, 0)
    for words in summary(row):
        paper.add_paragraph(words)
    for name, head, lines in grids(row):
        paper.add_heading(name, 1)
        _table(paper, [head, *lines])
    paper.add_heading(_("核对"), 1)
    for words in checking(row):
        paper.add_paragraph(words)
    content = io.BytesIO()
    paper.save(content)
    return content.getvalue()


def _table(paper: Any, lines: Lines) -> None:
    """Add a table, row by row from its cells at once: asking a table for a cell again and again takes minutes."""
    table = paper.add_table(rows=len(lines), cols=len(lines[0]))
    table.style = "Table Grid"
    cells = table._cells
    for cell, value in zip(cells, (value for line in lines for value in line), strict=True):
        cell.text = ILLEGAL_CHARACTERS_RE.sub("", str(value))


def xlsx(row: FigureReport) -> bytes:
    """Return the report as XLSX."""
    book = Workbook(write_only=True)
    _sheet(book, _("摘要"), [[row.title], *([words] for words in (*summary(row), *checking(row)))])
    for name, head, lines in grids(row):
        _sheet(book, name, [head, *lines])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet(book: Any, name: str, lines: Lines) -> None:
    sheet = book.create_sheet("".join(c for c in name if c not in "[]:*?/\\")[:31])
    sheet.freeze_panes = "A2"
    for n, line in enumerate(lines):
        sheet.append([_cell(sheet, value, is_head=n == 0) for value in line])


def _cell(sheet: Any, value: Any, *, is_head: bool) -> Any:
    """Return a cell; text is marked as text, so that no spreadsheet takes it for a formula."""
    is_text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000] if is_text else value)
    cell.data_type = "s" if is_text else cell.data_type
    if is_head:
        cell.font = Font(bold=True)
    return cell
