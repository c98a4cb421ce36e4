"""The resident identity number: published examples, properties, and SQL that agrees with Python."""

from datetime import date

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunshu.lib.identifiers import ric
from yunshu.lib.identifiers.ric import Doubt, Fault, Sex

EXAMPLE = "11010519491231002X"  # GB 11643-1999, its own examples
CENTENARIAN = "440524188001010014"

numbers = st.builds(
    ric.compose,
    st.sampled_from(["440525", "445202", "445281", "110105", "810000"]),
    st.dates(date(1850, 1, 1), date(2026, 12, 31)),
    st.integers(0, 999),
)


@pytest.mark.parametrize("number", [EXAMPLE, CENTENARIAN])
def test_the_standards_own_examples_are_right(number: str) -> None:
    assert ric.check(number) == ric.Verdict()


@pytest.mark.parametrize(
    ("area", "born"),
    [("440525", date(1955, 5, 1)), ("440525", date(1970, 1, 1)), ("445202", date(1985, 2, 3))],
)
def test_an_area_code_is_never_compared_with_the_birth(area: str, born: date) -> None:
    assert ric.check(ric.compose(area, born, 12)) == ric.Verdict()


@pytest.mark.parametrize(
    ("number", "faults"),
    [
        ("", (Fault.LENGTH,)),
        (EXAMPLE[:17], (Fault.LENGTH,)),
        (EXAMPLE.lower(), (Fault.CHARACTERS,)),
        ("X" + EXAMPLE[1:], (Fault.CHARACTERS,)),
        (EXAMPLE[:-1] + "１", (Fault.CHARACTERS,)),
        (EXAMPLE[:-1] + "\n", (Fault.CHARACTERS,)),
        (EXAMPLE[:-1] + "1", (Fault.CHECK_DIGIT,)),
        ("440525190002290018"[:17] + ric.check_digit("44052519000229001"), (Fault.DATE,)),
        ("440525000001010010"[:17] + ric.check_digit("44052500000101001"), (Fault.DATE,)),
        ("440525990230001", (Fault.DATE,)),
    ],
)
def test_each_fault_is_named(number: str, faults: tuple[Fault, ...]) -> None:
    assert ric.check(number).faults == faults


def test_an_unknown_area_and_the_old_form_are_only_doubts() -> None:
    verdict = ric.check("000000800229001", areas={"445202"})
    assert verdict.ok
    assert verdict.warnings == (Doubt.AREA, Doubt.OLD_FORM)


def test_a_birth_after_today_is_a_fault() -> None:
    number = ric.compose("445202", date(2026, 1, 2), 1)
    assert ric.check(number, today=date(2026, 1, 2)).ok
    assert ric.check(number, today=date(2026, 1, 1)).faults == (Fault.DATE,)


def test_a_typists_way_of_writing_is_brought_to_the_standards() -> None:
    assert ric.normal(" １１0105 19491231 002ｘ\u3000") == EXAMPLE


@given(numbers)
def test_what_is_composed_is_parsed_back(number: str) -> None:
    parts = ric.parse(number)
    assert ric.compose(parts.area, parts.born_on, parts.sequence) == number
    assert (parts.sex == Sex.MALE) == (parts.sequence % 2 == 1)


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_one_changed_character_is_found(number: str, place: int, other: str) -> None:
    changed = number[:place] + other + number[place + 1 :]
    assert ric.check(changed).ok == (changed == number)


@given(numbers, st.integers(0, 16))
def test_any_two_swapped_neighbours_are_found(number: str, place: int) -> None:
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert ric.check(changed).ok == (changed == number)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_the_old_form_leads_back_to_the_new(born: date, sequence: int) -> None:
    number = ric.compose("440525", born, sequence)
    assert ric.to_18(ric.to_15(number)) == number
    assert ric.parse(ric.to_15(number)).born_on == born


def test_the_last_old_sequences_belong_to_the_century_before() -> None:
    assert ric.parse("440524800101996").born_on == date(1880, 1, 1)


@pytest.mark.parametrize("number", ["", EXAMPLE, "44052480010199X"])
def test_only_an_old_number_can_be_renewed(number: str) -> None:
    with pytest.raises(ValueError, match=f"^{number}$"):
        ric.to_18(number)


anything = st.one_of(
    numbers,
    numbers.map(ric.to_15),
    st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True),
    st.from_regex(r"[0-9]{6}(18|19|20)[0-9]{2}(0[0-9]|1[0-3])([0-3][0-9])[0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{6}[0-9]{2}(0[0-9]|1[0-3])([0-3][0-9])(99[0-9])", fullmatch=True),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)


@pytest.fixture(scope="module")
def connection(postgres) -> psycopg.Connection:
    with psycopg.connect(postgres.superuser_url) as connection:
        yield connection


@pytest.mark.parametrize("today", [None, date(2000, 6, 15)])
@settings(max_examples=15)
@given(numbers=st.lists(anything, min_size=20, max_size=60))
def test_postgresql_finds_what_python_finds(connection, today: date | None, numbers: list[str]) -> None:
    sql = f"SELECT {ric.faults_sql('n', today=today)} FROM unnest(%s::text[]) WITH ORDINALITY AS t(n, i) ORDER BY i"
    found = [tuple(faults) for (faults,) in connection.execute(sql.replace("% ", "%% "), [numbers])]
    assert found == [ric.check(n, today=today).faults for n in numbers]


def test_postgresql_says_nothing_of_nothing(connection) -> None:
    assert connection.execute(f"SELECT {ric.faults_sql('n')} FROM (SELECT null::text AS n) AS t").fetchone() == (None,)
