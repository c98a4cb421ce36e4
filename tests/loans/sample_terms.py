"""The check figures' loan: JPY 100 m at 2.5 %, 41 instalments from 2003-04-20, interest from half a year before."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from yunshu.lib.loans import JPY, Money, Terms

CHECK = Terms(
    principal=Money(100_000_000, JPY),
    rate=Fraction(25, 1000),
    starts_on=date(2002, 10, 20),
    grace_months=6,
    instalments=41,
)


def check(**changes: Any) -> Terms:
    """Return the check loan with other terms."""
    return replace(CHECK, **changes)


def yen(amount: int) -> Money:
    """Return yen."""
    return Money(amount, JPY)
