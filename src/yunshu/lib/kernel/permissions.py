"""Permissions: what may be done, declared by the domain that does it. Who may do it is data (roles).

A domain declares its permissions in ``contracts.py``; ``permissions()`` is the list a role editor offers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """``code`` is ``domain.noun.verb``; ``name`` is what the role editor shows."""

    code: str
    name: str

    def __str__(self) -> str:
        return self.code


_PERMISSIONS: dict[str, Permission] = {}


def declare(code: str, name: str) -> Permission:
    """Declare a permission once and return it."""
    permission = Permission(code, name)
    if _PERMISSIONS.setdefault(code, permission) != permission:
        raise ValueError(f"permission {code} is declared twice with different names")
    return permission


def permissions() -> dict[str, Permission]:
    """Return every declared permission by code."""
    return dict(sorted(_PERMISSIONS.items()))
