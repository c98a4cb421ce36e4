"""The life of an asset, a label's number, what a scan means, a terminal's way, the rate, the quiz, the sign-off: pure."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.operations.rules import assets, campaign, handing_over, testing, training
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm

DAY = date(2026, 3, 2)


def test_an_old_machine_is_recovered_then_erased_then_disposed_and_never_otherwise() -> None:
    order = [assets.LIFE.step(state, "dispose") for state in assets.STATES]
    assert [s is not None for s in order] == [state == assets.ERASED for state in assets.STATES]
    assert {source for verb, source, _to in assets.LIFE.moves() if verb == "erase"} == {assets.RECOVERED}
    assert assets.LIFE.ways_out(assets.DISPOSED) == ()


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("ZC20260302-7K2M9QWT", "ZC20260302-7K2M9QWT"),
        ("  zc20260302-7k2m9qwt\n", "ZC20260302-7K2M9QWT"),
        ("https://example.test/console/operations/a/ZC20260302-7K2M9QWT/?from=label", "ZC20260302-7K2M9QWT"),
        ("SN-000123", ""),
        ("", ""),
    ],
)
def test_a_label_is_read_as_number_or_as_address(code: str, number: str) -> None:
    assert assets.number_in(code) == number


@pytest.mark.parametrize(
    ("listed", "seen", "same"),
    [("501 室", "501室", True), ("501", "502", False), ("", "502", True), ("501", "", True), ("A1", "a1", True)],
)
def test_a_place_is_the_same_however_it_is_spaced_and_a_blank_contradicts_nothing(
    listed: str, seen: str, *, same: bool
) -> None:
    assert assets.same_place(listed, seen) is same


def unit(
    code: str = "u", announced: int | None = None, terminals: int = 2, replaced: int = 2, exceptions: int = 0
) -> campaign.UnitFacts:
    return campaign.UnitFacts(code, code, announced, terminals, replaced, exceptions)


UNITS = st.builds(
    unit,
    announced=st.none() | st.integers(0, 4),
    terminals=st.integers(0, 4),
    replaced=st.integers(0, 4),
    exceptions=st.integers(0, 2),
).filter(lambda u: u.replaced <= u.terminals)


@given(st.lists(UNITS, max_size=6))
def test_a_hundred_percent_stands_exactly_where_nothing_objects(units: list[campaign.UnitFacts]) -> None:
    standing = campaign.Standing(units)
    assert (standing.unit_rate == 100) is standing.is_all is (not standing.objections())
    assert standing.complete == sum(
        u.terminals > 0 and u.replaced == u.terminals and not u.exceptions and u.terminals >= (u.announced or 0)
        for u in units
    )


def test_one_open_exception_among_85_units_is_no_hundred() -> None:
    units = [unit(str(n)) for n in range(84)] + [unit("85", replaced=1, exceptions=1)]
    standing = campaign.Standing(units)
    assert (standing.complete, standing.unit_rate) == (84, Decimal("98.82"))
    assert standing.objections() == ["exceptions_open", "terminals_unsigned"]


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_rate_below_the_whole_never_reads_as_a_hundred(part: int, whole: int) -> None:
    assert (campaign.rate(min(part, whole), whole) == 100) is (part >= whole)


def test_a_rate_of_nothing_is_no_rate() -> None:
    assert campaign.rate(0, 0) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(list(campaign.STATES))), max_size=8), st.integers(0, 40))
def test_the_state_on_a_day_is_what_the_steps_until_then_say_whatever_came_later(
    facts: list[tuple[int, str]], days: int
) -> None:
    facts.sort(key=lambda fact: fact[0])
    steps = [(seq, DAY + timedelta(days=after), target) for seq, (after, target) in enumerate(facts, 1)]
    day = DAY + timedelta(days=days)
    until = [target for _seq, on, target in steps if on <= day]
    assert campaign.state_on(day, steps) == (until[-1] if until else campaign.PLANNED)


def test_what_leaves_the_base_counted_until_the_day_before() -> None:
    left = DAY + timedelta(days=3)
    assert [campaign.in_base(DAY + timedelta(days=n), since=DAY, until=left) for n in range(-1, 5)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]


STATEMENT = handing_over.Statement(
    campaign="TD1",
    unit="445202",
    person="P1",
    name="示例",
    received_on=DAY,
    terminals=(("ZD2", "ZC2", "S2"), ("ZD1", "ZC1", "S1")),
)


def test_a_statement_has_one_text_whatever_the_order_of_its_terminals() -> None:
    text = handing_over.text_of(STATEMENT)
    turned = handing_over.Statement(**(vars(STATEMENT) | {"terminals": STATEMENT.terminals[::-1]}))
    assert text == handing_over.text_of(turned)
    assert text.index("ZD1") < text.index("ZD2")


def test_only_the_keys_own_signature_of_this_very_text_counts() -> None:
    pair, other = keys.generate(Algorithm.SM2), keys.generate(Algorithm.SM2)
    public, text = pair.public.raw.hex(), handing_over.text_of(STATEMENT)
    signature = pair.sign(text.encode()).hex()
    assert handing_over.is_signed(public, signature, text)
    assert not handing_over.is_signed(public, signature, text + " ")
    assert not handing_over.is_signed(other.public.raw.hex(), signature, text)
    assert not handing_over.is_signed(public, "no hex", text)
    assert handing_over.key_fault(public) == ""
    assert handing_over.key_fault(public[:-2]) == "malformed_key"


def case(result: str = "pass", *, is_required: bool = True, unsettled: int = 0) -> testing.CaseFacts:
    return testing.CaseFacts("c", is_required, result, unsettled)


@pytest.mark.parametrize(
    ("cases", "against"),
    [
        ([], ["no_cases"]),
        ([case(is_required=False)], ["no_cases"]),
        ([case(), case("")], ["cases_not_passed"]),
        ([case(), case("fail", unsettled=1)], ["cases_not_passed", "defects_open"]),
        ([case(), case("fail", is_required=False)], []),
        ([case(), case("blocked")], ["cases_not_passed"]),
    ],
)
def test_nothing_is_signed_off_that_did_not_pass(cases: list[testing.CaseFacts], against: list[str]) -> None:
    assert testing.objections(cases) == against


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 4), min_size=1), st.data())
def test_a_quiz_is_marked_by_the_share_of_right_answers(right: dict[int, int], data: st.DataObject) -> None:
    answers = data.draw(st.dictionaries(st.integers(1, 9), st.integers(1, 4)))
    mark = training.mark(answers, right)
    assert mark == int(Decimal(100 * sum(answers.get(q) == o for q, o in right.items())) / len(right))
    assert training.mark(right, right) == 100
