"""Identifiers: public numbers that people read aloud."""

import secrets
from datetime import date

_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def public_number(prefix: str, on: date) -> str:
    """Return an unguessable number a person can read aloud: ``JX20261123-7K2M9QWT``.

    40 random bits after the date: a collision is caught by the column's unique constraint.
    """
    return f"{prefix}{on:%Y%m%d}-{''.join(secrets.choice(_READABLE) for _ in range(8))}"
