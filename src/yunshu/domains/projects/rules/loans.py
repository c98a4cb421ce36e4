"""Decisions about a loan's account: which entries are in force, what was due and kept in a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from yunshu.lib.loans import CNY, Item, ItemState, Money, Standing, Terms

MOST_STALE_DAYS = 10
"""A rate older than this is not the rate of a day: the longest holidays (Spring Festival) close the market for nine days."""
IMPLAUSIBLE = Fraction(1, 4)
"""Further than this from the last published rate, a repayment's own rate is taken for a slip (per 1 instead of per 100, 万元)."""


class Entered(Protocol):
    """What this module asks of an entry."""

    @property
    def pk(self) -> int:
        """Its key."""

    @property
    def kind(self) -> str:
        """Opening, revaluation, repayment or reversal."""

    @property
    def reverses_id(self) -> int | None:
        """Which entry it undoes."""


Entry = TypeVar("Entry", bound=Entered)


def in_force(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that no reversal has undone, in their order; reversals themselves are left out."""
    rows = list(entries)
    undone = {row.reverses_id for row in rows}
    return [row for row in rows if row.kind != "reverse" and row.pk not in undone]


@dataclass(frozen=True)
class Punctuality:
    """What fell due in a period, and what of it was paid on its day or before."""

    due: tuple[Item, ...]
    kept: tuple[Item, ...]


def punctuality(standing: Standing, first: date, last: date) -> Punctuality:
    """Return which dates from ``first`` to ``last`` that have passed were kept; today's counts once it is paid."""
    passed = [
        item
        for item in standing.items
        if first <= item.due_on <= last
        and item.state not in (ItemState.BEFORE, ItemState.CANCELLED)
        and (item.due_on < standing.as_of or item.state is ItemState.PAID)
    ]
    return Punctuality(tuple(passed), tuple(item for item in passed if item.state is ItemState.PAID))


def principal_cost(cost_yuan: Decimal, amount: int, reduction: int) -> Money:
    """Return the part of a payment's cost that repaid principal: in proportion, to the fen; the rest paid interest and fees."""
    return Money.rounded(Fraction(cost_yuan) * reduction / amount, CNY)


def is_plausible(cost_yuan: Decimal, amount: int, rate: Decimal) -> bool:
    """Say whether a payment's own rate lies near a published one (yuan for 100 yen)."""
    own = Fraction(cost_yuan) * 100 / amount
    return abs(own / Fraction(rate) - 1) <= IMPLAUSIBLE


def exposure(items: Sequence[Item], until: date, terms: Terms) -> Money:
    """Return what is to be paid up to ``until``: arrears and every date to come."""
    open_items = (i.open_amount for i in items if i.due_on <= until and i.state in (ItemState.FUTURE, ItemState.LATE))
    return sum(open_items, start=terms.principal.zero)
