"""A debt in foreign currency, carried in home currency. The carrying rate is the last revalued rate.

    unrealised = carrying amount before a revaluation - balance at the new rate
    realised   = carrying amount of the principal paid - what it cost
    opening + drawn - paid - realised - unrealised = closing, to the minor unit, in any order of revaluations and payments

Positive differences are gains of the debtor. A payment is measured against the *last revalued* rate, never against the
rate at which the debt arose: otherwise a difference booked by a revaluation is booked a second time by the payment
(erpnext issues 56648, 43327, 31888).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from yunshu.lib.loans.errors import LoanFault
from yunshu.lib.loans.money import Currency, Money


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate as it is published: ``rate`` of home currency for ``per`` units of the foreign one (100 yen)."""

    rate: Decimal
    per: int = 100
    on: date | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not a rate."""
        if not self.rate.is_finite() or self.rate <= 0 or self.per < 1:
            raise LoanFault("rate_invalid", "rate", str(self.rate))

    @property
    def unit(self) -> Fraction:
        """Return the home currency's price of one unit."""
        return Fraction(self.rate) / self.per

    def value_of(self, foreign: Money, home: Currency) -> Money:
        """Return an amount in home currency, rounded as the home currency is."""
        return Money.rounded(foreign.exact * self.unit, home)


@dataclass(frozen=True, slots=True)
class Position:
    """A foreign balance and the amount in home currency at which the books carry it."""

    balance: Money
    carrying: Money
    rate: Fraction
    """The carrying rate: home currency for one unit; that of the last revaluation, or of the opening."""

    @classmethod
    def opened(cls, balance: Money, quote: Quote, home: Currency) -> Position:
        """Return a debt as it begins, at ``quote``."""
        return cls(balance, quote.value_of(balance, home), quote.unit)

    def drawn(self, amount: Money, quote: Quote) -> Position:
        """Return the debt after a further draw at ``quote``: carried at the average of both."""
        balance, carrying = self.balance + amount, self.carrying + quote.value_of(amount, self.carrying.currency)
        return Position(balance, carrying, carrying.exact / balance.exact)

    def revalued(self, quote: Quote) -> tuple[Position, Money]:
        """Return the debt at a new rate, and the unrealised difference."""
        carrying = quote.value_of(self.balance, self.carrying.currency)
        return Position(self.balance, carrying, quote.unit), self.carrying - carrying

    def paid(self, principal: Money, cost: Money) -> tuple[Position, Money]:
        """Return the debt after ``principal`` was repaid for ``cost`` in home currency, and the realised difference.

        Raises LoanFault (``overpaid``) if more is repaid than owed.
        """
        if principal.minor < 0 or principal > self.balance:
            raise LoanFault("overpaid", "principal")
        left = self.balance - principal
        # what stays is valued, what goes is the difference: the balance ends at zero with nothing left in the books
        carrying = Money.rounded(left.exact * self.rate, self.carrying.currency)
        return Position(left, carrying, self.rate), self.carrying - carrying - cost


@dataclass(slots=True)
class Book:
    """A position and the sums of what happened to it since it was opened."""

    position: Position
    opening: Money = field(init=False)
    drawn: Money = field(init=False)
    paid: Money = field(init=False)
    realised: Money = field(init=False)
    unrealised: Money = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the position as it is."""
        self.opening = self.position.carrying
        self.drawn = self.paid = self.realised = self.unrealised = self.opening.zero

    def draw(self, amount: Money, quote: Quote) -> None:
        """Book a further draw."""
        before, self.position = self.position.carrying, self.position.drawn(amount, quote)
        self.drawn += self.position.carrying - before

    def revalue(self, quote: Quote) -> Money:
        """Book a revaluation; return its unrealised difference."""
        self.position, difference = self.position.revalued(quote)
        self.unrealised += difference
        return difference

    def pay(self, principal: Money, cost: Money) -> Money:
        """Book a repayment of principal; return its realised difference."""
        self.position, difference = self.position.paid(principal, cost)
        self.paid += cost
        self.realised += difference
        return difference

    @property
    def is_balanced(self) -> bool:
        """The identity holds."""
        return self.opening + self.drawn - self.paid - self.realised - self.unrealised == self.position.carrying
