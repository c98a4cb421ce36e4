"""Figures for machines (``/metrics``): who has some registers a function that writes them in Prometheus' text format."""

from collections.abc import Callable

_SOURCES: list[Callable[[], str]] = []


def register(source: Callable[[], str]) -> None:
    """Add a source; the same one twice is once."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def text() -> str:
    """Return what all sources write."""
    return "".join(source() for source in _SOURCES)
