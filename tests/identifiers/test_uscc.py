"""The unified social credit code: published examples, properties, and SQL that agrees with Python."""

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunshu.lib.identifiers import uscc
from yunshu.lib.identifiers.uscc import Doubt, Fault

BUREAU = "11445200076745332J"  # printed on the bureau's own public index
codes = st.builds(
    uscc.compose,
    st.sampled_from("159"),
    st.sampled_from("123"),
    st.sampled_from(["445202", "445281"]),
    st.text(uscc.ALPHABET, min_size=8, max_size=8),
)


@pytest.mark.parametrize("code", [BUREAU, "91350100M000100Y43"])
def test_published_codes_are_right(code: str) -> None:
    assert uscc.check(code) == uscc.Verdict()


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        (BUREAU[:-1], (Fault.LENGTH,)),
        (BUREAU.lower(), (Fault.CHARACTERS,)),
        (BUREAU.replace("J", "I"), (Fault.CHARACTERS,)),
        (BUREAU[:-1] + "K", (Fault.CHECK_CHARACTER,)),
    ],
)
def test_each_fault_is_named(code: str, faults: tuple[Fault, ...]) -> None:
    assert uscc.check(code).faults == faults


def test_an_organisation_code_of_its_own_kind_is_only_a_doubt() -> None:
    body = BUREAU[:16] + "0"
    verdict = uscc.check(body + uscc.check_character(body))
    assert verdict.ok
    assert verdict.warnings == (Doubt.ORGANISATION_CODE,)


@given(codes)
def test_what_is_composed_is_parsed_back(code: str) -> None:
    parts = uscc.parse(code)
    assert uscc.compose(parts.registrar, parts.kind, parts.area, parts.organisation[:8]) == code
    assert not uscc.check(code).warnings


@given(codes, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_one_changed_character_is_found(code: str, place: int, other: str) -> None:
    changed = code[:place] + other + code[place + 1 :]
    assert uscc.check(changed).ok == (changed == code)


anything = st.one_of(
    codes,
    st.from_regex(f"[{uscc.ALPHABET}]{{2}}[0-9]{{6}}[{uscc.ALPHABET}]{{10}}", fullmatch=True),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)


@settings(max_examples=15)
@given(codes=st.lists(anything, min_size=20, max_size=60))
def test_postgresql_finds_what_python_finds(postgres, codes: list[str]) -> None:
    sql = f"SELECT {uscc.faults_sql('n')} FROM unnest(%s::text[]) WITH ORDINALITY AS t(n, i) ORDER BY i"
    with psycopg.connect(postgres.superuser_url) as connection:
        found = [tuple(faults) for (faults,) in connection.execute(sql.replace("% ", "%% "), [codes])]
    assert found == [uscc.check(code).faults for code in codes]
