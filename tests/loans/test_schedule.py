"""The schedule: check figures, conventions, and what must hold for any terms."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy_financial
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.loans.sample_terms import CHECK, check, yen

from yunshu.lib.loans import (
    CNY,
    JPY,
    DayCount,
    Draw,
    Fee,
    FeeBase,
    LoanFault,
    Money,
    Remainder,
    Rounding,
    Terms,
    level_payment,
    schedule,
    total,
)


def test_the_check_loan_is_right_to_the_yen():
    lines = schedule(CHECK)

    assert len(lines) == 41
    assert [lines[0].due_on, lines[1].due_on, lines[-1].due_on] == [
        date(2003, 4, 20),
        date(2003, 10, 20),
        date(2023, 4, 20),
    ]
    assert lines[0].principal == yen(2_440_000)
    assert {line.principal for line in lines[1:]} == {yen(2_439_000)}
    assert total((line.interest for line in lines), JPY) == yen(26_267_187)
    assert lines[-1].balance_after == yen(0)


def test_a_level_payment_would_cost_what_numpy_financial_says_and_8_percent_more():
    oracle = -float(numpy_financial.pmt(0.025 / 2, 41, 100_000_000))

    assert float(level_payment(CHECK)) == pytest.approx(oracle, rel=1e-12)
    assert round(level_payment(CHECK) * 41 - 100_000_000) == 28_414_594


@pytest.mark.parametrize(("rounding", "interest"), [("down", 26_267_187), ("half_up", 26_267_206), ("up", 26_267_228)])
def test_the_rounding_of_the_contract_decides_the_last_yen(rounding, interest):
    lines = schedule(check(rounding=Rounding(rounding)))

    assert total((line.interest for line in lines), JPY) == yen(interest)


def test_ten_years_of_grace_bear_interest_only():
    lines = schedule(check(starts_on=date(1993, 4, 20), grace_months=120))

    grace = [line for line in lines if line.instalment == 0]
    assert [len(grace), len(lines)] == [19, 60]
    assert {line.principal for line in grace} == {yen(0)}
    assert lines[19].due_on == date(2003, 4, 20)
    assert total((line.interest for line in lines[19:]), JPY) == yen(26_267_187)


def test_the_remainder_may_come_last_and_a_leap_year_has_a_day_more():
    lines = schedule(check(remainder=Remainder.LAST))

    assert [lines[0].principal, lines[-1].principal] == [yen(2_439_000), yen(2_440_000)]
    assert [lines[0].days, lines[2].days] == [182, 183]  # 2003-04-20, and 2004-04-20 over 29 February
    assert lines[0].interest == yen(1_246_575)  # 100,000,000 x 0.025 x 182 / 365 = 1,246,575.34


def test_other_conventions_are_data():
    by_360 = schedule(check(day_count=DayCount.ACT_360))[0]
    fee = schedule(check(fee=Fee(Fraction(1, 1000))))[0]
    share = schedule(check(fee=Fee(Fraction(1, 1000), FeeBase.PAYMENT)))[0]

    assert by_360.interest == yen(1_263_888)
    assert fee.fee == yen(49_863)
    assert share.fee == yen(3_686)  # (2,440,000 + 1,246,575) / 1000


def test_draws_bear_interest_from_their_own_day():
    draws = (Draw(date(2002, 10, 20), yen(60_000_000)), Draw(date(2003, 1, 20), yen(40_000_000)))

    first = schedule(check(draws=draws))[0]

    assert first.interest == yen(int(Fraction(60_000_000 * 182 + 40_000_000 * 90) * 25 / 1000 / 365))
    assert first.balance == yen(100_000_000)


def test_the_31st_of_a_month_falls_on_its_last_day():
    due = [line.due_on for line in schedule(check(starts_on=date(2003, 8, 31), day=31, instalments=4))]

    assert due == [date(2004, 2, 29), date(2004, 8, 31), date(2005, 2, 28), date(2005, 8, 31)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("rate", Fraction(25, 10)), ("instalments", 0), ("instalments", 601), ("day", 0), ("months", 0), ("unit", 0)],
)
def test_terms_that_cannot_be_are_refused_by_field(field, value):
    with pytest.raises(LoanFault) as fault:
        check(**{field: value})

    assert (fault.value.code, fault.value.where) == ("terms_invalid", field)


def test_draws_must_make_up_the_loan():
    with pytest.raises(LoanFault, match="draws_differ"):
        check(draws=(Draw(date(2002, 10, 20), yen(1)),))


TERMS = st.builds(
    Terms,
    principal=st.integers(1, 10**12).map(yen),
    rate=st.integers(0, 9_999).map(lambda n: Fraction(n, 10_000)),
    starts_on=st.dates(date(1985, 1, 1), date(2030, 12, 31)),
    grace_months=st.integers(0, 150),
    instalments=st.integers(1, 80),
    months=st.integers(1, 12),
    day=st.integers(1, 31),
    unit=st.sampled_from([1, 100, 1000]),
    remainder=st.sampled_from(Remainder),
    rounding=st.sampled_from(Rounding),
)


@given(terms=TERMS)
def test_for_any_terms_the_principals_add_up_and_the_dates_go_on(terms):
    lines = schedule(terms)

    assert total((line.principal for line in lines), JPY) == terms.principal
    assert lines[-1].balance_after == yen(0)
    assert (
        all(line.principal > yen(0) for line in lines if line.instalment) or terms.principal.minor < terms.instalments
    )
    assert all(line.interest >= yen(0) and line.days > 0 for line in lines)
    assert [line.from_on for line in lines[1:]] == [line.due_on for line in lines[:-1]]
    assert (lines[0].from_on, lines[-1].due_on) == (terms.starts_on, terms.last_due_on)


@given(exact=st.fractions(-(10**9), 10**9))
def test_rounding_never_moves_an_amount_by_a_whole_unit(exact):
    down, half, up = (Money.rounded(exact, CNY, r).exact for r in (Rounding.DOWN, Rounding.HALF_UP, Rounding.UP))

    assert abs(down) <= abs(exact) <= abs(up)
    assert abs(up) - abs(down) <= Fraction(1, 100)
    assert abs(half - exact) <= Fraction(1, 200)


def test_money_of_two_currencies_is_not_added_and_half_a_yen_does_not_exist():
    with pytest.raises(LoanFault, match="currencies_differ"):
        yen(1) + Money(1, CNY)
    with pytest.raises(LoanFault, match="not_minor"):
        Money.of("0.5", JPY)
    assert (Money.of("1234.50", CNY).amount, str(yen(-1_000))) == (Decimal("1234.50"), "-1,000 JPY")
