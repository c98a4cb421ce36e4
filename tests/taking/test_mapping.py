"""Mappings and cells: what is written is read back, what cannot be meant is refused, nothing a cell says breaks the reader."""

import io
import tomllib
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.taking.sheets import ORGS, sheet

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.taking import mapping, reading, values
from yunshu.lib.taking.fields import Field, Form
from yunshu.lib.taking.judging import Judge
from yunshu.lib.taking.kinds import kind_of
from yunshu.lib.taking.reading import Line

FIELDS = (
    Field(name="code", label="编号", form=Form.CODE, required=True),
    Field(name="state", label="状态", form=Form.CHOICE, choices={"open": "在办", "closed": "办结"}),
    Field(name="yuan", label="金额", form=Form.MONEY),
    Field(name="on", label="日期", form=Form.DAY),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip)
HEADS = st.lists(TEXTS.filter(bool), min_size=4, max_size=6, unique=True)


@given(HEADS, st.dictionaries(TEXTS.filter(bool), st.sampled_from(["open", "closed"]), max_size=4), st.data())
def test_a_mapping_that_is_written_is_read_back(head: list[str], said: dict[str, str], data: st.DataObject) -> None:
    names = data.draw(st.permutations([f.name for f in FIELDS] + [""] * (len(head) - len(FIELDS))))
    made = mapping.Mapping(
        kind="k",
        columns=dict(zip(head, names, strict=True)),
        values={"state": said} if said else {},
        units={"yuan": "wan"},
        date_formats=("%d/%m/%Y",),
    )
    plain = {"columns": made.columns, "values": made.values, "units": made.units, "date_formats": ["%d/%m/%Y"]}
    assert mapping.of(plain, "k", FIELDS) == made
    again = mapping.of(tomllib.loads(mapping.to_toml(made, FIELDS)), "k", FIELDS)
    assert (again.columns, again.units, again.date_formats) == (made.columns, made.units, made.date_formats)
    assert dict(again.values["state"]) == {"在办": "open", "办结": "closed"} | said


@given(st.text(max_size=60), st.sampled_from(list(Form)))
def test_a_cell_is_read_or_refused_with_what_to_do(text: str, form: Form) -> None:
    field = Field(name="x", label="x", form=form, choices={"a": "甲"})
    kept, refusal = read(field, text)
    assert (kept is None) == bool(refusal)
    again, _refusal = read(field, {"1": "是", "0": "否"}.get(kept or "", "") if form is Form.YES_NO else kept or "")
    assert kept in (None, again)  # canonical texts mean themselves


def read(field: Field, text: str) -> tuple[str | None, str]:
    """Return the canonical text of a cell, or why it cannot be read and what to do."""
    try:
        return values.canonical(values.parse(field, text)), ""
    except values.Unfit as unfit:
        return None, f"{unfit.why} {unfit.todo}".strip()


@given(st.lists(st.text(max_size=20), max_size=6))
def test_a_row_of_any_shape_is_judged(cells: list[str]) -> None:
    made = mapping.guessed("k", ["编号", "状态", "金额", "日期"], FIELDS)
    row = Judge(FIELDS, "code", made, ["编号", "状态", "金额", "日期"]).judge(Line(2, tuple(cells)))
    assert bool(row.key) or bool(row.faults)
    assert all(fault.why and fault.todo for fault in row.faults)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (Form.DAY, "2024年2月29日", date(2024, 2, 29)),
        (Form.DAY, "20240301", date(2024, 3, 1)),
        (Form.DAY, "2024.3.1 00:00:00", date(2024, 3, 1)),
        (Form.MONEY, "￥1,200.50", Decimal("1200.50")),
        (Form.YES_NO, "是", True),
        (Form.PHONE, "(0663) 8000 000", "06638000000"),
    ],
)
def test_what_offices_write_is_understood(form: Form, text: str, value: Any) -> None:
    assert values.parse(Field(name="x", label="x", form=form), text) == value


@pytest.mark.parametrize(
    ("form", "text"),
    [(Form.DAY, "2023-02-29"), (Form.DAY, "01/02/2023"), (Form.DAY, "45000"), (Form.MONEY, "1e9"), (Form.MONEY, "1.005"),
     (Form.CODE, "11010519491231002X"), (Form.TEXT, "甲 11010519491231002X"), (Form.TEXT, "a\x00b"), (Form.TEXT, "a\u202eb")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(form: Form, text: str) -> None:
    with pytest.raises(values.Unfit):
        values.parse(Field(name="x", label="x", form=form), text)


@pytest.mark.parametrize(
    "words",
    [
        {"columns": {"甲": "code", "乙": "code"}},
        {"columns": {"甲": "nothing"}},
        {"columns": {"甲": "code"}, "constants": {"code": "1"}},
        {"columns": {"甲": "code"}, "units": {"code": "wan"}},
        {"kind": "other", "columns": {"甲": "code"}},
        {"columns": "甲"},
        {"colums": {}},
        {"columns": {}, "values": {"state": "x"}},
        {"columns": {}, "date_formats": "x"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"."):
        mapping.of(words, "k", FIELDS)


def test_a_bomb_a_broken_file_and_a_wrong_encoding_are_named(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    contents = {"bomb.xlsx": bomb.getvalue(), "broken.xlsx": b"PK\x03\x04", "odd.csv": b"\xff\xff\x80", "old.xls": b"x"}
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(Refused) as refused:
            reading.look_at(path)
        assert refused.value.code == "file_unreadable", name


def test_a_gbk_sheet_with_quoted_lines_keeps_its_line_numbers(tmp_path: Path) -> None:
    rows = (["A1", "两\n行", "市"], ["", "", ""], ["A2", "三", "市"])
    source = reading.look_at(sheet(tmp_path / "g.csv", ORGS[:3], *rows, encoding="gb18030"))
    assert [(line.number, line.cells[0]) for line in source.lines()] == [(2, "A1"), (5, "A2")]


def test_columns_are_found_by_what_offices_call_them() -> None:
    fields = kind_of("people").fields
    made = mapping.guessed("people", ["工号", "姓名", "部门", "身份证号", "籍贯"], fields)
    assert made.columns == {"工号": "number", "姓名": "name", "部门": "org", "身份证号": "id_number", "籍贯": ""}
