"""The readers against damage: whatever the bytes, the answer is a reading or a fault with its place, nothing else."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from tests.evaluation.table_forms import small_form

from yunshu.domains.evaluation.contracts import Fault, Reading, form_from_json, form_to_json, substance
from yunshu.domains.evaluation.sheets import WRITERS, read_any
from yunshu.domains.evaluation.sheets.archive import MAX_ENTRIES, MAX_ROWS

FORM = replace(small_form(), requirements="填报要求：1. 如实填写。2. 项目支出应等于任务金额合计。")
FILES = {kind: write(FORM) for kind, write in WRITERS.items()}
PARTS = [("xlsx", "xl/worksheets/sheet1.xml"), ("xlsx", "xl/workbook.xml"), ("docx", "word/document.xml")]
PART = {part: zipfile.ZipFile(io.BytesIO(FILES[kind])).read(part) for kind, part in PARTS}
Mutation = Callable[[Worksheet], object]


def demand_an_answer(content: bytes) -> None:
    """A form that can be kept and written, or faults that say where, what, and what to do."""
    reading = read_any(content, "damaged")
    if reading.form is None:
        assert reading.faults
        assert all(f.place and f.message and f.advice for f in reading.faults)
    else:
        form = form_from_json(form_to_json(reading.form))
        assert all(write(form) for write in WRITERS.values())


def repacked(kind: str, part: str, content: bytes) -> bytes:
    whole, out = zipfile.ZipFile(io.BytesIO(FILES[kind])), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*whole.namelist(), *({part} - set(whole.namelist()))]:
            archive.writestr(name, content if name == part else whole.read(name))
    return out.getvalue()


@pytest.mark.slow
@given(content=st.binary(max_size=400), head=st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"%PDF"]))
@settings(max_examples=150)
def test_any_bytes_get_an_answer(content: bytes, head: bytes) -> None:
    demand_an_answer(head + content)


@pytest.mark.slow
@given(text=st.text(max_size=300))
@settings(max_examples=150)
def test_any_text_gets_an_answer(text: str) -> None:
    demand_an_answer(text.encode("utf-8", "surrogatepass"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FILES))
@given(at=st.floats(0, 1))
@settings(max_examples=30)
def test_a_file_cut_anywhere_gets_an_answer(kind: str, at: float) -> None:
    demand_an_answer(FILES[kind][: int(at * len(FILES[kind]))])


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "part"), PARTS)
@given(
    at=st.floats(0, 1), length=st.integers(0, 60), put=st.binary(max_size=20) | st.sampled_from([b"<", b"99999999999"])
)
@settings(max_examples=60)
def test_an_office_file_with_damaged_xml_gets_an_answer(
    kind: str, part: str, at: float, length: int, put: bytes
) -> None:
    whole = PART[part]
    begin = int(at * len(whole))
    demand_an_answer(repacked(kind, part, whole[:begin] + put + whole[begin + length :]))


@pytest.mark.slow
@given(
    data=st.data(), put=st.text(max_size=40) | st.sampled_from(["9" * 40, "\x00", "=1+1", "1、", "》", "-5", "1e999"])
)
@settings(max_examples=150)
def test_a_text_with_any_cell_replaced_gets_an_answer(data: st.DataObject, put: str) -> None:
    lines = [line.split("\t") for line in FILES["txt"].decode().split("\n")]
    row = data.draw(st.integers(0, len(lines) - 1))
    lines[row][data.draw(st.integers(0, len(lines[row]) - 1))] = put
    demand_an_answer("\n".join("\t".join(line) for line in lines).encode("utf-8", "surrogatepass"))


# --- a spreadsheet changed by a person
def changed(mutate: Mutation) -> Reading:
    book = openpyxl.load_workbook(io.BytesIO(FILES["xlsx"]))
    mutate(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return read_any(out.getvalue(), "changed.xlsx")


def at(sheet: Worksheet, text: str, column: int = 0) -> str:
    """Return the address of the cell with this text, or of one so many columns to its right."""
    (found,) = [c for row in sheet.iter_rows() for c in row if c.value == text]
    return sheet.cell(found.row, found.column + column).coordinate


def put(text: str, value: object, column: int = 0) -> Mutation:
    return lambda sheet: sheet[at(sheet, text, column)].__setattr__("value", value)


REFUSED: dict[str, tuple[Mutation, str, str]] = {
    "a changed heading": (put("总体绩效目标", "目标"), "A7", "锁定的单元格被改动：原为“总体绩效目标”，现为“目标”"),
    "a changed title": (put(FORM.title, FORM.title.replace("2024", "2023")), "A1", "锁定的单元格被改动"),
    "changed requirements": (put(FORM.requirements, "填报要求：无"), "A", "锁定的单元格被改动：原为“填报要求"),
    "missing requirements": (put(FORM.requirements, None), "A", "现为“空”"),
    "a formula for an amount": (put("线路费用项目", "=100+16.4", 4), "G12", "这一格是公式（=100+16.4）"),
    "a word for an amount": (put("线路费用项目", "一百", 4), "G12", "金额无法读取：“一百”"),
    "no name": (put("线路费用项目", None), "C12", "没有名称"),
    "a renumbered task": (put("线路费用项目", 7, -1), "其他需完成任务", "序号不连续"),
    "no target": (put("办公终端系统替代", None, 3), "F16", "指标值应为数字，现为“空”"),
    "no comparator": (put("办公终端系统替代", None, 2), "E16", "不认识的对比符号：“空”"),
    "no first level": (put("产出指标", None), "A16", "没有一级或二级指标名称"),
    "a shifted table": (lambda s: s.move_range("A8:G13", cols=1), "!", ""),
}


def test_one_unreadable_cell_makes_one_fault() -> None:
    for word, column in (("线路费用项目", 4), ("办公终端系统替代", 3), ("办公终端系统替代", 2)):
        assert len(changed(put(word, "？", column)).faults) == 1


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_spoiled_spreadsheet_is_refused_at_the_cell(case: str) -> None:
    mutate, place, words = REFUSED[case]
    reading = changed(mutate)
    assert reading.form is None
    assert any(place in f.place and words in f.message and f.advice for f in reading.faults), reading.faults


def test_a_wrong_sum_is_read_as_it_stands_for_the_rules_to_judge() -> None:
    form = changed(put("线路费用项目", 117, 4)).form
    assert form is not None
    assert form.project_expenditure is not None
    assert form.task_total - form.project_expenditure == 6000


@pytest.mark.parametrize(
    "mutate",
    [
        lambda s: s["H9"].__setattr__("value", "核对无误"),
        lambda s: s["J3"].__setattr__("value", "备注"),
        lambda s: s["A60"].__setattr__("value", " "),
        lambda s: s["A7"].__setattr__("value", "总体 绩效\n目标"),
    ],
    ids=["a note beside a task", "a surplus cell", "a blank far below", "a heading broken in lines"],
)
def test_what_changes_no_meaning_changes_nothing(mutate: Mutation) -> None:
    reading = changed(mutate)
    assert reading.faults == ()
    assert reading.form is not None
    assert substance(reading.form) == substance(FORM)


# --- archives made to hurt
def packed(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def only_fault(content: bytes) -> Fault:
    reading = read_any(content, "bomb")
    (fault,) = reading.faults
    assert reading.form is None
    return fault


SHEET = PART["xl/worksheets/sheet1.xml"]
BOMBS = {
    "too many parts": (packed({f"x{n}": b"" for n in range(MAX_ENTRIES + 1)}), "个部件"),
    "a ratio no document has": (packed({"a.bin": b"0" * 5_000_000}), "压缩比异常"),
    "a large part": (packed({"xl/a.xml": b"0" * 9_000_000}), "解压后过大"),
    "an entity": (
        repacked("xlsx", "xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "a">]>' + PART["xl/workbook.xml"]),
        "文档类型声明",
    ),
    "a merge of the whole sheet": (
        repacked("xlsx", "xl/worksheets/sheet1.xml", SHEET.replace(b'ref="A1:G1"', b'ref="A1:XFD1048576"')),
        "合并区域过大",
    ),
    "a cell over a million columns": (
        repacked(
            "docx",
            "word/document.xml",
            PART["word/document.xml"].replace(b'gridSpan w:val="2"', b'gridSpan w:val="9999999"'),
        ),
        "跨列超过",
    ),
}


@pytest.mark.parametrize("case", sorted(BOMBS))
def test_a_bomb_is_refused_before_it_is_opened(case: str) -> None:
    content, words = BOMBS[case]
    fault = only_fault(content)
    assert words in fault.message
    assert fault.advice


def test_a_sheet_of_too_many_rows_is_refused() -> None:
    fault = only_fault(_with_far_cell(f"A{MAX_ROWS + 1}"))
    assert "工作表过大" in fault.message


def _with_far_cell(address: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(FILES["xlsx"]))
    book.worksheets[0][address] = "x"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
