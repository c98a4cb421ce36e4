"""Word lists from files: CSV and XLSX in, entries out, and every row that is wrong named. Start at ``read_list``."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.resources import files
from typing import TypeVar

import openpyxl

from yunshu.lib.papers import LIMITS, UnreadableError
from yunshu.lib.papers.archive import opened
from yunshu.lib.papers.contracts import BROKEN
from yunshu.lib.wording.entries import Category, Entry, Kind

UNREADABLE = (*BROKEN, csv.Error, UnreadableError)
"""What a file raises that is no table."""
MAX_ROWS, MAX_CHARACTERS = 200_000, 64
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "wrong": ("错误表述", "错误", "错词"),
    "right": ("正确表述", "正确", "建议"),
    "kind": ("等级", "性质"),
    "category": ("类别", "分类"),
    "valid_from": ("生效日期", "起始日期"),
    "valid_to": ("失效日期", "截止日期"),
    "exceptions": ("例外", "例外语境"),
    "source": ("来源", "依据"),
    "obfuscation": ("变体", "查变体"),
}
"""The columns of a list; the first row names them, in English or Chinese, in any order. Only ``wrong`` is needed."""

_KINDS = {
    "严重": Kind.SERIOUS,
    "严重表述错误": Kind.SERIOUS,
    "错误": Kind.WRONG,
    "错误表述": Kind.WRONG,
    "错别字": Kind.SPELLING,
}
_CATEGORIES = {
    "领导人": Category.LEADERS,
    "固定表述": Category.PHRASES,
    "机构": Category.INSTITUTIONS,
    "领土": Category.TERRITORY,
    "常用词": Category.COMMON,
    "自定义": Category.CUSTOM,
}
_YES = {"1": True, "是": True, "yes": True, "true": True, "y": True}
_NO = {"0": False, "否": False, "no": False, "false": False, "n": False, "": False}
_Value = TypeVar("_Value")


class Fault(StrEnum):
    """What is wrong with a row or with the file."""

    UNREADABLE = "unreadable"
    COLUMN_MISSING = "column_missing"
    TOO_MANY_ROWS = "too_many_rows"
    WRONG_MISSING = "wrong_missing"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    SAME_AS_RIGHT = "same_as_right"
    VALUE_UNKNOWN = "value_unknown"
    DATE_MALFORMED = "date_malformed"
    DATES_REVERSED = "dates_reversed"
    EXCEPTION_WITHOUT_WORD = "exception_without_word"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault with its place: the row as a spreadsheet counts it (0: the file), the column, what stood there."""

    row: int
    column: str
    fault: Fault
    value: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rows that are right, and what is wrong with the others."""

    entries: tuple[Entry, ...]
    faults: tuple[RowFault, ...]


class _Wrong(Exception):
    """Ends a row."""

    def __init__(self, column: str, fault: Fault, value: str = "") -> None:
        super().__init__(fault)
        self.column, self.fault, self.value = column, fault, value


def read_list(data: bytes) -> Loaded:
    """Read a list from CSV (UTF-8 or GB 18030; commas or tabs) or XLSX (the first sheet)."""
    try:
        return _loaded(rows_of(data, COLUMNS))
    except UNREADABLE as error:
        return Loaded((), (RowFault(0, "", Fault.UNREADABLE, type(error).__name__),))


def shipped() -> tuple[Entry, ...]:
    """Return the neutral samples that ship: common miswritings, institutions renamed, each with its source."""
    folder = files("yunshu.lib.wording") / "data"
    return tuple(
        entry
        for name in ("miswritings.csv", "renames.csv")
        for entry in read_list((folder / name).read_bytes()).entries
    )


def _delimited(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return iter(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text.split("\n", 1)[0] else ","))


def _book(data: bytes) -> Iterator[list[str]]:
    opened(data, LIMITS).close()
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_col=50, max_row=MAX_ROWS + 2, values_only=True):
        yield [_shown(value) for value in row]


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def rows_of(data: bytes, columns: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number and the values of each row that is not blank; the first row names the columns, with aliases.

    Raises what ``contracts.BROKEN`` of ``lib.papers`` lists, csv.Error and UnreadableError; row 1 gives the columns found.
    """
    rows = _book(data) if data.startswith(b"PK\x03\x04") else _delimited(data)
    names = {alias: column for column, aliases in columns.items() for alias in (column, *aliases)}
    heads = {at: names[head.strip()] for at, head in enumerate(next(rows, [])) if head.strip() in names}
    yield 1, {column: column for column in heads.values()}
    for number, row in enumerate(rows, 2):
        values = {heads[at]: value.strip() for at, value in enumerate(row) if at in heads}
        if any(values.values()):
            yield number, values


def _loaded(rows: Iterator[tuple[int, dict[str, str]]]) -> Loaded:
    _, heads = next(rows)
    if "wrong" not in heads:
        return Loaded((), (RowFault(1, "wrong", Fault.COLUMN_MISSING),))
    entries: dict[tuple[object, ...], Entry] = {}
    faults = []
    for number, values in rows:
        if number > MAX_ROWS + 1:
            faults.append(RowFault(number, "", Fault.TOO_MANY_ROWS))
            break
        try:
            entry = _entry(values)
            key = (entry.wrong, entry.valid_from, entry.valid_to)
            if key in entries:
                raise _Wrong("wrong", Fault.DUPLICATE, entry.wrong)
            entries[key] = entry
        except _Wrong as wrong:
            faults.append(RowFault(number, wrong.column, wrong.fault, wrong.value))
    return Loaded(tuple(entries.values()), tuple(faults))


def _entry(values: Mapping[str, str]) -> Entry:
    wrong, right = values.get("wrong", ""), values.get("right", "")
    if not wrong:
        raise _Wrong("wrong", Fault.WRONG_MISSING)
    if len(wrong) < 2:
        raise _Wrong("wrong", Fault.TOO_SHORT, wrong)
    if len(wrong) > MAX_CHARACTERS:
        raise _Wrong("wrong", Fault.TOO_LONG, wrong[:MAX_CHARACTERS])
    if wrong == right:
        raise _Wrong("right", Fault.SAME_AS_RIGHT, right)
    start, end = _day(values, "valid_from"), _day(values, "valid_to")
    if start and end and start >= end:
        raise _Wrong("valid_to", Fault.DATES_REVERSED, str(end))
    return Entry(
        wrong=wrong,
        right=right,
        kind=_one_of(values, "kind", {**_KINDS, **{k.value: k for k in Kind}, "": Kind.WRONG}),
        category=_one_of(values, "category", {**_CATEGORIES, **{c.value: c for c in Category}, "": Category.CUSTOM}),
        valid_from=start,
        valid_to=end,
        exceptions=_exceptions(values.get("exceptions", ""), wrong),
        source=values.get("source", ""),
        obfuscation=_one_of(values, "obfuscation", {**_YES, **_NO}),
    )


def _exceptions(text: str, wrong: str) -> tuple[str, ...]:
    phrases = tuple(filter(None, (part.strip() for part in text.split("|"))))
    for phrase in phrases:
        if wrong not in phrase or phrase == wrong:
            raise _Wrong("exceptions", Fault.EXCEPTION_WITHOUT_WORD, phrase)
    return phrases


def _one_of(values: Mapping[str, str], column: str, known: Mapping[str, _Value]) -> _Value:
    value = values.get(column, "").lower()
    if value not in known:
        raise _Wrong(column, Fault.VALUE_UNKNOWN, value)
    return known[value]


def _day(values: Mapping[str, str], column: str) -> date | None:
    value = values.get(column, "").replace("/", "-").replace(".", "-")
    if not value:
        return None
    try:
        return date(*(int(part) for part in value.split("-")))
    except (ValueError, TypeError) as error:
        raise _Wrong(column, Fault.DATE_MALFORMED, value) from error
