"""Marks of secrets, impossible dates, slips of numbers, persons in office, misspellings."""

import calendar
import csv
import gzip
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wording.generated import Disguiser

from yunshu.lib.wording import Fault, Post, Roster, marks, read_roster, shipped_speller, slips


@pytest.mark.parametrize(
    "text", ["机密★", "秘密★10年", "绝密★长期", "机 密 ★ 二十年", "密级：机密", "内部资料，注意保存"]
)
def test_a_mark_of_a_secret_is_found(text: str) -> None:
    [hit] = marks.scan(f"附件\n{text}\n关于某事的报告")
    assert hit.confidence >= 0.6


@pytest.mark.parametrize(
    "text", ["国家秘密的密级分为绝密、机密、秘密三级", "保守秘密，人人有责", "密级：公开", "五星★好评"]
)
def test_what_speaks_of_secrets_is_no_mark(text: str) -> None:
    assert marks.scan(text) == []


@pytest.mark.parametrize("text", ["国家秘密标志如“机密★20年”", "密级标注形式为秘密★10年", "数学试卷 机密★启用前"])
def test_a_mark_that_is_explained_or_on_an_old_exam_is_doubtful(text: str) -> None:
    [hit] = marks.scan(text)
    assert hit.confidence <= 0.4


@pytest.mark.parametrize(
    "text",
    ["2月30日", "4月31日", "2023年2月29日", "13月1日", "2024年5月1日（星期四）", "下午25时", "时间为14:75至16:00"],
)
def test_a_day_or_time_that_does_not_exist_is_found(text: str) -> None:
    assert len(slips.scan(f"定于{text}举行")) == 1


@pytest.mark.parametrize(
    "text", ["2月29日", "2024年2月29日", "农历二月30日", "农历2月30日", "2024年5月1日（星期三）", "24时", "8时30分"]
)
def test_a_day_that_exists_passes(text: str) -> None:
    assert slips.scan(f"定于{text}举行") == []


@given(st.dates(date(1949, 10, 1), date(2049, 10, 1)), st.integers(1, 6))
def test_a_right_weekday_passes_and_every_other_is_found(day: date, off: int) -> None:
    names = "一二三四五六日"
    text = f"{day.year}年{day.month}月{day.day}日（星期{{}}）"
    assert slips.scan(text.format(names[day.weekday()])) == []
    [hit] = slips.scan(text.format(names[(day.weekday() + off) % 7]))
    assert hit.entry.right == f"星期{names[day.weekday()]}"


@given(st.integers(1, 12), st.integers(1, 99))
def test_without_a_year_a_day_is_wrong_only_if_no_year_has_it(month: int, day: int) -> None:
    assert bool(slips.scan(f"于{month}月{day}日")) == (day > calendar.monthrange(2000, month)[1])


@pytest.mark.parametrize(
    "text", ["5万元元", "5万元万元", "12%%", "提高3%个百分点", "百分之5%", "1.2.5万元", "减少了3倍", "100公里公里"]
)
def test_a_slip_of_numbers_is_found(text: str) -> None:
    assert len(slips.scan(f"全年{text}。")) == 1


@pytest.mark.parametrize(
    "text", ["5万元", "12%", "3个百分点", "百分之5", "增加3倍", "减少30%", "1.2.5节", "100元元宵节"]
)
def test_right_numbers_pass(text: str) -> None:
    assert slips.scan(f"全年{text}。") == []


CHANGE = date(2024, 1, 1)
ROSTER = Roster(
    [
        Post(name="赵甲", title="市长", order=1, valid_to=CHANGE),
        Post(name="赵甲", title="书记", order=1, valid_from=CHANGE),
        Post(name="钱乙清", title="市长", order=2, valid_from=CHANGE),
        Post(name="孙丙", title="副市长", order=3),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("市长赵甲出席", [("市长赵甲", "书记赵甲")]),
        ("市长钱乙清出席", []),
        ("原市长赵甲出席", []),
        ("市长钱乙青出席", [("钱乙青", "钱乙清")]),
        ("市长李丁丁出席", []),
        ("孙丙、赵甲出席", [("孙丙、赵甲", "赵甲、孙丙")]),
        ("赵甲、钱乙清、孙丙出席", []),
        ("副市长孙丙出席", []),
    ],
)
def test_persons_in_office_are_named_as_the_table_says(text: str, found: list[tuple[str, str]]) -> None:
    assert [(hit.found, hit.entry.right) for hit in ROSTER.scan(text, on=CHANGE)] == found


def test_an_old_text_follows_the_offices_of_its_day() -> None:
    assert ROSTER.scan("市长赵甲出席", on=CHANGE - timedelta(days=1)) == []


def test_a_table_of_persons_is_read_with_its_faults() -> None:
    text = "姓名,职务,排序,任职日期\n赵甲,市长,1,2024-01-01\n钱乙,市长,一,\n,市长,,\n"
    posts, faults = read_roster(text.encode())
    assert [post.name for post in posts] == ["赵甲"]
    assert [(fault.row, fault.fault) for fault in faults] == [(3, Fault.VALUE_UNKNOWN), (4, Fault.VALUE_UNKNOWN)]
    assert read_roster(b"a,b\n")[1][0].fault is Fault.COLUMN_MISSING
    assert Roster(()).scan("市长赵甲", on=CHANGE) == []


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("群众反映强列，竟争激烈", "竞争"),
        ("不断的提高服务水平", "不断地提高"),
        ("跑的快", "跑得快"),
        ("保护末成年人", "未成年人"),
    ],
)
def test_a_misspelling_is_found(text: str, right: str) -> None:
    assert [hit.entry.right for hit in shipped_speller().check(text)] == [right]


@pytest.mark.parametrize("text", ["究竟争什么", "上街到超市", "审核时发现", "可以经过", "天使的翅膀", "更好的服务质量"])
def test_the_baseline_is_silent_where_words_only_meet(text: str) -> None:
    assert shipped_speller().check(text) == []


def test_what_a_city_accepts_is_not_said_by_the_speller() -> None:
    assert shipped_speller().check("竟争", accepted=("竟争",)) == []


def test_rules_are_silent_on_clean_generated_text() -> None:
    maker = Disguiser(5)
    for _ in range(500):
        text = maker.sentence()
        assert [*slips.scan(text), *marks.scan(text), *shipped_speller().check(text)] == []


@pytest.mark.shared
def test_rules_say_little_about_real_replies(shared: Path) -> None:
    with gzip.open(shared / "input/hotline/replies-labelled.csv.gz", "rt", encoding="utf-8-sig") as lines:
        replies = [row["reply"] for row in csv.DictReader(lines)]
    # the replies were not proofread: some of what is found is wrong indeed
    assert sum(bool(marks.scan(reply)) for reply in replies) == 0
    assert sum(bool(slips.scan(reply)) for reply in replies) / len(replies) < 0.01
    assert sum(bool(shipped_speller().check(reply)) for reply in replies) / len(replies) < 0.02
