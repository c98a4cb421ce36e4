"""Writes the official layout as a spreadsheet: A4 portrait, merged labels, a checked sum, locked labels."""

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from yunshu.domains.evaluation.contracts import Comparator, Indicator, TableForm, Task, TaskKind
from yunshu.domains.evaluation.sheets.grid import LOCKED_SHEET
from yunshu.domains.evaluation.sheets.layout import lines_needed
from yunshu.lib.kernel.money import WAN

WIDTHS = (13, 15, 24, 24, 10, 11, 13)
LINE = Side(style="thin", color="000000")
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
BODY, BOLD, TITLE = Font(name="宋体", size=10), Font(name="宋体", size=10, bold=True), Font(name="黑体", size=15)
MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
RIGHT = Alignment(horizontal="right", vertical="center")
AMOUNT = "#,##0.00####"
LINE_HEIGHT, LINES_MOST = 13.5, 29


def write_xlsx(form: TableForm) -> bytes:
    """Return the form as an XLSX file; ``read_xlsx`` reads back the same substance."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one sheet
    sheet.title = f"{form.year}年绩效目标表"
    for index, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFG"[index]].width = width
    row = _head(sheet, form)
    first = row + 1
    row = _tasks(sheet, row, form, TaskKind.KEY, "年度重点工作任务")
    row = _tasks(sheet, row, form, TaskKind.OTHER, "其他需完成任务")
    last = row - 1
    row = _indicators(sheet, row, form.indicators)
    _tail(sheet, row, form, first, last)
    page_setup(sheet, f"A1:G{row}")
    _keep_locked(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _keep_locked(book: Workbook, sheet: Worksheet) -> None:
    """List the locked words on a hidden sheet, so that the import can say which of them was changed."""
    kept = book.create_sheet(LOCKED_SHEET)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.protection.locked and isinstance(cell.value, str) and cell.data_type == "s":
                kept.append((cell.coordinate, cell.value))
                kept.cell(kept.max_row, 2).data_type = "s"
    kept.sheet_state = "veryHidden"
    kept.protection.sheet = True


def put(
    sheet: Worksheet, area: str, value: Any, *, style: Alignment = MIDDLE, font: Font = BODY, open_: bool = False
) -> SheetCell:
    """Write one value into an area, merged if it is wider than a cell. A text never becomes a formula."""
    first = area.split(":")[0]
    for line in sheet[area] if ":" in area else ((sheet[area],),):
        for boxed in line:
            boxed.border = BOX
    if ":" in area:
        sheet.merge_cells(area)
    cell: SheetCell = sheet[first]
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.alignment, cell.font, cell.protection = style, font, Protection(locked=not open_)
    return cell


def _head(sheet: Worksheet, form: TableForm) -> int:
    sheet.merge_cells("A1:G1")
    put(sheet, "A1", form.title, font=TITLE)
    sheet.row_dimensions[1].height = 32
    for number in range(2, 7):
        sheet.row_dimensions[number].height = 20
    _height(sheet, 2, ("BC", form.department), ("FG", form.fund_department))
    _pairs(sheet, 2, "部门名称", form.department, "资金主管部门", form.fund_department)
    put(sheet, "A3", "基本信息", font=BOLD)
    put(sheet, "B3", "财政供养人员数", font=BOLD)
    put(sheet, "C3", form.staff_count, open_=True)
    put(sheet, "D3:E3", "下属二级单位数", font=BOLD)
    put(sheet, "F3:G3", form.subunit_count, open_=True)
    put(sheet, "A4:A6", "预算整体情况", font=BOLD)
    for area, text in (
        ("B4", "财政支出分类"),
        ("C4", "预算金额（万元）"),
        ("D4:E4", "收入来源"),
        ("F4:G4", "预算金额（万元）"),
    ):
        put(sheet, area, text, font=BOLD)
    amounts = {f.category: f.amount_yuan for f in form.funds}
    for row, (left, right) in enumerate((("基本支出", "财政拨款"), ("项目支出", "其他资金")), start=5):
        for area, category in ((f"B{row}", left), (f"D{row}:E{row}", right)):
            put(sheet, area, category)
        for area, category in ((f"C{row}", left), (f"F{row}:G{row}", right)):
            value = amounts.get(category)
            put(sheet, area, None if value is None else value / WAN, style=RIGHT, open_=True).number_format = AMOUNT
    put(sheet, "A7", "总体绩效目标", font=BOLD)
    text = "\n".join(f"{g.ordinal}、{g.text}" for g in form.goals)
    put(sheet, "B7:G7", text, style=LEFT, open_=True)
    _height(sheet, 7, ("BCDEFG", text), ("A", ""))
    return 8


def _pairs(sheet: Worksheet, row: int, label: str, value: str, label2: str, value2: str) -> None:
    put(sheet, f"A{row}", label, font=BOLD)
    put(sheet, f"B{row}:C{row}", value, open_=True)
    put(sheet, f"D{row}:E{row}", label2, font=BOLD)
    put(sheet, f"F{row}:G{row}", value2, open_=True)


def _tasks(sheet: Worksheet, row: int, form: TableForm, kind: TaskKind, label: str) -> int:
    tasks: list[Task] = [t for t in form.tasks if t.kind is kind]
    areas = (
        (f"B{row}", "序号"),
        (f"C{row}", "名称"),
        (f"D{row}:F{row}", "主要实施内容"),
        (f"G{row}", "拟投入金额\n（万元）"),
    )
    for area, text in areas:
        put(sheet, area, text, font=BOLD)
    sheet.row_dimensions[row].height = 2 * LINE_HEIGHT + 4
    for number, task in enumerate(tasks, start=row + 1):
        put(sheet, f"B{number}", task.ordinal)
        put(sheet, f"C{number}", task.name, style=LEFT, open_=True)
        put(sheet, f"D{number}:F{number}", task.content, style=LEFT, open_=True)
        put(sheet, f"G{number}", task.amount_yuan / WAN, style=RIGHT, open_=True).number_format = AMOUNT
        _height(sheet, number, ("C", task.name), ("DEF", task.content))
    end = row + len(tasks)
    put(sheet, f"A{row}:A{end}" if tasks else f"A{row}", label, font=BOLD)
    return end + 1


def _indicators(sheet: Worksheet, row: int, indicators: tuple[Indicator, ...]) -> int:
    put(sheet, f"A{row}:G{row}", "绩效指标", font=BOLD)
    heads = ("一级指标", "二级指标", "三级指标", "三级指标解释", "对比符号", "指标值", "计量单位")
    for column, text in zip("ABCDEFG", heads, strict=True):
        put(sheet, f"{column}{row + 1}", text, font=BOLD)
    start = row + 2
    for number, indicator in enumerate(indicators, start=start):
        texts = (indicator.name, indicator.explanation, indicator.comparator.value, indicator.target, indicator.unit)
        for column, value in zip("CDEFG", texts, strict=True):
            put(sheet, f"{column}{number}", value, style=LEFT if column in "CD" else MIDDLE, open_=True)
        _height(sheet, number, ("C", indicator.name), ("D", indicator.explanation))
    for column, levels in (
        ("A", [i.level1 for i in indicators]),
        ("B", [f"{i.level1}/{i.level2}" for i in indicators]),
    ):
        _merged_runs(sheet, column, start, levels)
    end = start + len(indicators)
    if indicators:
        signs = DataValidation(type="list", formula1=f'"{",".join(c.value for c in Comparator)}"', allow_blank=False)
        signs.error, signs.errorTitle = "请从列表中选择对比符号。", "对比符号"
        sheet.add_data_validation(signs)
        signs.add(f"E{start}:E{end - 1}")
    return end


def _merged_runs(sheet: Worksheet, column: str, start: int, keys: list[str]) -> None:
    begin = 0
    for index in range(1, len(keys) + 1):
        if index == len(keys) or keys[index] != keys[begin]:
            area = f"{column}{start + begin}" + (f":{column}{start + index - 1}" if index - begin > 1 else "")
            put(sheet, area, keys[begin].split("/")[-1], open_=True)
            begin = index


def _tail(sheet: Worksheet, row: int, form: TableForm, first: int, last: int) -> None:
    if form.requirements:
        put(sheet, f"A{row}:G{row}", form.requirements, style=LEFT)
        _height(sheet, row, ("ABCDEFG", form.requirements), ("A", ""))
    check = row + 2
    sheet[f"A{check}"] = "校验：项目支出 − 任务合计（万元，应为 0）"
    sheet[f"G{check}"] = f"=ROUND(C6-SUM(G{first}:G{last}),6)"
    for column in "AG":
        sheet[f"{column}{check}"].font = BODY


def _height(sheet: Worksheet, row: int, *texts: tuple[str, str]) -> None:
    """Make a row as high as the longest of its (columns, text) needs; the format ends at 409 points."""
    lines = (lines_needed(text, sum(WIDTHS["ABCDEFG".index(c)] for c in columns) - 2) for columns, text in texts)
    sheet.row_dimensions[row].height = LINE_HEIGHT * min(max(1, *lines), LINES_MOST) + 8


def page_setup(sheet: Worksheet, area: str, *, landscape: bool = False) -> None:
    """Print ``area`` on A4, one page wide, with page numbers; lock what is not marked as open."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_area = area
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    if sheet.oddFooter is not None:
        sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    sheet.protection.sheet = True
    sheet.protection.formatRows = sheet.protection.formatColumns = False
