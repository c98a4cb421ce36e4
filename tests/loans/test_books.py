"""The books in home currency: the identity to the fen, and the bug of others as a regression test."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.loans.sample_terms import CHECK, yen

from yunshu.lib.loans import CNY, Book, Currency, LoanFault, Money, Position, Quote, Rounding, schedule

USD, INR = Currency("USD", 2, Rounding.HALF_UP), Currency("INR", 2, Rounding.HALF_UP)


def fen(amount: str) -> Money:
    return Money.of(amount, CNY)


def at(rate: str) -> Quote:
    return Quote(Decimal(rate))


def test_erpnext_56648_a_payment_is_measured_against_the_last_revalued_rate():
    """USD 388 at 94.39, revalued at 93.9325 (177.51 booked), paid at 94.125: only the rest is realised."""
    bill = Money.of("388", USD)
    book = Book(Position.opened(bill, Quote(Decimal("94.39"), 1), INR))
    spot = Quote(Decimal("94.125"), 1)

    booked = book.revalue(Quote(Decimal("93.9325"), 1))
    realised = book.pay(bill, spot.value_of(bill, INR))

    assert booked == Money.of("177.51", INR)
    assert realised == Money.of("-74.69", INR)  # 388 x (93.9325 - 94.125); from the first rate it would be +102.82
    assert booked + realised == Money.of("102.82", INR)
    assert (book.position.carrying.minor, book.is_balanced) == (0, True)


def test_without_a_revaluation_the_difference_is_that_of_the_two_rates():
    book = Book(Position.opened(yen(10_000_000), at("5.2"), CNY))

    assert book.pay(yen(4_000_000), at("5").value_of(yen(4_000_000), CNY)) == fen("8000")
    assert book.position.carrying == fen("312000")


def test_revaluing_twice_at_the_same_rate_books_nothing_the_second_time():
    book = Book(Position.opened(yen(2_439_000), at("5.2"), CNY))

    assert book.revalue(at("4.9")) == fen("7317")
    assert book.revalue(at("4.9")) == fen("0")


def test_a_further_draw_is_carried_at_the_average():
    book = Book(Position.opened(yen(1_000_000), at("5"), CNY))
    book.draw(yen(1_000_000), at("6"))

    assert (book.position.carrying, book.position.rate) == (fen("110000"), Fraction(55, 1000))
    assert book.is_balanced


@pytest.mark.parametrize("rate", ["0", "-5", "NaN", "Infinity"])
def test_what_is_not_a_rate_is_refused(rate):
    with pytest.raises(LoanFault, match="rate_invalid"):
        at(rate)


def test_more_than_the_balance_is_not_repaid():
    with pytest.raises(LoanFault, match="overpaid"):
        Position.opened(yen(1), at("5"), CNY).paid(yen(2), fen("0.1"))


RATES = st.integers(30_000, 90_000).map(lambda n: Quote(Decimal(n).scaleb(-4)))
STEPS = st.lists(st.one_of(st.tuples(st.just("revalue"), RATES), st.tuples(st.just("pay"), RATES)), max_size=120)


def _hold_identity(first: Quote, steps: list[tuple[str, Quote]]) -> None:
    """Walk through 41 instalments with revaluations anywhere; check every figure against exact arithmetic."""
    lines = iter(schedule(CHECK))
    book = Book(Position.opened(CHECK.principal, first, CNY))
    carrying_rate, balance, exact_gain, roundings = first.unit, CHECK.principal.exact, Fraction(0), 1
    for kind, quote in [*steps, *[("pay", first)] * 41]:
        if kind == "revalue":
            exact_gain += balance * (carrying_rate - quote.unit)
            carrying_rate = quote.unit
            book.revalue(quote)
        elif line := next(lines, None):
            exact_gain += line.principal.exact * (carrying_rate - quote.unit)
            balance -= line.principal.exact
            book.pay(line.principal, quote.value_of(line.principal, CNY))
        roundings += 1
        assert book.is_balanced
        assert book.position.carrying == Money.rounded(balance * carrying_rate, CNY)
        assert abs((book.realised + book.unrealised).exact - exact_gain) <= Fraction(roundings, 200)
    assert (book.position.balance.minor, book.position.carrying.minor) == (0, 0)
    assert book.opening - book.paid == book.realised + book.unrealised


@given(first=RATES, steps=STEPS)
@settings(max_examples=40)
def test_the_identity_holds_to_the_fen_for_any_order_of_revaluations_and_payments(first, steps):
    _hold_identity(first, steps)


@pytest.mark.slow
@given(first=RATES, steps=STEPS)
@settings(max_examples=600)
def test_the_identity_holds_in_many_histories(first, steps):
    _hold_identity(first, steps)


def test_a_revaluation_every_day_of_the_tail_changes_nothing_in_the_end():
    lines = schedule(CHECK)[36:]
    quiet, busy = (Book(Position.opened(lines[0].balance, at("5.5"), CNY)) for _ in range(2))
    for day in range(900):
        busy.revalue(at(str(Decimal("5.5") + Decimal(day % 97).scaleb(-3))))
    for line in lines:
        cost = at("4.8123").value_of(line.principal, CNY)
        quiet.pay(line.principal, cost)
        busy.pay(line.principal, cost)

    assert date(2023, 4, 20) == lines[-1].due_on
    assert quiet.realised + quiet.unrealised == busy.realised + busy.unrealised
