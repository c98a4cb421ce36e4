"""Money as officials write it: yuan with fen, and 万元 (ten thousand yuan).

Amounts are ``Decimal`` yuan with exactly two decimals everywhere inside; 万元 exists at the edges only.
"""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
WAN = Decimal(10_000)


def yuan(amount: Decimal | int | str) -> Decimal:
    """Return ``amount`` in yuan to the fen, half up as in accounting."""
    return Decimal(amount).quantize(FEN, ROUND_HALF_UP)


def from_wan(amount_wan: Decimal | int | str) -> Decimal:
    """Return yuan to the fen from an amount in 万元."""
    return yuan(Decimal(amount_wan) * WAN)


def to_wan(amount_yuan: Decimal, places: int = 2) -> Decimal:
    """Return 万元 rounded half up to ``places`` decimals."""
    return (amount_yuan / WAN).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def wan_text(amount_yuan: Decimal, places: int = 2) -> str:
    """Return 万元 as the forms print it: thousands separated, ``places`` decimals (``5,195.75``)."""
    return f"{to_wan(amount_yuan, places):,}"
