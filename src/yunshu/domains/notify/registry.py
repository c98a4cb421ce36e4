"""Every kind of notice there is."""

from typing import Any

from yunshu.domains.notify.contracts import NoticeKind

_KINDS: dict[str, NoticeKind] = {}


def declare(kind: NoticeKind) -> NoticeKind:
    """Add a kind; called from ``AppConfig.ready``."""
    _KINDS.setdefault(kind.code, kind)
    return kind


def kinds() -> tuple[NoticeKind, ...]:
    """Return every kind, by code."""
    return tuple(_KINDS[code] for code in sorted(_KINDS))


def kind_of(code: str) -> NoticeKind:
    """Return one kind; an undeclared one is a programming error."""
    return _KINDS[code]


def name_of(code: str) -> Any:
    """Return what a kind is called; its code if the domain that told it is no longer there."""
    return _KINDS[code].name if code in _KINDS else code
