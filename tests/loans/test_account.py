"""The account: on time as scheduled; late, partly, early; and what must hold for any payments."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.loans.sample_terms import CHECK, check, yen

from yunshu.lib.loans import (
    JPY,
    Account,
    Fee,
    ItemState,
    LoanFault,
    Opening,
    Penalty,
    PenaltyBase,
    PrepaymentOrder,
    Receipt,
    schedule,
    total,
)

FIRST, SECOND = date(2003, 4, 20), date(2003, 10, 20)
STRICT = check(penalty=Penalty(Fraction(45, 1000)))


def test_payments_on_their_days_pay_the_schedule_and_end_at_zero():
    account = Account(CHECK)
    for line in schedule(CHECK):
        paid = account.receive(Receipt(line.due_on, line.amount))
        assert (paid.principal, paid.interest, paid.penalty) == (line.principal, line.interest, yen(0))

    standing = account.standing(date(2030, 1, 1))
    assert standing.is_settled
    assert {item.state for item in standing.items} == {ItemState.PAID}


def test_before_anything_is_paid_the_forecast_is_the_schedule():
    items = Account(CHECK).standing(date(2003, 1, 1)).items

    planned = [(line.due_on, line.principal, line.interest) for line in schedule(CHECK)]
    assert [(i.due_on, i.principal, i.interest) for i in items] == planned


def test_a_day_late_bears_interest_on_arrears_and_the_due_day_itself_does_not():
    account = Account(STRICT)

    due_day, next_day = account.standing(FIRST), account.standing(FIRST + timedelta(days=1))
    assert (due_day.penalty, due_day.overdue) == (yen(0), yen(0))
    assert due_day.payable == yen(2_440_000 + 1_246_575)
    assert next_day.penalty == yen(300)  # 2,440,000 x 0.045 / 365 = 300.8
    assert next_day.items[0].state is ItemState.LATE


def test_a_late_payment_pays_arrears_interest_first_then_interest_then_principal():
    account = Account(STRICT)

    paid = account.receive(Receipt(FIRST + timedelta(days=10), yen(1_300_000)))

    assert (paid.penalty, paid.interest, paid.principal) == (yen(3_008), yen(1_246_575), yen(50_417))
    left = account.standing(FIRST + timedelta(days=10)).items[0]
    assert (left.state, left.open_amount) == (ItemState.LATE, yen(2_440_000 - 50_417))


def test_a_payment_in_parts_is_settled_late_by_its_last_part():
    account = Account(CHECK)
    account.receive(Receipt(FIRST, yen(3_000_000)))
    account.receive(Receipt(FIRST + timedelta(days=3), yen(686_575)))

    assert account.standing(SECOND - timedelta(days=1)).items[0].state is ItemState.PAID_LATE


def test_overdue_principal_bears_ordinary_interest_too_unless_the_terms_replace_it():
    on_top = Account(STRICT).standing(SECOND).items[1].interest
    replaced = Account(check(penalty=Penalty(Fraction(45, 1000), replaces=True))).standing(SECOND).items[1].interest

    assert on_top == yen(int(Fraction(100_000_000) * 25 / 1000 * 183 / 365))
    assert replaced == yen(int(Fraction(97_560_000) * 25 / 1000 * 183 / 365))


def test_arrears_interest_may_be_due_on_interest_as_well():
    account = Account(check(penalty=Penalty(Fraction(45, 1000), PenaltyBase.ALL)))

    assert account.standing(FIRST + timedelta(days=10)).penalty == yen(4_545)  # 3,686,575 x 0.045 x 10 / 365


@pytest.mark.parametrize(("order", "shorter"), [("last_first", -1), ("next_first", 1)])
def test_a_prepayment_takes_away_the_tail_or_the_next_as_the_terms_say(order, shorter):
    account = Account(check(prepayment=PrepaymentOrder(order)))
    account.receive(Receipt(FIRST, yen(3_686_575)))

    paid = account.receive(Receipt(FIRST, yen(2_439_000), prepay=True))

    standing = account.standing(FIRST)
    assert (paid.prepaid, standing.balance) == (yen(2_439_000), yen(95_121_000))
    assert standing.items[shorter].principal == yen(0)
    assert standing.items[1].interest == yen(int(Fraction(95_121_000) * 25 / 1000 * 183 / 365))


def test_repaying_everything_early_leaves_the_interest_of_the_running_period():
    account = Account(CHECK)
    account.receive(Receipt(date(2003, 1, 20), yen(100_000_000), prepay=True))

    standing = account.standing(date(2003, 1, 20))

    assert standing.balance == yen(0)
    assert (standing.items[0].amount, standing.items[0].state) == (yen(630_136), ItemState.FUTURE)
    assert {item.state for item in standing.items[1:]} == {ItemState.CANCELLED}
    assert not standing.is_settled


def test_interest_runs_on_after_the_last_due_date():
    account = Account(check(instalments=1))

    standing = account.standing(FIRST + timedelta(days=73))

    assert standing.late_interest == yen(500_000)  # a fifth of a year of 2.5 million
    account.receive(Receipt(FIRST + timedelta(days=73), standing.payable))
    assert account.standing(FIRST + timedelta(days=73)).is_settled


def test_an_account_taken_over_midway_goes_on_as_the_schedule():
    lines = schedule(CHECK)
    account = Account(CHECK, Opening(lines[36].due_on, lines[36].balance_after))

    for line in lines[37:]:
        paid = account.receive(Receipt(line.due_on, line.amount))
        assert (paid.principal, paid.interest) == (line.principal, line.interest)
    assert account.standing(date(2024, 1, 1)).is_settled


def test_an_opening_between_due_dates_bears_the_whole_periods_interest():
    lines = schedule(CHECK)
    account = Account(CHECK, Opening(date(2022, 12, 31), lines[39].balance_after))

    assert account.standing(lines[40].due_on).payable == lines[40].amount


def test_more_taken_over_than_scheduled_is_arrears_and_less_is_prepaid():
    lines = schedule(CHECK)
    on, planned = lines[36].due_on, lines[36].balance_after

    more = Account(CHECK, Opening(on, planned + yen(1_000))).standing(on + timedelta(days=1))
    less = Account(CHECK, Opening(on, planned - yen(1_000))).standing(on + timedelta(days=1))

    assert (more.overdue, less.overdue) == (yen(1_000), yen(0))
    assert less.items[-1].principal == yen(2_438_000)


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (Receipt(FIRST, yen(3_686_576)), "overpaid"),
        (Receipt(date(2003, 3, 1), yen(1)), "overpaid"),
        (Receipt(FIRST, yen(0)), "amount_invalid"),
        (Receipt(date(2002, 10, 19), yen(1)), "out_of_order"),
        (Receipt(FIRST, yen(200_000_000), prepay=True), "overpaid"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(receipt, code):
    with pytest.raises(LoanFault) as fault:
        Account(CHECK).receive(receipt)

    assert fault.value.code == code


STEPS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60_000_000), st.booleans()), max_size=25)
PENALTIES = st.builds(
    Penalty,
    rate=st.sampled_from([Fraction(0), Fraction(45, 1000)]),
    base=st.sampled_from(PenaltyBase),
    replaces=st.booleans(),
)


@given(steps=STEPS, penalty=PENALTIES, order=st.sampled_from(PrepaymentOrder))
def test_for_any_payments_nothing_is_lost_and_paying_what_is_payable_settles(steps, penalty, order):
    terms = check(instalments=8, penalty=penalty, prepayment=order, fee=Fee(Fraction(1, 1000)))
    account, on, reduced = Account(terms), terms.starts_on, yen(0)
    for days, amount, prepay in steps:
        on += timedelta(days=days)
        standing = account.standing(on)
        most = standing.payable + (standing.balance if prepay else yen(0))
        received = min(yen(amount), standing.payable if not prepay else most)
        ahead = total((i.principal for i in standing.items if i.state is ItemState.FUTURE and i.due_on > on), JPY)
        received = min(received, standing.payable + (ahead if prepay else yen(0)))
        if received:
            paid = account.receive(Receipt(on, received, prepay=prepay))
            assert paid.penalty + paid.fee + paid.interest + paid.principal + paid.prepaid == received
            reduced += paid.reduction
        assert account.standing(on).balance == terms.principal - reduced
    end = max(on, terms.last_due_on)
    if payable := account.standing(end).payable:
        account.receive(Receipt(end, payable))
    assert account.standing(end).is_settled
