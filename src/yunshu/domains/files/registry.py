"""Which kinds of records have attachments. The default answer is no."""

from yunshu.domains.files.contracts import Owner

_OWNERS: dict[str, Owner] = {}


def register(owner: Owner) -> None:
    """Add a kind; called from ``AppConfig.ready`` of its domain. Twice the same kind is a programming error."""
    if owner.kind in _OWNERS:
        raise ValueError(f"files owner {owner.kind} is registered twice")
    _OWNERS[owner.kind] = owner


def owner_of(kind: str) -> Owner | None:
    """Return the owner of ``kind``, or None."""
    return _OWNERS.get(kind)


def owners() -> tuple[Owner, ...]:
    """Return every kind."""
    return tuple(_OWNERS.values())
