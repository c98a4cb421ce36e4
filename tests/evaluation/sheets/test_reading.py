"""The official form, read from text and from spreadsheets: the same promises, or a fault or doubt with its place."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook
from tests.evaluation.table_forms import as_published_text, forms, small_form

from yunshu.domains.evaluation.contracts import Comparator, TableForm, TaskKind, substance
from yunshu.domains.evaluation.sheets import read_any, read_text, write_xlsx

FORM = small_form()
TEXT = as_published_text(FORM)


@pytest.mark.shared
def test_the_published_table_is_read_whole(shared: Path) -> None:
    reading = read_any((shared / "input/performance-table-2022.txt").read_bytes(), "2022")
    form = reading.form
    assert form is not None
    assert [sum(t.kind is k for t in form.tasks) for k in TaskKind] == [1, 13]
    assert (len(form.goals), len(form.indicators), form.staff_count) == (14, 8, 41)
    assert form.task_total == form.project_expenditure == Decimal("51957500.00")


def test_a_form_with_the_published_quirks_is_read_whole() -> None:
    reading = read_text(TEXT, "twin")
    assert reading.faults == ()
    assert reading.form is not None
    assert substance(reading.form) == substance(FORM)


def test_angle_quotes_are_read_as_at_least_and_at_most_and_said_to_be() -> None:
    doubts = {d.field: d for d in read_text(TEXT, "twin").doubts}
    assert doubts["indicators.2.comparator"].choices == ("≥", ">")
    assert doubts["indicators.3.comparator"].chosen == "≤"
    assert "tasks.other" in doubts


def test_a_doubt_is_settled_by_typing_over_its_cell() -> None:
    (place,) = [d.place for d in read_text(TEXT, "twin").doubts if d.field == "indicators.2.comparator"]
    form = read_text(TEXT, "twin", {place: ">"}).form
    assert form is not None
    assert form.indicators[1].comparator is Comparator.GT


@pytest.mark.slow
@given(form=forms())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_a_spreadsheet_of_any_form_reads_back_the_same(form: TableForm) -> None:
    reading = read_any(write_xlsx(form), "export")
    assert reading.faults == ()
    assert reading.form is not None
    assert substance(reading.form) == substance(form.__class__(**{**form.__dict__, "year": 2024}))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("116.40", "一百", "金额无法读取"),
        ("\t》\t", "\t约\t", "不认识的对比符号"),
        ("\t99\t", "\t很高\t", "指标值应为数字"),
        ("一级指标\t二级指标", "一级\t二级", "没有找到指标表头"),
        ("绩效目标表", "一览表", "没有找到表名"),
        ("\t2\t线路费用项目", "\t4\t线路费用项目", "序号不连续"),
        ("部门名称\t某市政务服务数据管理局（本级）", "部门名称\t", "没有填写“部门名称”"),
        ("\t41\t", "\t四十一\t", "应为整数"),
        ("116.40", "1,16.40", "金额无法读取"),
        ("116.40", "-116.40", "金额无法读取"),
    ],
)
def test_a_malformed_table_names_the_place_and_saves_nothing(before: str, after: str, words: str) -> None:
    assert before in TEXT
    reading = read_text(TEXT.replace(before, after, 1), "broken")
    assert reading.form is None
    assert any(words in fault.message and fault.place for fault in reading.faults)


def test_a_lost_decimal_point_is_suspected() -> None:
    reading = read_text(TEXT.replace("116.40", "11640", 1), "broken")
    assert any("丢了小数点" in doubt.message for doubt in reading.doubts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"PK\x03\x04 nothing", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Office"),
        (b"%PDF-1.7", "PDF"),
        (b"\x81\xff\xff\x00", "编码"),
        ("甲\t乙\n丙".encode("gb18030"), "没有找到表名"),
        (b"\n" * 5000, "超过"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_advice(content: bytes, words: str) -> None:
    reading = read_any(content, "file")
    assert reading.form is None
    assert any(words in fault.message and fault.advice for fault in reading.faults)


def test_an_archive_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (90 * 1024 * 1024))
    (fault,) = read_any(out.getvalue(), "bomb").faults
    assert "解压后过大" in fault.message


def test_a_text_in_the_spreadsheet_never_becomes_a_formula() -> None:
    evil = FORM.__class__(**{**FORM.__dict__, "department": "=HYPERLINK(1)"})
    sheet = load_workbook(io.BytesIO(write_xlsx(evil))).active
    assert sheet is not None
    assert sheet["B2"].data_type == "s"
    assert read_any(write_xlsx(evil), "x").form == read_any(write_xlsx(evil), "y").form


def test_every_number_and_sign_that_becomes_illegible_is_reported_at_its_place() -> None:
    lines = TEXT.split("\n")
    for row, line in enumerate(lines):
        cells = line.split("\t")
        legible = [
            n
            for n, cell in enumerate(cells)
            if (cell in "=》《" and cell) or cell.replace(",", "").replace(".", "").isdigit()
        ]
        for column in legible:
            broken = "\t".join([*cells[:column], "？", *cells[column + 1 :]])
            reading = read_text("\n".join([*lines[:row], broken, *lines[row + 1 :]]), "illegible")
            assert reading.form is None
            assert f"第{row + 1}行第{column + 1}格" in {fault.place for fault in reading.faults}


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "word/document.xml"])
def test_an_office_file_with_a_broken_part_is_refused(part: str) -> None:
    whole, out = zipfile.ZipFile(io.BytesIO(write_xlsx(FORM))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in {*whole.namelist(), part}:
            content = whole.read(name) if name in whole.namelist() else b""
            archive.writestr(name, content[: len(content) // 2] if name == part else content)
    reading = read_any(out.getvalue(), "broken")
    assert reading.form is None
    assert reading.faults[0].advice


def test_goals_without_numbers_are_one_goal_and_a_lost_number_is_doubted() -> None:
    unnumbered = read_text(TEXT.replace("<p>1、", "<p>").replace("<p>2、", "<p>"), "x")
    assert [g.ordinal for g in unnumbered.form.goals] == [1]  # type: ignore[union-attr]
    lost = read_text(TEXT.replace("<p>1、", "<p>"), "x")
    assert any("不连续" in doubt.message for doubt in lost.doubts)
