"""Guests of far vantages: who else wants something looked at from elsewhere, and takes what was seen.

Operations gives far vantages their plans and takes their samples; another domain registers here, in ``AppConfig.ready``.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from yunshu.lib.probe.outcome import Observed


class Guest(Protocol):
    """``prefix`` begins the keys of its targets; ``label`` is the scope by which a vantage that has some is given them."""

    prefix: str
    label: str

    def targets(self) -> list[dict[str, Any]]:
        """Return its targets as a plan has them: ``number``, ``check`` (JSON form), ``interval_s``, ``timeout_s``."""

    def take(self, batch: Sequence[Observed]) -> int:
        """Keep what was seen, twice the same once; return how many. What is no target of its own is left out."""


_GUESTS: dict[str, Guest] = {}


def register(guest: Guest) -> None:
    """Have a guest's targets looked at; the one before of the same prefix is replaced."""
    _GUESTS[guest.prefix] = guest


def of(scopes: Iterable[str]) -> list[Guest]:
    """Return the guests of a vantage of these scopes; one without scopes looks at everything."""
    labels = set(scopes)
    return [guest for guest in _GUESTS.values() if not labels or guest.label in labels]
