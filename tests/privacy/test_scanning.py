"""Single rules of privacy: forms, look-alikes, masks."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.privacy.generated import OFFICES, People

from yunshu.lib.identifiers import ric, uscc
from yunshu.lib.privacy import Kind, load_bins, masked, scan

PEOPLE = People(7)
NUMBER, MOBILE, CARD = PEOPLE.id_number(), "13800138000", PEOPLE.card()


def kinds(text: str, context: str = "") -> list[Kind]:
    return [hit.kind for hit in scan(text, context=context)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"身份证号：{NUMBER}", Kind.ID_NUMBER),
        (f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}".lower(), Kind.ID_NUMBER),
        ("身份证 " + "".join(chr(ord(c) + 0xFEE0) for c in NUMBER), Kind.ID_NUMBER),
        (f"联系人电话{MOBILE}。", Kind.MOBILE),
        ("电话：138-0013-8000", Kind.MOBILE),
        ("电话：+86 138 0013 8000", Kind.MOBILE),
        ("（8613800138000）", Kind.MOBILE),
        (f"开户行：农业银行，卡号{CARD}", Kind.BANK_CARD),
        (f"NO.1 Card {CARD}", Kind.BANK_CARD),
        ("张三，住址榕城区三巷12号", Kind.HOME_ADDRESS),
        (f"账号 {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}", Kind.BANK_CARD),
        ("申请人：陈甲乙，家庭住址：榕城区仙桥街道永东村三巷12号", Kind.HOME_ADDRESS),
        ("张甲\t揭东区玉湖镇大埔村8号", None),
    ],
)
def test_a_form_is_known(text: str, kind: Kind | None) -> None:
    assert kinds(text) == ([kind] if kind else [])


@pytest.mark.parametrize(
    "text",
    [
        "138****1234",
        "35*************123",
        "445202********1234",
        "1380013800",
        "138001380001",
        "编号13800138000",
        "合计13800138000元",
        "0663-8768123",
        "http://www.example.gov.cn/x?id=13800138000",
        "content/post_13800138000.html",
        f"卡 {CARD[:-1]}{(int(CARD[-1]) + 1) % 10} 银行卡",
        f"编码 {CARD}",
        "2022年12月31日至2023年1月1日",
        *OFFICES,
        "户籍地址：榕城区仙桥街道永东村三巷12号",
    ],
)
def test_a_look_alike_passes(text: str) -> None:
    assert kinds(text) == []


def test_a_social_credit_code_of_digits_alone_that_passes_as_an_identity_number_passes() -> None:
    # found by search: both checks hold
    code = next(c for c in (PEOPLE.id_number() for _ in range(100_000)) if _is_code(c))
    assert kinds(f"统一社会信用代码：{code}") == []
    assert kinds(f"身份证号：{code}") == [Kind.ID_NUMBER]


def _is_code(number: str) -> bool:
    return uscc.check(number).ok


def test_the_heading_of_a_column_is_context_for_a_card() -> None:
    assert kinds(CARD) == []
    assert kinds(CARD, "姓名\t银行卡号") == [Kind.BANK_CARD]


@given(text=st.text(max_size=200), seed=st.integers(0, 1000))
def test_evidence_never_shows_a_number_and_keeps_its_length(text: str, seed: int) -> None:
    people = People(seed)
    number, mobile = people.id_number(), people.mobile()
    whole = f"{text}\n姓名 {number}，电话 {mobile}\n{text}"
    hits = scan(whole)
    shown = masked(whole, hits)
    assert len(shown) == len(whole)
    assert number not in shown
    assert mobile not in shown
    assert scan(shown) == []
    assert all(number not in repr(hit) for hit in hits)


def test_an_old_number_counts_only_where_a_word_says_what_it_is() -> None:
    old = ric.to_15(ric.compose("445221", date(1960, 5, 6), 123))
    assert kinds(f"编码{old}") == []
    assert kinds(f"身份证号码{old}") == [Kind.ID_NUMBER]


def test_a_birth_to_come_is_no_identity_number() -> None:
    number = ric.compose("445221", date(2050, 5, 6), 123)
    assert scan(number, today=date(2026, 1, 1)) == []


def test_a_city_brings_its_own_beginnings_of_cards(tmp_path: Path) -> None:
    path = tmp_path / "bins.csv"
    path.write_text("prefix,length,bank,source\n999999,19,本市银行,本市\n")
    assert scan(f"银行卡号{CARD}", bins=load_bins(path)) == []
    path.write_text(f"prefix,length,bank,source\n{CARD[:6]},19,本市银行,本市\n")
    assert len(scan(f"银行卡号{CARD}", bins=load_bins(path))) == 1
    path.write_text("prefix,length\nx,19\n")
    with pytest.raises(ValueError, match="row 2"):
        load_bins(path)


@pytest.mark.parametrize(
    "row", ["市", "市区县镇村路", "甲路1号", "甲村乙路丙巷", "市区县镇一二三号", "王李 张路1号", "1号", "三巷", "住址"]
)
def test_an_address_costs_as_much_as_its_text_is_long_whatever_stands_in_it(row: str) -> None:
    def cost(text: str) -> float:
        took = []
        for _ in range(3):
            begun = time.process_time()
            scan(text, context="家庭住址")
            took.append(time.process_time() - begun)
        return min(took)

    hostile, plain = [("1" + row * 20_000)[:length] for length in (4_000, 16_000)], "第1条群众办事需要材料。" * 1_500
    short, long = map(cost, hostile)
    assert long < 8 * short
    assert long < 300 * cost(plain[:16_000])
