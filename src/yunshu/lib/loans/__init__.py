"""Foreign-currency loans repaid in instalments: what is due, what is owed, what the exchange rate made of it.

Pure: no Django, no network, no clock. Whole minor units and ``Fraction`` inside, so that nothing is lost between
two roundings; each rounding is named in the terms or in the currency.

    terms -> ``schedule`` -> ``Account`` (payments, arrears, prepayments) -> ``Standing``
                          -> ``Book`` (revaluations, payments) -> identity to the minor unit

| to | read |
|---|---|
| calculate with money in a currency | ``money`` |
| say what a loan's terms are | ``terms`` |
| see what falls due when | ``schedule`` |
| apply real payments, late, partly or early | ``account`` |
| carry a foreign debt in home currency | ``fx`` |
| split a budget's variance in rate and volume | ``variance`` |
| propose a reserve from the history of a rate | ``reserve`` |
| follow a loan that is lent on from hand to hand | ``chain`` |
| see what is missing before a loan can be closed | ``tail`` |
"""

from yunshu.lib.loans.account import Account, Allocation, Item, ItemState, Opening, Receipt, Standing
from yunshu.lib.loans.chain import ChainFault, Gap, Link, faults, gaps
from yunshu.lib.loans.errors import LoanFault
from yunshu.lib.loans.fx import Book, Position, Quote
from yunshu.lib.loans.money import CNY, JPY, Currency, Money, Rounding, total
from yunshu.lib.loans.reserve import Observation, Proposal, moves, propose, quantile
from yunshu.lib.loans.schedule import Line, level_payment, schedule
from yunshu.lib.loans.tail import Blocker, Tail, tail
from yunshu.lib.loans.terms import DayCount, Draw, Fee, FeeBase, Penalty, PenaltyBase, PrepaymentOrder, Remainder, Terms
from yunshu.lib.loans.variance import Variance, variance

__all__ = [
    "CNY",
    "JPY",
    "Account",
    "Allocation",
    "Blocker",
    "Book",
    "ChainFault",
    "Currency",
    "DayCount",
    "Draw",
    "Fee",
    "FeeBase",
    "Gap",
    "Item",
    "ItemState",
    "Line",
    "Link",
    "LoanFault",
    "Money",
    "Observation",
    "Opening",
    "Penalty",
    "PenaltyBase",
    "Position",
    "PrepaymentOrder",
    "Proposal",
    "Quote",
    "Receipt",
    "Remainder",
    "Rounding",
    "Standing",
    "Tail",
    "Terms",
    "Variance",
    "faults",
    "gaps",
    "level_payment",
    "moves",
    "propose",
    "quantile",
    "schedule",
    "tail",
    "total",
    "variance",
]
