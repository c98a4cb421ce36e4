"""The account: real payments against the schedule. Late, partly, early: what each pays, and what is owed afterwards.

A payment pays interest on arrears first, then, due date by due date, fee, interest and principal; what is left is a
prepayment, if it is meant as one. Days count from the due date, exclusive, to the day of payment, inclusive.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from yunshu.lib.loans.errors import LoanFault
from yunshu.lib.loans.money import Money, total
from yunshu.lib.loans.schedule import due_periods, principals
from yunshu.lib.loans.terms import Draw, FeeBase, PenaltyBase, PrepaymentOrder, Terms


class ItemState(StrEnum):
    """Where a due date stands."""

    BEFORE = "before"
    """It lies before the account was taken over."""
    FUTURE = "future"
    """Not due before the day asked about, and not paid."""
    LATE = "late"
    PAID = "paid"
    PAID_LATE = "paid_late"
    CANCELLED = "cancelled"
    """Prepayments left nothing to pay."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An account taken over midway: the principal outstanding on a day, all that fell due earlier being settled."""

    on: date
    balance: Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money paid. ``prepay``: what exceeds the amount due is meant to repay principal early."""

    on: date
    amount: Money
    prepay: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What a payment paid of one due date."""

    instalment: int
    due_on: date
    fee: Money
    interest: Money
    principal: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a payment was for; the five amounts add up to it."""

    receipt: Receipt
    penalty: Money
    fee: Money
    interest: Money
    principal: Money
    prepaid: Money
    parts: tuple[Part, ...]

    @property
    def reduction(self) -> Money:
        """Return by how much the principal outstanding went down."""
        return self.principal + self.prepaid


@dataclass(frozen=True, slots=True)
class Item:
    """One due date as it stands. Interest and fee of a date to come are a forecast: nothing late, nothing early."""

    instalment: int
    from_on: date
    due_on: date
    principal: Money
    interest: Money
    fee: Money
    paid: Money
    settled_on: date | None
    state: ItemState

    @property
    def amount(self) -> Money:
        """Return everything due on the date."""
        return self.principal + self.interest + self.fee

    @property
    def open_amount(self) -> Money:
        """Return what is left to pay; nothing of what lies before the takeover."""
        return self.amount.zero if self.state is ItemState.BEFORE else self.amount - self.paid


@dataclass(frozen=True, slots=True)
class Standing:
    """The account on a day."""

    as_of: date
    items: tuple[Item, ...]
    balance: Money
    """Principal outstanding, overdue or not."""
    overdue: Money
    """Principal, interest and fee of dates that have passed."""
    penalty: Money
    """Interest on arrears payable now."""
    late_interest: Money
    """Ordinary interest and fee that ran on after the last due date."""

    @property
    def payable(self) -> Money:
        """Return what would settle everything due up to this day, this day's instalment included."""
        today = (i.open_amount for i in self.items if i.due_on == self.as_of)
        return self.overdue + self.penalty + self.late_interest + total(today, self.balance.currency)

    @property
    def next_due(self) -> Item | None:
        """Return the next date on which something is due, from this day on."""
        return next((i for i in self.items if i.state is ItemState.FUTURE), None)

    @property
    def is_settled(self) -> bool:
        """Nothing is owed any more."""
        return not (self.balance or self.payable or any(i.open_amount for i in self.items))


@dataclass(slots=True)
class _Owed:
    """A due date while the account runs. ``interest`` and ``fee`` are known when it falls due."""

    instalment: int
    from_on: date
    due_on: date
    principal: Money
    interest: Money
    fee: Money
    paid_principal: Money
    paid_interest: Money
    paid_fee: Money
    is_due: bool = False
    is_before: bool = False
    settled_on: date | None = None

    @property
    def open_principal(self) -> Money:
        return self.principal - self.paid_principal

    @property
    def open_cost(self) -> Money:
        return self.interest - self.paid_interest + self.fee - self.paid_fee

    @property
    def is_open(self) -> bool:
        return bool(self.open_principal or self.open_cost)


@dataclass(slots=True)
class Account:
    """An account under ``terms``; payments come in the order of their dates. Start with ``receive`` or ``standing``."""

    terms: Terms
    opening: Opening | None = None
    at: date = field(init=False)
    balance: Money = field(init=False)
    _owed: list[_Owed] = field(init=False)
    _draws: list[Draw] = field(init=False, default_factory=list)
    _interest: Fraction = field(init=False, default=Fraction(0))
    _fee: Fraction = field(init=False, default=Fraction(0))
    _penalty: Fraction = field(init=False, default=Fraction(0))
    _penalty_paid: Money = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the terms, or in the middle with the opening."""
        terms, none = self.terms, self.terms.principal.zero
        parts = iter(principals(terms))
        self._penalty_paid = self.balance = none
        self._owed = [
            _Owed(index, *period, next(parts) if index else none, none, none, none, none, none)
            for index, period in due_periods(terms)
        ]
        self.at = terms.starts_on
        if self.opening:
            self._take_over(self.opening)
        else:
            self._draws = sorted(terms.draws, key=lambda d: d.on) or [Draw(terms.starts_on, terms.principal)]
            self._draw()

    def _take_over(self, opening: Opening) -> None:
        if opening.balance.minor < 0 or opening.balance > self.terms.principal:
            raise LoanFault("opening_invalid", "balance")
        if opening.on < self.terms.starts_on:
            raise LoanFault("opening_invalid", "on")
        for owed in self._owed:
            owed.is_before = owed.due_on <= opening.on
        self.balance = opening.balance
        ahead = [o for o in self._owed if not o.is_before]
        more = opening.balance - total((o.principal for o in ahead), opening.balance.currency)
        none = opening.balance.zero
        if more > none:
            late = _Owed(0, opening.on, opening.on, more, none, none, none, none, none, is_due=True)
            self._owed.insert(len(self._owed) - len(ahead), late)
        else:
            self._take_away(-more)
        passed = [o.due_on for o in self._owed if o.is_before]
        self.at = max(passed, default=self.terms.starts_on)
        self._accrue(opening.on)
        self._penalty = Fraction(0)

    def receive(self, receipt: Receipt) -> Allocation:
        """Apply a payment and say what it paid.

        Raises LoanFault: ``amount_invalid``, ``out_of_order`` (before the last payment or the beginning),
        ``overpaid`` (``detail`` says by how much). A refused payment leaves the account on its day; begin anew.
        """
        if receipt.amount.minor <= 0:
            raise LoanFault("amount_invalid", "amount")
        if receipt.on < self.at:
            raise LoanFault("out_of_order", "on", self.at.isoformat())
        self._advance(receipt.on)
        none = left = receipt.amount
        none = none.zero
        most = self._payable() + (self._ahead() if receipt.prepay else none)
        if left > most:
            raise LoanFault("overpaid", "amount", str((left - most).amount))
        penalty = min(left, self._penalty_due())
        self._penalty_paid += penalty
        fee, interest = self._pay_late_cost(left - penalty)
        left -= penalty + fee + interest
        parts: list[Part] = []
        for owed in self._owed:
            if owed.is_due and owed.is_open and left:
                parts.append(part := _pay(owed, left, receipt.on))
                left -= part.fee + part.interest + part.principal
        principal = total((p.principal for p in parts), none.currency)
        self._take_away(left)
        self.balance -= principal + left
        fee += total((p.fee for p in parts), none.currency)
        interest += total((p.interest for p in parts), none.currency)
        return Allocation(receipt, penalty, fee, interest, principal, left, tuple(parts))

    def standing(self, as_of: date) -> Standing:
        """Return the account on a day that is not before the last payment (LoanFault ``out_of_order``)."""
        if as_of < self.at:
            raise LoanFault("out_of_order", "on", self.at.isoformat())
        now = deepcopy(self)
        now._advance(as_of)
        fee, interest = now._late_cost()
        late = (o.open_principal + o.open_cost for o in now._owed if o.is_due and o.due_on < as_of)
        overdue, penalty, balance = total(late, now.balance.currency), now._penalty_due(), now.balance
        forecast = now._forecast()
        items = tuple(_item(o, f, as_of) for o, f in zip(now._owed, forecast, strict=True))
        return Standing(as_of, items, balance, overdue, penalty, fee + interest)

    def _forecast(self) -> list[_Owed]:
        """Return every date as it would fall due if all arrears were paid now and nothing came late or early again."""
        then = deepcopy(self)
        if payable := then._payable():
            then.receive(Receipt(then.at, payable))
        for owed in then._owed:
            if not (owed.is_due or owed.is_before):
                then._advance(owed.due_on)
                if payable := then._payable():
                    then.receive(Receipt(then.at, payable))
        return then._owed

    def _advance(self, to: date) -> None:
        while self.at < to:
            dates = [o.due_on for o in self._owed if not (o.is_due or o.is_before)] + [d.on for d in self._draws]
            self._accrue(min([to, *(d for d in dates if d > self.at)]))
            self._fall_due()
            self._draw()

    def _accrue(self, to: date) -> None:
        days, terms = (to - self.at).days, self.terms
        late = [o for o in self._owed if o.is_due and o.is_open]
        overdue = sum((o.open_principal.exact for o in late), start=Fraction(0))
        costs = sum((o.open_cost.exact for o in late), start=Fraction(0))
        bearing = self.balance.exact - (overdue if terms.penalty.replaces else 0)
        arrears = overdue + (costs if terms.penalty.base is PenaltyBase.ALL else 0)
        self._interest += bearing * days * terms.rate / terms.day_count
        if terms.fee.base is FeeBase.BALANCE:
            self._fee += bearing * days * terms.fee.rate / terms.day_count
        self._penalty += arrears * days * terms.penalty.rate / terms.day_count
        self.at = to

    def _fall_due(self) -> None:
        for owed in self._owed:
            if owed.due_on == self.at and not (owed.is_due or owed.is_before):
                owed.interest, owed.is_due = self._whole(self._interest), True
                owed.fee = self._whole(self._fee)
                if self.terms.fee.base is FeeBase.PAYMENT:
                    owed.fee = self._whole((owed.principal + owed.interest).exact * self.terms.fee.rate)
                self._interest = self._fee = Fraction(0)

    def _draw(self) -> None:
        while self._draws and self._draws[0].on <= self.at:
            self.balance += self._draws.pop(0).amount

    def _whole(self, exact: Fraction) -> Money:
        return Money.rounded(exact, self.balance.currency, self.terms.rounding)

    def _penalty_due(self) -> Money:
        return self._whole(self._penalty) - self._penalty_paid

    def _late_cost(self) -> tuple[Money, Money]:
        """Return the fee and the interest that ran on after the last due date: payable at any time."""
        if any(not (o.is_due or o.is_before) for o in self._owed):
            return self.balance.zero, self.balance.zero
        return self._whole(self._fee), self._whole(self._interest)

    def _pay_late_cost(self, left: Money) -> tuple[Money, Money]:
        due_fee, due_interest = self._late_cost()
        fee = min(left, due_fee)
        interest = min(left - fee, due_interest)
        self._fee -= fee.exact
        self._interest -= interest.exact
        return fee, interest

    def _payable(self) -> Money:
        fee, interest = self._late_cost()
        due = (o.open_principal + o.open_cost for o in self._owed if o.is_due)
        return self._penalty_due() + fee + interest + total(due, self.balance.currency)

    def _ahead(self) -> Money:
        """Return the principal that could be prepaid: outstanding, and not due yet."""
        return self.balance - total((o.open_principal for o in self._owed if o.is_due), self.balance.currency)

    def _take_away(self, prepaid: Money) -> None:
        ahead = [o for o in self._owed if not (o.is_due or o.is_before)]
        for owed in reversed(ahead) if self.terms.prepayment is PrepaymentOrder.LAST_FIRST else ahead:
            part = min(prepaid, owed.principal)
            owed.principal -= part
            prepaid -= part


def _pay(owed: _Owed, left: Money, on: date) -> Part:
    fee = min(left, owed.fee - owed.paid_fee)
    interest = min(left - fee, owed.interest - owed.paid_interest)
    principal = min(left - fee - interest, owed.open_principal)
    owed.paid_fee += fee
    owed.paid_interest += interest
    owed.paid_principal += principal
    owed.settled_on = None if owed.is_open else on
    return Part(owed.instalment, owed.due_on, fee, interest, principal)


def _item(owed: _Owed, forecast: _Owed, as_of: date) -> Item:
    shown = owed if owed.is_due else forecast
    state = ItemState.FUTURE
    if owed.is_before:
        state = ItemState.BEFORE
    elif owed.settled_on:
        state = ItemState.PAID_LATE if owed.settled_on > owed.due_on else ItemState.PAID
    elif not (shown.principal or shown.interest or shown.fee):
        state = ItemState.CANCELLED
    elif owed.is_due and owed.due_on < as_of:
        state = ItemState.LATE
    paid = owed.paid_fee + owed.paid_interest + owed.paid_principal
    return Item(
        owed.instalment,
        owed.from_on,
        owed.due_on,
        shown.principal,
        shown.interest,
        shown.fee,
        paid,
        owed.settled_on,
        state,
    )
