"""Variance, reserve, chain and tail."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.loans.sample_terms import CHECK, check, yen

from yunshu.lib.loans import (
    CNY,
    Account,
    Blocker,
    Link,
    LoanFault,
    Money,
    Observation,
    Opening,
    Position,
    Quote,
    Receipt,
    faults,
    gaps,
    moves,
    propose,
    quantile,
    schedule,
    tail,
    variance,
)


def at(rate: str) -> Quote:
    return Quote(Decimal(rate))


def test_a_variance_is_split_in_volume_at_the_budget_rate_and_rate_on_what_was_paid():
    split = variance(yen(2_000_000), at("5"), yen(2_100_000), Money.of("115500", CNY))

    assert (split.budget.amount, split.volume.amount, split.rate.amount) == (100_000, 5_000, Decimal("10500.00"))
    assert split.whole == split.volume + split.rate


@given(
    planned=st.integers(0, 10**9).map(yen),
    paid=st.integers(0, 10**9).map(yen),
    rate=st.integers(1, 10**6),
    cost=st.integers(0, 10**10).map(lambda n: Money(n, CNY)),
)
def test_for_any_figures_the_parts_make_the_whole(planned, paid, rate, cost):
    split = variance(planned, Quote(Decimal(rate).scaleb(-4)), paid, cost)

    assert split.budget + split.volume + split.rate == cost


def _history(rates: list[int], start: date = date(2020, 1, 31), days: int = 30) -> list[Observation]:
    dates = (start + timedelta(days=days * n) for n in count())
    return [Observation(on, Quote(Decimal(rate).scaleb(-2))) for on, rate in zip(dates, rates, strict=False)]


def test_moves_look_half_a_year_ahead_and_never_guess():
    history = _history([500] * 6 + [550] * 6)

    assert moves(history)[:2] == (Fraction(1, 10), Fraction(1, 10))
    assert len(moves(history)) < len(history)
    assert moves(_history([500, 510], days=400)) == ()


@given(values=st.lists(st.fractions(-1, 1), min_size=1, max_size=60), share=st.fractions(0.01, 1))
def test_the_quantile_is_a_move_that_was_seen(values, share):
    found = quantile(values, share)

    oracle = numpy.quantile([float(v) for v in values], float(share), method="inverted_cdf")
    assert found in values
    assert sum(v <= found for v in values) >= len(values) * share
    assert float(found) >= oracle - 1e-12


def test_a_reserve_covers_the_rise_not_exceeded_in_95_of_100_moves():
    history = _history([500 + n for n in range(40)])

    proposal = propose(yen(10_000_000), at("5.4"), CNY, history)

    assert proposal.moves == len(moves(history))
    assert proposal.move == quantile(moves(history), Fraction(95, 100))
    assert proposal.amount.exact >= 540_000 * proposal.move > proposal.amount.exact - Fraction(1, 100)


def test_a_rate_that_only_fell_needs_no_reserve_and_a_short_history_gives_none():
    assert propose(yen(10_000_000), at("5.4"), CNY, _history([900 - n for n in range(40)])).amount.minor == 0
    with pytest.raises(LoanFault, match="history_short"):
        propose(yen(1), at("5"), CNY, _history([500] * 12))


def _chain(**lower):
    return [
        Link("财政部", "省", check(day=20)),
        Link("省", "市", check(**({"day": 10, "starts_on": date(2002, 10, 10)} | lower))),
    ]


def test_a_chain_in_which_each_collects_before_it_pays_is_sound():
    upper, lower = _chain()

    assert faults([upper, lower]) == ()
    assert {gap.short.minor for gap in gaps(upper, lower)[::2]} == {0}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"day": 25, "starts_on": date(2002, 10, 20)}, "late"),
        ({"principal": yen(100_000_001)}, "more_lent_on"),
        ({"instalments": 42}, "outlasts"),
    ],
)
def test_links_that_do_not_fit_are_named(changes, code):
    assert code in {fault.code for fault in faults(_chain(**changes))}


def test_a_link_between_strangers_is_broken_and_a_cheaper_loan_leaves_a_gap():
    upper, lower = _chain(rate=Fraction(1, 100))

    assert [fault.code for fault in faults([upper, replace(lower, lender="别处")])] == ["broken"]
    assert gaps(upper, lower)[-1].short > yen(10_000_000)


def test_the_tail_of_a_loan_and_when_it_may_be_closed():
    lines = schedule(CHECK)
    opening = lines[37]
    account = Account(CHECK, Opening(opening.due_on, opening.balance_after))
    position = Position.opened(opening.balance_after, at("5"), CNY)

    left = tail(account.standing(opening.due_on), position)
    assert [len(left.items), left.principal] == [3, yen(7_317_000)]
    assert left.blockers == (Blocker.BALANCE, Blocker.CARRYING)

    for line in lines[38:]:
        account.receive(Receipt(line.due_on, line.amount))
        position, _gain = position.paid(line.principal, at("4.9").value_of(line.principal, CNY))
    assert tail(account.standing(lines[-1].due_on), position).may_close
    assert tail(account.standing(lines[-1].due_on), position).items == ()
