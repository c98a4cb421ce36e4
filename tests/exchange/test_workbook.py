"""A catalogue as a workbook: out and in without loss, faults at their cell, all or nothing."""

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tests.exchange.world import NOW, World, entry

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.contracts import Cycle, DataType, EntryForm, Format, Grade, ItemForm, SharingType, Way
from yunshu.domains.exchange.models import Resource
from yunshu.domains.exchange.rules import forms
from yunshu.domains.exchange.services import importing
from yunshu.domains.exchange.sheets import guide
from yunshu.lib.kernel.errors import Refused

NAMES = guide.Names(categories={"101001": "人口"}, orgs={}, published={})
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
BLANK = st.just("") | TEXT
ITEMS = st.builds(
    ItemForm,
    ordinal=st.just(1),
    name=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    title=TEXT,
    data_type=st.sampled_from(DataType),
    length=st.none() | st.integers(1, 4000),
    grade=st.sampled_from(Grade),
    is_key=st.booleans(),
    is_required=st.booleans(),
    is_shared=st.booleans(),
    element=BLANK,
    source_org=BLANK,
    note=BLANK,
)
ENTRIES = st.builds(
    EntryForm,
    name=TEXT,
    org=TEXT,
    category=BLANK,
    summary=BLANK,
    format=st.sampled_from(Format),
    format_detail=BLANK,
    sharing_type=st.sampled_from(SharingType),
    sharing_condition=BLANK,
    sharing_scope=BLANK,
    legal_basis=BLANK,
    way=st.sampled_from(Way),
    is_open=st.booleans(),
    open_condition=BLANK,
    cycle=st.sampled_from(Cycle),
    related=st.lists(st.from_regex(r"[0-9]{6}/[0-9]{6}", fullmatch=True), max_size=3).map(tuple),
    items=st.lists(ITEMS, max_size=4).map(tuple),
    code=BLANK,
    table=BLANK,
)


@settings(max_examples=60)
@given(entries=st.lists(ENTRIES, min_size=1, max_size=4))
def test_what_is_written_is_read_back_without_loss(entries: list[EntryForm]) -> None:
    entries = [forms.numbered(each) for each in entries]
    reading = guide.read(guide.write(entries, NAMES))
    assert reading.faults == ()
    assert list(reading.entries) == entries


def changed(cell: str, value: Any) -> guide.WorkbookReading:
    book = load_workbook(io.BytesIO(guide.write([entry(Org(code="445200-010"))], NAMES)))
    book.worksheets[0][cell] = value
    out = io.BytesIO()
    book.save(out)
    return guide.read(out.getvalue())


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("M3", "随便", "不是可选的值"),
        ("M3", None, "不是可选的值"),
        ("F3", None, "缺少提供方代码"),
        ("L4", "很长", "数据长度须为整数"),
        ("J2", "别的表头", "表头"),
        ("C1", "别的表头", "表头"),
    ],
)
def test_a_fault_is_told_at_its_cell(cell: str, value: Any, message: str) -> None:
    (fault,) = changed(cell, value).faults
    assert message in fault.message
    assert fault.place == cell or message == "表头"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"a,b,c\n1,2,3"])
def test_what_is_no_workbook_is_said_to_be_none(content: bytes) -> None:
    (fault,) = guide.read(content).faults
    assert "XLSX" in fault.message


def test_a_formula_is_text() -> None:
    evil = replace(entry(Org(code="445200-010")), name="=HYPERLINK(1)", summary="=1+1")
    book = load_workbook(io.BytesIO(guide.write([evil], NAMES)))
    assert {book.worksheets[0][cell].data_type for cell in ("C3", "G3")} == {"s"}


@pytest.mark.django_db
class TestImporting:
    """The two steps, over the database."""

    def confirm(self, world: World, *entries: EntryForm) -> tuple[int, int]:
        reading = guide.read(guide.write(entries, NAMES))
        draft = importing.keep_reading(actor=world.owner, reading=reading, file_name="x.xlsx", now=NOW)
        return importing.confirm(actor=world.owner, number=draft.number, now=NOW)

    def test_new_ones_are_begun_and_known_drafts_changed(self) -> None:
        world = World()
        assert self.confirm(world, entry(world.police), entry(world.police, name="二")) == (2, 0)
        row = world.published(name="三")
        row.refresh_from_db()
        world.move(world.owner, row, "change")
        form = replace(entry(world.police, name="三（改）"), code=row.code or "")
        assert self.confirm(world, form) == (0, 1)

    def test_one_that_cannot_be_written_keeps_all_out(self) -> None:
        world = World()
        with pytest.raises(Refused, match="不能为该部门"):
            self.confirm(world, entry(world.police), entry(world.county))
        assert not Resource.objects.exists()
