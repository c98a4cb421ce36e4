"""A reserve for the exchange rate: how far it has moved in a time like the one ahead, and what that would cost."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from yunshu.lib.loans.errors import LoanFault
from yunshu.lib.loans.fx import Quote
from yunshu.lib.loans.money import Currency, Money, Rounding
from yunshu.lib.loans.terms import plus_months

FEWEST_MOVES = 20
"""Fewer past moves than this cannot have a 95 % quantile: the largest of 19 already is above it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A rate on a day, as published."""

    on: date
    quote: Quote


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to set aside, and from what that was reckoned."""

    amount: Money
    exposure: Money
    quote: Quote
    move: Fraction
    """The rise that was not exceeded in ``share`` of the moves; a fall reserves nothing."""
    share: Fraction
    moves: int
    from_on: date
    to_on: date


def moves(history: Sequence[Observation], months: int = 6, tolerance_days: int = 10) -> tuple[Fraction, ...]:
    """Return each rise of the rate over ``months``: from an observation to the last one not later than the date asked.

    A pair whose later end is older than ``tolerance_days`` before that date is left out, not guessed. Moves overlap:
    they are not independent, so the quantile is a description of the past, not a confidence level.
    """
    rows = sorted(history, key=lambda o: o.on)
    days = [o.on for o in rows]
    found = []
    for start in rows:
        target = plus_months(start.on, months, start.on.day)
        end = rows[bisect_right(days, target) - 1]
        if end.on >= target - timedelta(days=tolerance_days) and days[-1] >= target - timedelta(days=tolerance_days):
            found.append(end.quote.unit / start.quote.unit - 1)
    return tuple(found)


def quantile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """Return the smallest value that at least ``share`` of the values do not exceed (nearest rank: a real past move)."""
    if not values or not 0 < share <= 1:
        raise LoanFault("history_short", "history")
    rank = -(-len(values) * share.numerator // share.denominator)
    return sorted(values)[rank - 1]


def propose(
    exposure: Money,
    quote: Quote,
    home: Currency,
    history: Sequence[Observation],
    share: Fraction = Fraction(95, 100),
    months: int = 6,
) -> Proposal:
    """Propose a reserve for ``exposure`` beyond its cost at ``quote``; raise LoanFault (``history_short``)."""
    past = moves(history, months)
    if len(past) < FEWEST_MOVES:
        raise LoanFault("history_short", "history", str(len(past)))
    move = max(quantile(past, share), Fraction(0))
    amount = Money.rounded(exposure.exact * quote.unit * move, home, Rounding.UP)
    days = [o.on for o in history]
    return Proposal(amount, exposure, quote, move, share, len(past), min(days), max(days))
