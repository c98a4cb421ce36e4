"""Listed words by the text's day, their exceptions, what a city accepts, lists and their faults."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wording.generated import Disguiser

from yunshu.lib.wording import Category, Entry, Fault, How, Kind, Lexicon, read_list, shipped

RENAMED = Entry(
    wrong="国土资源部",
    right="自然资源部",
    category=Category.INSTITUTIONS,
    valid_from=date(2018, 3, 17),
    exceptions=("原国土资源部",),
)
REFORM = date(2018, 3, 17)


@pytest.fixture(scope="module")
def samples() -> Lexicon:
    return Lexicon(shipped())


@pytest.mark.parametrize(("on", "found"), [(REFORM - timedelta(days=1), 0), (REFORM, 1), (None, 1)])
def test_a_dated_rule_follows_the_day_of_the_text(on: date | None, found: int) -> None:
    assert len(Lexicon([RENAMED]).scan("国土资源部发布通知", on=on)) == found


def test_an_unknown_day_makes_a_dated_rule_less_sure() -> None:
    lexicon = Lexicon([RENAMED])
    [known], [unknown] = lexicon.scan("国土资源部", on=REFORM), lexicon.scan("国土资源部")
    assert unknown.confidence < known.confidence == 1.0


@pytest.mark.parametrize("text", ["原国土资源部", "《国土资源部关于印发通知》", "《国务院、国土资源部通知》"])
def test_a_former_name_said_as_such_or_in_a_title_passes(text: str) -> None:
    assert Lexicon([RENAMED]).scan(text, on=REFORM) == []


def test_a_rule_ends_on_its_last_day() -> None:
    entry = Entry(wrong="旧称谓", valid_to=date(2020, 1, 1))
    assert Lexicon([entry]).scan("旧称谓", on=date(2019, 12, 31))
    assert not Lexicon([entry]).scan("旧称谓", on=date(2020, 1, 1))


def test_one_word_may_have_rules_for_several_times() -> None:
    first = Entry(wrong="旧机构", right="中机构", valid_from=date(2018, 1, 1), valid_to=date(2023, 1, 1))
    second = Entry(wrong="旧机构", right="新机构", valid_from=date(2023, 1, 1))
    lexicon = Lexicon([first, second])
    assert [hit.entry.right for hit in lexicon.scan("旧机构", on=date(2020, 1, 1))] == ["中机构"]
    assert [hit.entry.right for hit in lexicon.scan("旧机构", on=date(2024, 1, 1))] == ["新机构"]


@pytest.mark.parametrize(
    ("accepted", "found"), [((), 2), (("按装",), 0), (("水表按装队",), 1), (("按装队长",), 2), (("别的",), 2)]
)
def test_what_a_city_accepts_is_not_said_again(accepted: tuple[str, ...], found: int) -> None:
    assert len(Lexicon([Entry(wrong="按装", right="安装")]).scan("水表按装队按装水表", accepted=accepted)) == found


def test_a_word_inside_a_longer_find_is_not_said_twice() -> None:
    lexicon = Lexicon([Entry(wrong="部份"), Entry(wrong="大部份")])
    assert [hit.found for hit in lexicon.scan("大部份，部份")] == ["大部份", "部份"]


def test_letters_and_digits_must_stand_alone() -> None:
    lexicon = Lexicon([Entry(wrong="VPN"), Entry(wrong="第12")])
    assert [hit.found for hit in lexicon.scan("VPNs 用VPN上 第123 第12条")] == ["VPN", "第12"]


@given(st.lists(st.text("甲乙丙丁A1", min_size=2, max_size=4), max_size=20), st.text("甲乙丙丁A1，", max_size=60))
def test_every_hit_is_where_it_says_and_nothing_that_stands_free_is_missed(words: list[str], text: str) -> None:
    hits = Lexicon(Entry(wrong=word) for word in words).scan(text)
    assert all(text[hit.start : hit.end] == hit.found == hit.entry.wrong for hit in hits)
    han = [word for word in words if not any(c.isascii() for c in word)]
    covered = {at for hit in hits for at in range(hit.start, hit.end)}
    for word in han:
        at = text.find(word)
        assert at < 0 or covered >= set(range(at, at + len(word)))


def test_the_version_is_the_content_whatever_the_order() -> None:
    one, two = Entry(wrong="部份", right="部分"), Entry(wrong="按装", right="安装")
    assert Lexicon([one, two]).digest == Lexicon([two, one]).digest
    assert Lexicon([one]).digest != Lexicon([two]).digest
    assert Lexicon([]).scan("部份") == []


def test_every_sample_that_ships_has_a_source_and_finds_itself_and_not_what_is_right(samples: Lexicon) -> None:
    assert len(samples.entries) > 300
    for entry in samples.entries:
        assert entry.source
        assert [hit.entry for hit in samples.scan(f"，{entry.wrong}，", on=date(2026, 1, 1))] == [entry]
        assert samples.scan(f"，{entry.right}，", on=date(2026, 1, 1)) == []
        said = [hit.entry for phrase in entry.exceptions for hit in samples.scan(phrase, on=date(2026, 1, 1))]
        assert entry not in said


def test_the_seeded_findings_of_the_circulars_are_serious(samples: Lexicon) -> None:
    hits = samples.scan("中国入民 烈土 人民代表大人 烈土壤")
    assert [hit.found for hit in hits] == ["中国入民", "烈土", "人民代表大人"]
    assert {hit.entry.kind for hit in hits} == {Kind.SERIOUS}
    assert {hit.how for hit in hits} == {How.EXACT}


HEAD = "错误表述,正确表述,等级,类别,生效日期,失效日期,例外,来源,变体"
GOOD = "国土资源部,自然资源部,错误,机构,2018-03-17,,原国土资源部|前国土资源部,方案,否"


def test_a_list_is_read_by_its_chinese_headings_in_either_encoding() -> None:
    for encoding in ("utf-8-sig", "gb18030"):
        loaded = read_list(f"{HEAD}\n{GOOD}\n\n".encode(encoding))
        assert loaded.faults == ()
        [entry] = loaded.entries
        assert (entry.category, entry.valid_from, len(entry.exceptions)) == (Category.INSTITUTIONS, REFORM, 2)


def test_a_workbook_is_the_same_list() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (HEAD.split(","), [*GOOD.split(",")[:4], REFORM, None, *GOOD.split(",")[6:]]):
        book.active.append(row)
    book.save(out)
    assert read_list(out.getvalue()).entries == read_list(f"{HEAD}\n{GOOD}".encode()).entries


@pytest.mark.parametrize(
    ("row", "column", "fault"),
    [
        (",对,,,,,,,", "wrong", Fault.WRONG_MISSING),
        ("错,对,,,,,,,", "wrong", Fault.TOO_SHORT),
        (f"{'错' * 65},对,,,,,,,", "wrong", Fault.TOO_LONG),
        ("一样,一样,,,,,,,", "right", Fault.SAME_AS_RIGHT),
        ("错的,对的,很重,,,,,,", "kind", Fault.VALUE_UNKNOWN),
        ("错的,对的,,别的,,,,,", "category", Fault.VALUE_UNKNOWN),
        ("错的,对的,,,2018年,,,,", "valid_from", Fault.DATE_MALFORMED),
        ("错的,对的,,,2018-02-30,,,,", "valid_from", Fault.DATE_MALFORMED),
        ("错的,对的,,,2018-03-01,2018-03-01,,,", "valid_to", Fault.DATES_REVERSED),
        ("错的,对的,,,,,无关,,", "exceptions", Fault.EXCEPTION_WITHOUT_WORD),
        ("错的,对的,,,,,,,也许", "obfuscation", Fault.VALUE_UNKNOWN),
        ("国土资源部,对的,,,2018-03-17,,,,", "wrong", Fault.DUPLICATE),
    ],
)
def test_a_row_that_is_wrong_is_named_and_the_others_are_read(row: str, column: str, fault: Fault) -> None:
    loaded = read_list(f"{HEAD}\n{GOOD}\n{row}\n另一个,对\n".encode())
    assert [(f.row, f.column, f.fault) for f in loaded.faults] == [(3, column, fault)]
    assert [entry.wrong for entry in loaded.entries] == ["国土资源部", "另一个"]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"PK\x03\x04junk", "姓名,电话\n".encode()])
def test_a_file_that_is_no_list_is_a_fault(data: bytes) -> None:
    loaded = read_list(data)
    assert loaded.entries == ()
    assert [f.fault for f in loaded.faults] in ([Fault.UNREADABLE], [Fault.COLUMN_MISSING])


@given(st.binary(max_size=300))
def test_noise_never_raises(data: bytes) -> None:
    read_list(data)
    read_list(HEAD.encode() + b"\n" + data)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_one_of_five_hundred_seeded_cases_is_found_and_none_of_the_historic_ones(
    samples: Lexicon, seed: int
) -> None:
    maker = Disguiser(seed)
    today, found, historic = date(2026, 1, 1), 0, 0
    cases = [maker.chance.choice(samples.entries) for _ in range(500)]
    for entry in cases:
        before = maker.sentence()
        text = before + entry.wrong + maker.sentence()
        found += (len(before), entry) in [(hit.start, hit.entry) for hit in samples.scan(text, on=today)]
        if entry.valid_from:
            historic += len(samples.scan(text, on=entry.valid_from - timedelta(days=1)))
    assert (found, historic) == (500, 0)
