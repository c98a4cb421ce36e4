"""Lending on: ministry of finance, province, city, unit. Each link has terms of its own; each must collect before it pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from yunshu.lib.loans.money import Money
from yunshu.lib.loans.schedule import schedule
from yunshu.lib.loans.terms import Terms


@dataclass(frozen=True, slots=True)
class Link:
    """``lender`` lends to ``borrower``. Links run from the source of the money to the unit that spends it."""

    lender: str
    borrower: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Two neighbouring links that do not fit; ``where`` is the place of the lower one, from 0."""

    where: int
    code: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What the middle hand of two links has received and paid by a date, since the beginning."""

    on: date
    received: Money
    paid: Money

    @property
    def short(self) -> Money:
        """Return what the middle hand must advance; zero if it has received enough."""
        return max(self.paid - self.received, self.paid.zero)


def faults(links: Sequence[Link]) -> tuple[ChainFault, ...]:
    """Return what does not fit between neighbours.

    ``broken``: the upper one's borrower is not the lower one's lender; ``currency``; ``more_lent_on``: more than was
    borrowed; ``late``: the lower one falls due after the upper one; ``outlasts``: it ends after it.
    """
    found: list[ChainFault] = []
    for where, (upper, lower) in enumerate(pairwise(links), start=1):
        above, below = upper.terms, lower.terms
        is_same = above.principal.currency == below.principal.currency
        checks = {
            "broken": upper.borrower != lower.lender,
            "currency": not is_same,
            "more_lent_on": is_same and below.principal > above.principal,
            "late": below.first_due_on > above.first_due_on or below.day > above.day,
            "outlasts": below.last_due_on > above.last_due_on,
        }
        found.extend(ChainFault(where, code) for code, is_wrong in checks.items() if is_wrong)
    return tuple(found)


def gaps(upper: Link, lower: Link) -> tuple[Gap, ...]:
    """Return, for each due date of either, what the hand between them has received from below and paid above."""
    incoming, outgoing = schedule(lower.terms), schedule(upper.terms)
    received = paid = lower.terms.principal.zero
    found = []
    for on in sorted({line.due_on for line in (*incoming, *outgoing)}):
        received = sum((line.amount for line in incoming if line.due_on == on), start=received)
        paid = sum((line.amount for line in outgoing if line.due_on == on), start=paid)
        found.append(Gap(on, received, paid))
    return tuple(found)
