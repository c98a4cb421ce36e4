"""Deductions by a contract's service clause: what exceeds the allowance, times the rate, up to the cap. To the fen. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
HUNDRED = 100


@dataclass(frozen=True, kw_only=True)
class Clause:
    """``allowance`` units are free; each further one costs ``rate`` (yuan, or percent of the month's fee), at most ``cap_yuan``."""

    base: str
    rate: Decimal
    allowance: Decimal = Decimal(0)
    monthly_fee_yuan: Decimal | None = None
    cap_yuan: Decimal | None = None
    whole_units: bool = False


def deduction(clause: Clause, quantity: Decimal) -> Decimal:
    """Return what is to be deducted for ``quantity`` units in a month; 0 within the allowance.

    ``whole_units`` counts a begun unit as one. Raises ValueError if the clause asks for a fee that is not known.
    """
    over = max(quantity - clause.allowance, Decimal(0))
    if clause.whole_units:
        over = over.to_integral_value(ROUND_CEILING)
    if clause.base == "percent":
        if clause.monthly_fee_yuan is None:
            raise ValueError("the clause takes a share of a monthly fee that is not known")
        amount = over * clause.rate / HUNDRED * clause.monthly_fee_yuan
    else:
        amount = over * clause.rate
    amount = amount.quantize(FEN, ROUND_HALF_UP)
    return amount if clause.cap_yuan is None else min(amount, clause.cap_yuan)


def month_of(text: str) -> date:
    """Return the first day of a month written ``2026-03``. Raises ValueError for anything else."""
    year, _dash, month = text.partition("-")
    return date(int(year), int(month), 1)


def next_month(first: date) -> date:
    """Return the first day of the month after."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
