"""Masking, search words, and the router's refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.hotline.rules import routing, words
from yunshu.domains.hotline.rules.routing import Demand, DutyRow, Target


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打13812345678找我", "请打138****5678找我"),
        ("身份证44520219900101123X", "身份证445202********123X"),
        ("车牌粤V12345挡路", "车牌粤V***45挡路"),
        ("编号20260101123", "编号20260101123"),
    ],
)
def test_what_names_a_person_is_masked_in_a_text(text: str, masked: str) -> None:
    assert words.mask_text(text) == masked


@given(st.text(max_size=30))
def test_a_masked_phone_shows_four_digits_at_most_and_no_name_shows_its_end(text: str) -> None:
    assert len(words.mask_phone(text).lstrip("*")) <= 4 or "*" in text
    assert words.mask_name(text)[1:].strip("*") == ""


@pytest.mark.parametrize("text", ["13812345678", "+86 138 1234 5678", "0663-8765432转801", "8765432", "4001234567"])
def test_a_number_that_can_be_called_back_is_taken_as_people_write_it(text: str) -> None:
    assert words.is_callable(text)


@pytest.mark.parametrize("text", ["1381234567", "138123456789", "abc", "12345", "没有"])
def test_a_number_that_nobody_can_call_is_not(text: str) -> None:
    assert not words.is_callable(text)


def test_chinese_is_found_by_pairs_and_one_character_by_its_beginning() -> None:
    assert words.grams("路灯不亮 A12") == ["路灯", "灯不", "不亮", "a12"]
    assert words.query("路灯 亮") == "'路灯' & '亮':*"
    assert words.query("  !!") == ""


def row(**more: object) -> DutyRow:
    given_ = {
        "code": "r1",
        "matter": "噪声扰民",
        "category": "0301",
        "words": ("噪声", "施工"),
        "division": "",
        "org_id": 1,
        "org_name": "市生态环境局",
        "role": "main",
        "department_only": True,
        "basis": "噪声污染防治法第八条",
    } | more
    return DutyRow(**given_)  # type: ignore[arg-type]


def demand(**more: str) -> Demand:
    return Demand(**({"text": "夜间施工噪声大", "category": "030102", "division": "445202"} | more))


def test_the_directory_suggests_with_reasons_the_nearer_place_first() -> None:
    near = row(code="r2", org_id=2, division="445202")
    found = routing.suggest([row(), near, row(code="r3", org_id=3, category="09", words=())], demand())
    assert [s.row.code for s in found] == ["r2", "r1"]
    assert {r.kind for r in found[0].reasons} == {"category", "word", "division"}


def test_a_line_of_another_place_is_not_suggested() -> None:
    assert routing.suggest([row(division="445281")], demand()) == []


TOWN = Target(org_id=9, path="/1/5/9/", kind="township")


def test_what_a_department_must_do_is_not_pushed_down_to_a_township() -> None:
    said = routing.refusal(TOWN, [row()], demand(), "")
    assert said is not None
    assert said[0] == "pushed_down"
    assert "噪声污染防治法" in said[2]
    assert routing.refusal(TOWN, [row(department_only=False)], demand(), "") is None
    assert routing.refusal(Target(org_id=1, path="/1/2/", kind="department"), [row()], demand(), "") is None


@pytest.mark.parametrize(("accused", "refused"), [("/1/5/", True), ("/1/5/9/", True), ("/1/6/", False), ("", False)])
def test_nobody_handles_a_complaint_against_themselves_nor_does_who_is_under_them(accused: str, refused: bool) -> None:
    said = routing.refusal(TOWN, [], demand(), accused)
    assert (said is not None and said[0] == "complained_about") is refused
