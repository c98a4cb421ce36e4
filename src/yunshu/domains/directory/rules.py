"""Who may do what, as arithmetic over plain values. The default answer is no."""

from collections.abc import Iterable
from datetime import date, datetime

from yunshu.domains.directory.contracts import Grant

DUTIES = {
    "system": ("directory.org.edit", "directory.api_key.edit", "ledger.operate"),
    "security": ("directory.role.edit", "directory.security.edit"),
    "audit": ("directory.audit.view",),
}
"""Which permissions make whose duty: accounts and configuration; rights and security policy; the trail. No role, key or person
holds those of two (GB/T 22239-2019, 8.1.4.2 d and 8.1.5). The database decides by its own copy (migration 0005), a test compares."""


def duties_of(permissions: Iterable[str]) -> tuple[str, ...]:
    """Return whose duties some permissions belong to, in a fixed order; empty for business of other kinds."""
    held = set(permissions)
    return tuple(duty for duty, codes in DUTIES.items() if held & set(codes))


def in_force(starts_on: date, ends_on: date | None, revoked_at: datetime | None, on: date) -> bool:
    """Say whether an assignment counts on the day ``on`` (both ends included)."""
    return revoked_at is None and starts_on <= on and (ends_on is None or on <= ends_on)


def lent(grants: Iterable[Grant], org_path: str, giver: str) -> tuple[Grant, ...]:
    """Return what a colleague receives by delegation: the giver's own grants at one organisation, never lent ones.

    A grant that reaches the organisation from above is narrowed to it.
    """
    return tuple(
        Grant(
            permission=g.permission,
            org_id=g.org_id,
            org_path=g.org_path if g.org_path.startswith(org_path) else org_path,
            subtree=g.subtree,
            role_code=g.role_code,
            role_name=g.role_name,
            via=f"delegation:{giver}",
        )
        for g in grants
        if not g.via.startswith("delegation")
        and (g.org_path.startswith(org_path) or (g.subtree and org_path.startswith(g.org_path)))
    )


def would_cycle(path: str, new_parent_path: str) -> bool:
    """Say whether moving the organisation at ``path`` below ``new_parent_path`` would make it its own ancestor."""
    return new_parent_path.startswith(path)
