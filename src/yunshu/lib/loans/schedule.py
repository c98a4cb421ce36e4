"""The schedule: what falls due when, if every payment comes on its day. Equal principal, interest on what is left."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from yunshu.lib.loans.money import Money, total
from yunshu.lib.loans.terms import Draw, FeeBase, Remainder, Terms


@dataclass(frozen=True, slots=True)
class Line:
    """One due date. ``instalment`` counts from 1; 0 is a date in the grace period, when only interest is due."""

    instalment: int
    from_on: date
    due_on: date
    balance: Money
    """Principal outstanding before this date's instalment."""
    principal: Money
    interest: Money
    fee: Money

    @property
    def days(self) -> int:
        """Return the days of interest."""
        return (self.due_on - self.from_on).days

    @property
    def amount(self) -> Money:
        """Return everything due."""
        return self.principal + self.interest + self.fee

    @property
    def balance_after(self) -> Money:
        """Return the principal outstanding afterwards."""
        return self.balance - self.principal


def schedule(terms: Terms) -> tuple[Line, ...]:
    """Return every due date from the grace period to the last instalment; the principals add up to the loan exactly."""
    draws = sorted(terms.draws, key=lambda d: d.on) or [Draw(terms.starts_on, terms.principal)]
    parts = iter(principals(terms))
    lines, paid = [], terms.principal.zero
    for index, (from_on, due_on) in due_periods(terms):
        drawn = [d for d in draws if d.on < due_on]
        balance = total((d.amount for d in drawn), terms.principal.currency) - paid
        # balance x days, in the currency's units: a draw within the period bears interest from its own day
        bearing = sum(((d.amount.exact * (due_on - max(d.on, from_on)).days) for d in drawn), start=Fraction(0))
        bearing -= paid.exact * (due_on - from_on).days
        principal = next(parts) if index else terms.principal.zero
        interest = Money.rounded(
            bearing * terms.rate / terms.day_count, terms.principal.currency, rounding=terms.rounding
        )
        lines.append(
            Line(index, from_on, due_on, balance, principal, interest, fee_of(terms, bearing, principal + interest))
        )
        paid += principal
    return tuple(lines)


def fee_of(terms: Terms, bearing: Fraction, payment: Money) -> Money:
    """Return the fee of one date: on balance x days, or on the payment."""
    is_daily = terms.fee.base is FeeBase.BALANCE
    exact = bearing * terms.fee.rate / terms.day_count if is_daily else payment.exact * terms.fee.rate
    return Money.rounded(exact, terms.principal.currency, rounding=terms.rounding)


def principals(terms: Terms) -> tuple[Money, ...]:
    """Return the instalments of principal: equal, cut to ``unit``; the first or the last takes the remainder."""
    count, currency = terms.instalments, terms.principal.currency
    share = terms.principal.minor // count
    equal = share // terms.unit * terms.unit or share
    rest = terms.principal.minor - equal * (count - 1)
    others = [Money(equal, currency)] * (count - 1)
    last = terms.remainder is Remainder.LAST
    return (*others, Money(rest, currency)) if last else (Money(rest, currency), *others)


def due_periods(terms: Terms) -> tuple[tuple[int, tuple[date, date]], ...]:
    """Return (instalment, (from, due)) of every date on which something is due."""
    grace, index = [], -1
    while (due := terms.due_on(index)) > terms.starts_on:
        grace.append(due)
        index -= 1
    dates = [terms.starts_on, *reversed(grace), *(terms.due_on(i) for i in range(terms.instalments))]
    first = len(grace)
    return tuple((max(0, n - first + 1), pair) for n, pair in enumerate(pairwise(dates)))


def level_payment(terms: Terms) -> Fraction:
    """Return the equal total payment a mortgage would have: what this loan is *not*, kept to show the difference.

    P i / (1 - (1 + i)^-n) with i the rate of one period, as ``pmt`` of numpy-financial.
    """
    each, count = terms.rate * terms.months / 12, terms.instalments
    if not each:
        return terms.principal.exact / count
    growth = (1 + each) ** count
    return terms.principal.exact * each * growth / (growth - 1)
