"""Every kind of notice there is."""

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
