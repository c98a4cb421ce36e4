"""Money: a whole number of a currency's minor units. Yen have none, yuan have fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from yunshu.lib.loans.errors import LoanFault

_HALF = Fraction(1, 2)


class Rounding(StrEnum):
    """How an exact amount becomes whole minor units."""

    DOWN = "down"
    """Towards zero: Japanese banks cut off less than one yen."""
    HALF_UP = "half_up"
    """To the nearest, a half away from zero: 四舍五入."""
    UP = "up"
    """Away from zero."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency, its number of decimals, and how it is rounded where nothing else is said."""

    code: str
    minor_units: int
    rounding: Rounding

    @property
    def scale(self) -> int:
        """Return how many minor units make one."""
        return int(10**self.minor_units)


JPY = Currency("JPY", 0, Rounding.DOWN)
CNY = Currency("CNY", 2, Rounding.HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units. Adding or comparing two currencies is a fault (``currencies_differ``)."""

    minor: int
    currency: Currency

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: Currency) -> Money:
        """Return ``amount``; raise LoanFault (``not_minor``) if it has more decimals than the currency."""
        exact = Fraction(Decimal(amount)) * currency.scale
        if exact.denominator != 1:
            raise LoanFault("not_minor", detail=f"{amount} {currency.code}")
        return cls(exact.numerator, currency)

    @classmethod
    def rounded(cls, amount: Fraction, currency: Currency, rounding: Rounding | None = None) -> Money:
        """Return an exact amount (in whole units, not minor ones) rounded by ``rounding`` or the currency's own."""
        exact = abs(amount) * currency.scale
        match rounding or currency.rounding:
            case Rounding.DOWN:
                whole = exact.numerator // exact.denominator
            case Rounding.UP:
                whole = -(-exact.numerator // exact.denominator)
            case Rounding.HALF_UP:
                whole = (exact + _HALF).numerator // (exact + _HALF).denominator
        return cls(whole if amount >= 0 else -whole, currency)

    @property
    def amount(self) -> Decimal:
        """Return the amount with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-self.currency.minor_units)

    @property
    def exact(self) -> Fraction:
        """Return the amount as a fraction."""
        return Fraction(self.minor, self.currency.scale)

    @property
    def zero(self) -> Money:
        """Return nothing, in this currency."""
        return Money(0, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise LoanFault("currencies_differ", detail=f"{self.currency.code}, {other.currency.code}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency.code}"


def total(amounts: Iterable[Money], currency: Currency) -> Money:
    """Return the sum; nothing at all is zero in ``currency``."""
    return sum(amounts, start=Money(0, currency))
