"""政务信息资源目录 as XLSX: one row an item, the entry's cells merged over its items; read back without loss.

Columns and their order follow 政务信息资源目录编制指南(试行) as a mirror shows it (the guide's own file was not at hand);
what the guide has no column for stands to the right of them, under 扩展. Values are the guide's Chinese words.
"""

import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from yunshu.domains.exchange.contracts import (
    Cycle,
    DataType,
    EntryForm,
    Format,
    Grade,
    ItemForm,
    SharingType,
    Way,
)
from yunshu.lib.kernel.labels import label
from yunshu.lib.papers import Reason
from yunshu.lib.papers import UnreadableError as Unreadable
from yunshu.lib.papers.rows import rows as sheet_rows

SHEET = "政务信息资源目录"
HEAD_ROWS = 2
MOST_ROWS = 200_000
FORMATS = {
    Format.DOCUMENT: "电子文件",
    Format.SPREADSHEET: "电子表格",
    Format.DATABASE: "数据库",
    Format.IMAGE: "图形图像",
    Format.MEDIA: "流媒体",
    Format.SELF_DESCRIBED: "自描述格式",
}
SHARING = {
    SharingType.UNCONDITIONAL: "无条件共享",
    SharingType.CONDITIONAL: "有条件共享",
    SharingType.NONE: "不予共享",
}
WAYS = {Way.PLATFORM: "共享平台方式", Way.MAIL: "邮件方式", Way.MEDIUM: "介质交换方式"}
CYCLES = {
    Cycle.REALTIME: "实时",
    Cycle.DAILY: "每日",
    Cycle.WEEKLY: "每周",
    Cycle.MONTHLY: "每月",
    Cycle.QUARTERLY: "每季度",
    Cycle.YEARLY: "每年",
    Cycle.IRREGULAR: "不定期",
}
TYPES = {
    DataType.CHARACTER: "字符型C",
    DataType.NUMBER: "数值型N",
    DataType.MONEY: "货币型Y",
    DataType.DATE: "日期型D",
    DataType.INSTANT: "日期时间型T",
    DataType.LOGICAL: "逻辑型L",
    DataType.INTEGER: "整型I",
    DataType.FLOAT: "双精度型B",
    DataType.MEMO: "备注型M",
    DataType.GENERAL: "通用型G",
}
GRADES = {
    Grade.L1: "一级",
    Grade.L2: "二级",
    Grade.L3: "三级",
    Grade.L4: "四级",
    Grade.IMPORTANT: "重要数据",
    Grade.CORE: "核心数据",
}
YES = {True: "是", False: "否"}


@dataclass(frozen=True, kw_only=True)
class CellFault:
    """A cell that cannot be read: where (``C12``), what stands there, what would be right."""

    place: str
    message: str
    value: str = ""
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkbookReading:
    """What a workbook says; nothing may be saved while there is a fault."""

    entries: tuple[EntryForm, ...]
    faults: tuple[CellFault, ...]


Words = Mapping[Any, str]


@dataclass(frozen=True)
class _Column:
    """One column: group and head, field, the words of a choice, whether it belongs to an item."""

    group: str
    head: str
    field: str
    words: Words | None = None
    of_item: bool = False


def _of_item(group: str, head: str, field: str, words: Words | None = None) -> _Column:
    return _Column(group, head, field, words, of_item=True)


_ENTRY = (
    _Column("信息资源分类", "分类代码", "category"),
    _Column("信息资源分类", "分类名称", "category_name"),
    _Column("", "信息资源名称", "name"),
    _Column("", "信息资源代码", "code"),
    _Column("", "信息资源提供方", "org_name"),
    _Column("", "提供方代码", "org"),
    _Column("", "信息资源摘要", "summary"),
    _Column("信息资源格式", "格式分类", "format", FORMATS),
    _Column("信息资源格式", "格式类型", "format_detail"),
)
_ITEM = (
    _of_item("信息项信息", "信息项名称", "title"),
    _of_item("信息项信息", "数据类型", "data_type", TYPES),
    _of_item("信息项信息", "数据长度", "length"),
)
_AFTER = (
    _Column("共享属性", "共享类型", "sharing_type", SHARING),
    _Column("共享属性", "共享条件", "sharing_condition"),
    _Column("共享属性", "共享方式", "way", WAYS),
    _Column("开放属性", "是否向社会开放", "is_open", YES),
    _Column("开放属性", "开放条件", "open_condition"),
    _Column("", "更新周期", "cycle", CYCLES),
    _Column("", "发布日期", "published_on"),
    _Column("", "关联资源代码", "related"),
    _Column("扩展", "共享范围和用途", "sharing_scope"),
    _Column("扩展", "法律依据", "legal_basis"),
    _Column("扩展", "来源表", "table"),
    _of_item("扩展（信息项）", "字段名", "item_name"),
    _of_item("扩展（信息项）", "分级", "grade", GRADES),
    _of_item("扩展（信息项）", "主键", "is_key", YES),
    _of_item("扩展（信息项）", "必填", "is_required", YES),
    _of_item("扩展（信息项）", "可共享", "is_shared", YES),
    _of_item("扩展（信息项）", "数据元编码", "element"),
    _of_item("扩展（信息项）", "来源部门编码", "source_org"),
    _of_item("扩展（信息项）", "备注", "note"),
)
COLUMNS = (*_ENTRY, *_ITEM, *_AFTER)
DERIVED = frozenset({"category_name", "org_name", "published_on"})
"""Shown for people; what counts stands in another column."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the workbook shows beside codes: of classes, of organisations, and when an entry was published."""

    categories: Mapping[str, str]
    orgs: Mapping[str, str]
    published: Mapping[str, str]


def write(entries: Iterable[EntryForm], names: Names) -> bytes:
    """Return the entries as a workbook."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    _head(sheet)
    row = HEAD_ROWS + 1
    for entry in entries:
        row = _write_entry(sheet, row, entry, names)
    sheet.freeze_panes = f"D{HEAD_ROWS + 1}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Any) -> None:
    start = 1
    for at, column in enumerate(COLUMNS, 1):
        _text_cell(sheet, 1, at, column.group or column.head)
        _text_cell(sheet, 2, at, column.head)
        ends = at == len(COLUMNS) or COLUMNS[at].group != column.group or not column.group
        if ends and column.group and at > start:
            sheet.merge_cells(start_row=1, end_row=1, start_column=start, end_column=at)
        if not column.group:
            sheet.merge_cells(start_row=1, end_row=2, start_column=at, end_column=at)
        if ends:
            start = at + 1
        sheet.column_dimensions[get_column_letter(at)].width = 16
    for row in sheet.iter_rows(min_row=1, max_row=HEAD_ROWS):
        for cell in row:
            cell.font, cell.alignment = (
                Font(bold=True),
                Alignment(horizontal="center", vertical="center", wrap_text=True),
            )


def _write_entry(sheet: Any, row: int, entry: EntryForm, names: Names) -> int:
    height = max(1, len(entry.items))
    for at, column in enumerate(COLUMNS, 1):
        if column.of_item:
            for n, item in enumerate(entry.items):
                _text_cell(sheet, row + n, at, _shown(column, item, names, entry))
        else:
            _text_cell(sheet, row, at, _shown(column, entry, names, entry))
            if height > 1:
                sheet.merge_cells(start_row=row, end_row=row + height - 1, start_column=at, end_column=at)
    return row + height


def _text_cell(sheet: Any, row: int, at: int, text: str) -> None:
    if text:
        cell = sheet.cell(row, at, text)
        cell.data_type = "s"  # never a formula


def _shown(column: _Column, thing: Any, names: Names, entry: EntryForm) -> str:
    derived: dict[str, Callable[[], str]] = {
        "category_name": lambda: names.categories.get(entry.category, ""),
        "org_name": lambda: names.orgs.get(entry.org, ""),
        "published_on": lambda: names.published.get(entry.code, ""),
        "related": lambda: " ".join(entry.related),
        "item_name": lambda: str(thing.name),
    }
    if column.field in derived:
        return derived[column.field]()
    value = getattr(thing, column.field)
    if column.words is not None:
        return column.words[value]
    return "" if value is None else str(value)


def read(content: bytes) -> WorkbookReading:
    """Read a workbook; faults name their cell, and an entry with a fault is not among the entries."""
    rows = sheet_rows(content, sheet=SHEET, most_rows=MOST_ROWS, most_columns=len(COLUMNS))
    try:
        return _read(rows)
    except Unreadable as error:
        if error.reason is Reason.BEYOND_LIMIT:
            return _failed("A1", label("行数过多。"), label("请分成多个文件，每个不超过二十万行。"))
        return _failed("A1", label("这不是 XLSX 文件。"), label("请用本页的导出文件或编制指南的表格填写。"))


def _read(rows: Iterator[Sequence[Any]]) -> WorkbookReading:
    top = [[*row, *([None] * (len(COLUMNS) - len(row)))] for row in itertools.islice(rows, HEAD_ROWS)]
    top += [[None] * len(COLUMNS)] * (HEAD_ROWS - len(top))
    for at, column in enumerate(COLUMNS):
        heads = {str(top[row][at] or "").strip() for row in (0, HEAD_ROWS - 1)}
        if column.head not in heads:
            place = f"{get_column_letter(at + 1)}{HEAD_ROWS}"
            return _failed(place, label("表头与编制指南的格式不符。"), column.head)
    reader = _Reader()
    for block in _blocks(rows):
        reader.entry(block)
    return WorkbookReading(entries=tuple(reader.entries), faults=tuple(reader.faults))


def _failed(place: str, message: str, advice: str) -> WorkbookReading:
    return WorkbookReading(entries=(), faults=(CellFault(place=place, message=message, advice=advice),))


Row = tuple[int, Sequence[Any]]


def _blocks(rows: Iterator[Sequence[Any]]) -> Iterator[list[Row]]:
    """Yield the rows of one entry after the other: an entry begins where its name stands."""
    name_at = [c.field for c in COLUMNS].index("name")
    block: list[Row] = []
    for number, values in enumerate(rows, HEAD_ROWS + 1):
        padded = (*values, *([None] * (len(COLUMNS) - len(values))))
        if not any(_plain(v) for v in padded):
            continue
        if _plain(padded[name_at]) and block:
            yield block
            block = []
        block.append((number, padded))
    if block:
        yield block


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


class _Reader:
    """Gathers entries and faults."""

    def __init__(self) -> None:
        self.entries: list[EntryForm] = []
        self.faults: list[CellFault] = []

    def entry(self, block: list[Row]) -> None:
        before = len(self.faults)
        first = block[0]
        words = {c.field: self._value(c, first, at) for at, c in enumerate(COLUMNS) if not c.of_item}
        if not words["name"]:
            self._fault(first[0], "name", label("缺少信息资源名称。"), "")
        if not words["org"]:
            self._fault(first[0], "org", label("缺少提供方代码。"), "")
        items = tuple(item for n, row in enumerate(block, 1) if (item := self._item(n, row)))
        if len(self.faults) == before:
            plain = {k: v for k, v in words.items() if k not in DERIVED}
            plain["related"] = tuple(str(plain["related"]).split())
            self.entries.append(EntryForm(items=items, **plain))

    def _item(self, ordinal: int, row: Row) -> ItemForm | None:
        words = {c.field: self._value(c, row, at) for at, c in enumerate(COLUMNS) if c.of_item}
        if not words["title"] and not words["item_name"]:
            return None
        words["name"] = words.pop("item_name")
        length = words.pop("length")
        if length and not str(length).isdigit():
            self._fault(row[0], "length", label("数据长度须为整数。"), str(length))
            return None
        return ItemForm(ordinal=ordinal, length=int(length) if length else None, **words)

    def _value(self, column: _Column, row: Row, at: int) -> Any:
        text = _plain(row[1][at])
        if column.words is None:
            return text
        found = next((value for value, word in column.words.items() if word == text), None)
        if found is None and not text and column.field in _BLANK:
            return _BLANK[column.field]
        if found is None:
            self._fault(row[0], column.field, label("不是可选的值。"), text, "、".join(column.words.values()))
            return next(iter(column.words))
        return found

    def _fault(self, row: int, field: str, message: str, value: str, advice: str = "") -> None:
        at = [c.field for c in COLUMNS].index(field)
        place = f"{get_column_letter(at + 1)}{row}"
        self.faults.append(CellFault(place=place, message=message, value=value, advice=advice))


_BLANK: dict[str, Any] = {
    "is_open": False,
    "is_key": False,
    "is_required": False,
    "is_shared": True,
    "grade": Grade.L1,
    "data_type": DataType.CHARACTER,
    "way": Way.PLATFORM,
    "cycle": Cycle.IRREGULAR,
}
"""What a blank cell of a choice means; a blank sharing type or format is a fault."""
