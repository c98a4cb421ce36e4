"""The terms of a loan, as data. Every convention that a contract may choose is a field here, none is in the arithmetic.

Where the defaults come from: equal principal, semi-annual, on the 20th, in yen and out: JICA's note on the terms of
Japanese ODA loans (2015). Actual/365, whole yen cut off, the first instalment takes the remainder, instalments in
whole thousands of yen, prepayments shorten the tail, interest on arrears beside the ordinary one: what officials
recall of the loan agreements, not verified against a signed one; correct them in the data.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from fractions import Fraction

from yunshu.lib.loans.errors import LoanFault
from yunshu.lib.loans.money import Money, Rounding, total

MOST_INSTALMENTS = 600


class DayCount(IntEnum):
    """Actual days over this many days in a year."""

    ACT_365 = 365
    ACT_360 = 360


class Remainder(StrEnum):
    """Which instalment takes what equal instalments leave."""

    FIRST = "first"
    LAST = "last"


class PrepaymentOrder(StrEnum):
    """Which instalments a prepayment takes away."""

    LAST_FIRST = "last_first"
    """From the end: the loan ends earlier."""
    NEXT_FIRST = "next_first"
    """From the next one on."""


class FeeBase(StrEnum):
    """What a fee is a share of."""

    BALANCE = "balance"
    """A yearly rate on the principal outstanding, day by day, as interest."""
    PAYMENT = "payment"
    """A share of each payment of principal and interest."""


class PenaltyBase(StrEnum):
    """What interest on arrears is reckoned on."""

    PRINCIPAL = "principal"
    ALL = "all"
    """Principal, interest and fee that are overdue."""


@dataclass(frozen=True, slots=True)
class Fee:
    """A lender's fee for lending on."""

    rate: Fraction
    base: FeeBase = FeeBase.BALANCE


@dataclass(frozen=True, slots=True)
class Penalty:
    """Interest on arrears per year; ``replaces`` says that overdue principal then bears no ordinary interest."""

    rate: Fraction
    base: PenaltyBase = PenaltyBase.PRINCIPAL
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """Money drawn from the loan."""

    on: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed. ``rate`` is per year as a share: 2.5 % is ``Fraction(25, 1000)``.

    Interest runs from ``starts_on``; principal is first due on the first ``day`` of a month that lies ``grace_months``
    or more after it, then every ``months`` months, ``instalments`` times. ``unit`` is the multiple equal instalments
    are cut to. Raises LoanFault naming the field.
    """

    principal: Money
    rate: Fraction
    starts_on: date
    grace_months: int
    instalments: int
    months: int = 6
    day: int = 20
    day_count: DayCount = DayCount.ACT_365
    unit: int = 1000
    remainder: Remainder = Remainder.FIRST
    rounding: Rounding = Rounding.DOWN
    fee: Fee = Fee(Fraction(0))
    penalty: Penalty = Penalty(Fraction(0))
    prepayment: PrepaymentOrder = PrepaymentOrder.LAST_FIRST
    draws: Sequence[Draw] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        wrong = {
            "principal": self.principal.minor <= 0,
            "rate": not 0 <= self.rate < 1,
            "fee": not 0 <= self.fee.rate < 1,
            "penalty": not 0 <= self.penalty.rate < 1,
            "grace_months": not 0 <= self.grace_months <= MOST_INSTALMENTS,
            "instalments": not 1 <= self.instalments <= MOST_INSTALMENTS,
            "months": not 1 <= self.months <= 12,
            "day": not 1 <= self.day <= 31,
            "unit": self.unit < 1,
        }
        for where, is_wrong in wrong.items():
            if is_wrong:
                raise LoanFault("terms_invalid", where)
        if self.draws and total((d.amount for d in self.draws), self.principal.currency) != self.principal:
            raise LoanFault("draws_differ", "draws")
        if any(d.amount.minor <= 0 or not self.starts_on <= d.on < self.first_due_on for d in self.draws):
            raise LoanFault("draws_outside", "draws")

    @property
    def first_due_on(self) -> date:
        """Return when the first instalment of principal is due."""
        earliest = plus_months(self.starts_on, self.grace_months, self.starts_on.day)
        due = plus_months(earliest, 0, self.day)
        return due if due >= earliest and due > self.starts_on else plus_months(earliest, 1, self.day)

    @property
    def last_due_on(self) -> date:
        """Return when the last instalment is due."""
        return self.due_on(self.instalments - 1)

    def due_on(self, index: int) -> date:
        """Return the due date of instalment ``index`` (0 the first; negative ones fall in the grace period)."""
        return plus_months(self.first_due_on, index * self.months, self.day)


def plus_months(on: date, months: int, day: int) -> date:
    """Return ``day`` of the month ``months`` after ``on``, or that month's last day if it is shorter."""
    count = on.year * 12 + on.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))
