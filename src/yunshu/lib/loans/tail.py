"""The tail of a loan: the last instalments, and what stands between it and being closed."""

from dataclasses import dataclass
from enum import StrEnum

from yunshu.lib.loans.account import Item, ItemState, Standing
from yunshu.lib.loans.fx import Position
from yunshu.lib.loans.money import Money, total


class Blocker(StrEnum):
    """Why a loan cannot be closed yet, as far as figures can tell."""

    BALANCE = "balance"
    """Principal is outstanding."""
    ARREARS = "arrears"
    """Something is overdue, or interest ran on after the last due date."""
    PENALTY = "penalty"
    """Interest on arrears is unpaid."""
    COST_TO_COME = "cost_to_come"
    """The principal is repaid, but interest or fee is still to fall due."""
    CARRYING = "carrying"
    """The books still carry an amount in home currency."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What is left of a loan."""

    items: tuple[Item, ...]
    principal: Money
    cost: Money
    """Interest and fees to come, if nothing comes late or early."""
    blockers: tuple[Blocker, ...]

    @property
    def may_close(self) -> bool:
        """No figure stands in the way; the papers are another matter."""
        return not self.blockers


def tail(standing: Standing, position: Position) -> Tail:
    """Return what is left of the loan in ``standing``, carried as ``position``."""
    items = tuple(i for i in standing.items if i.state in (ItemState.FUTURE, ItemState.LATE))
    ahead = [i for i in items if i.state is ItemState.FUTURE]
    cost = total((i.interest + i.fee for i in ahead), standing.balance.currency)
    checks = {
        Blocker.BALANCE: bool(standing.balance),
        Blocker.ARREARS: bool(standing.overdue or standing.late_interest),
        Blocker.PENALTY: bool(standing.penalty),
        Blocker.COST_TO_COME: not standing.balance and any(i.open_amount for i in ahead),
        Blocker.CARRYING: bool(position.carrying),
    }
    return Tail(items, standing.balance, cost, tuple(code for code, stands in checks.items() if stands))
