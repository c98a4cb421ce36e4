"""Identifiers: public numbers that people read aloud, and check digits of national codes."""

import secrets
from datetime import date

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def public_number(prefix: str, on: date) -> str:
    """Return an unguessable number a person can read aloud: ``JX20261123-7K2M9QWT``.

    40 random bits after the date: a collision is caught by the column's unique constraint.
    """
    return f"{prefix}{on:%Y%m%d}-{''.join(secrets.choice(_READABLE) for _ in range(8))}"


def uscc_is_valid(code: str) -> bool:
    """Say whether a unified social credit code has the right shape and check character (GB 32100-2015, 4 and 5)."""
    if len(code) != 18 or any(c not in _USCC_ALPHABET for c in code):
        return False
    return code[17] == uscc_check_character(code[:17])


def uscc_check_character(first17: str) -> str:
    """Return the 18th character: C18 = 31 - Σ(Ci × 3^(i-1)) mod 31 (GB 32100-2015, annex A)."""
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[(31 - total % 31) % 31]
