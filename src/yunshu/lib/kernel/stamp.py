"""Who takes something out of the house in this request: exports carry it, whoever builds them."""

from collections.abc import Callable
from contextvars import ContextVar

_STAMP: ContextVar[Callable[[], str]] = ContextVar("yunshu_stamp", default=str)


def set_stamp(words: Callable[[], str]) -> None:
    """Say who asks, for the rest of this request; worked out when something is exported."""
    _STAMP.set(words)


def stamp() -> str:
    """Return who asks; empty outside a request."""
    return _STAMP.get()()
