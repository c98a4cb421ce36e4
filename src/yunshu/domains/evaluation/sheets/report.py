"""Writes the self-evaluation report: a Word document with its table, and the table as a spreadsheet."""

import io
from collections.abc import Sequence

from docx.document import Document
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from yunshu.domains.evaluation.rules.report import LINE_HEADS, MONEY_HEADS, Report
from yunshu.domains.evaluation.sheets import paper
from yunshu.domains.evaluation.sheets.layout import lines_needed, runs
from yunshu.domains.evaluation.sheets.xlsx import BODY, BOLD, LEFT, LINE_HEIGHT, MIDDLE, RIGHT, TITLE, page_setup, put

LINE_WIDTHS_CM = (1.7, 1.9, 3.0, 1.9, 1.9, 1.7, 1.5, 4.4)
MONEY_WIDTHS_CM = (8.4, 3.4, 3.4, 2.8)
LINE_WIDTHS = (12, 14, 24, 13, 13, 9, 9, 46)
DRAFT = "（草稿）"


def write_report_docx(report: Report) -> bytes:
    """Return the report as DOCX: five parts in words, then the 自评表."""
    document = paper.new_document()
    document.core_properties.title, document.core_properties.author = report.title, report.department
    paper.title(document, report.title + (DRAFT if report.draft else ""))
    paper.words(document, f"绩效目标表：{report.number}，第{report.version}版。")
    if report.draft and report.open_points:
        paper.words(document, "本稿尚未提交，还缺：" + "".join(report.open_points))
    parts = (
        ("一、部门基本情况", report.basics),
        ("二、自评结论", report.conclusion),
        ("三、年度绩效目标", "\n".join(report.goals)),
    )
    for head, text in parts:
        paper.heading(document, head)
        paper.words(document, text)
    paper.heading(document, "四、预算执行情况")
    _table(document, MONEY_HEADS, [m.texts for m in (*report.money, report.money_total)], MONEY_WIDTHS_CM)
    paper.heading(document, "五、失分情况及改进措施")
    paper.words(document, "\n".join(report.losses) or "各项均未失分。")
    paper.heading(document, "六、总体情况说明")
    paper.words(document, report.summary or "（未填写）")
    _score_table(document, report)
    return paper.saved(document)


def _table(document: Document, heads: Sequence[str], rows: Sequence[Sequence[str]], widths_cm: Sequence[float]) -> None:
    table = paper.boxed(document, len(rows) + 1, widths_cm)
    paper.repeats(table, 0)
    for number, texts in enumerate((heads, *rows)):
        for column, text in enumerate(texts):
            align = paper.LEFT if number and column == 0 else paper.RIGHT if number else paper.CENTER
            paper.put(table, (number, column, number, column), text, bold=number == 0, align=align)


def _score_table(document: Document, report: Report) -> None:
    head = f"{report.year}年度部门整体绩效自评表" + (DRAFT if report.draft else "")
    paper.title(document, head, new_page=True)
    table = paper.boxed(document, len(report.lines) + 2, LINE_WIDTHS_CM)
    paper.repeats(table, 0)
    for column, text in enumerate(LINE_HEADS):
        paper.put(table, (0, column, 0, column), text, bold=True)
    for number, line in enumerate(report.lines, start=1):
        for column, text in enumerate(line.texts[2:], start=2):
            align = paper.LEFT if column in (2, 7) else paper.CENTER
            paper.put(table, (number, column, number, column), text, align=align)
    for column in (0, 1):
        keys = [line.texts[: column + 1] for line in report.lines]
        for first, last in runs(keys):
            paper.put(table, (first + 1, column, last + 1, column), keys[first][-1])
    end = len(report.lines) + 1
    paper.put(table, (end, 0, end, 4), "合计", bold=True)
    paper.put(table, (end, 5, end, 5), str(report.weight_total), bold=True)
    paper.put(table, (end, 6, end, 6), str(report.total), bold=True)
    paper.put(table, (end, 7, end, 7), f"等级：{report.grade}", bold=True, align=paper.LEFT)


def write_report_xlsx(report: Report) -> bytes:
    """Return the 自评表 as XLSX, A4 landscape; the sums are real formulas over the scored lines."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one sheet
    sheet.title = f"{report.year}年绩效自评表"
    for letter, width in zip("ABCDEFGH", LINE_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    put(sheet, "A1:H1", f"{report.year}年度部门整体绩效自评表" + (DRAFT if report.draft else ""), font=TITLE)
    sheet.row_dimensions[1].height = 32
    row = _money(sheet, report)
    for letter, text in zip("ABCDEFGH", LINE_HEADS, strict=True):
        put(sheet, f"{letter}{row}", text, font=BOLD)
    first, end = row + 1, row + 1 + len(report.lines)
    _lines(sheet, report, first)
    put(sheet, f"A{end}:E{end}", "合计", font=BOLD)
    for letter in "FG":
        put(sheet, f"{letter}{end}", f"=SUM({letter}{first}:{letter}{end - 1})", font=BOLD).data_type = "f"
        sheet[f"{letter}{end}"].number_format = "0.00"
    put(sheet, f"H{end}", f"等级：{report.grade}", font=BOLD, style=LEFT)
    put(sheet, f"A{end + 1}:H{end + 1}", _foot(report), style=LEFT)
    sheet.row_dimensions[end + 1].height = LINE_HEIGHT * lines_needed(_foot(report), sum(LINE_WIDTHS) - 4) + 8
    page_setup(sheet, f"A1:H{end + 1}", landscape=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _foot(report: Report) -> str:
    return f"{report.conclusion}总体情况：{report.summary or '（未填写）'}（绩效目标表{report.number}，第{report.version}版）"


def _money(sheet: Worksheet, report: Report) -> int:
    put(sheet, "A2:B2", "部门名称", font=BOLD)
    put(sheet, "C2:H2", report.department, style=LEFT)
    areas = ("A{0}:C{0}", "D{0}:E{0}", "F{0}:G{0}", "H{0}")
    rows = [MONEY_HEADS, *(m.texts for m in (*report.money, report.money_total))]
    for number, texts in enumerate(rows, start=3):
        for area, text in zip(areas, texts, strict=True):
            body = LEFT if area.startswith("A") else RIGHT
            put(
                sheet,
                area.format(number),
                text,
                style=MIDDLE if number == 3 else body,
                font=BOLD if number == 3 else BODY,
            )
        sheet.row_dimensions[number].height = LINE_HEIGHT * lines_needed(texts[0], sum(LINE_WIDTHS[:3]) - 2) + 8
    return 3 + len(rows)


def _lines(sheet: Worksheet, report: Report, first: int) -> None:
    for number, line in enumerate(report.lines, start=first):
        for letter, value in zip("CDEFGH", (*line.texts[2:5], line.weight, line.score, line.why), strict=True):
            cell = put(sheet, f"{letter}{number}", value, style=LEFT if letter in "CH" else MIDDLE)
            cell.number_format = "0.00" if letter in "FG" else "General"
        heights = [lines_needed(t, LINE_WIDTHS[n] - 2) for n, t in enumerate(line.texts)]
        sheet.row_dimensions[number].height = LINE_HEIGHT * min(max(heights), 29) + 8
    for column, letter in enumerate("AB"):
        keys = [line.texts[: column + 1] for line in report.lines]
        for begin, last in runs(keys):
            area = f"{letter}{first + begin}" + (f":{letter}{first + last}" if last > begin else "")
            put(sheet, area, keys[begin][-1])
