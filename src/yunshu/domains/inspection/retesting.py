"""Who is asked for a retest: whatever runs checks registers here; until it does, a retest waits in its table."""

from collections.abc import Callable

Ask = Callable[[str], None]
"""Told the number of a retest, in the transaction that asks for it: it enqueues and returns."""

_ASKED: list[Ask] = []


def register(ask: Ask) -> None:
    """Have ``ask`` called for every retest; twice the same is once."""
    if ask not in _ASKED:
        _ASKED.append(ask)


def unregister(ask: Ask) -> None:
    """Take ``ask`` out again."""
    _ASKED.remove(ask)


def ask_all(number: str) -> int:
    """Ask everybody registered; return how many there were."""
    for ask in _ASKED:
        ask(number)
    return len(_ASKED)
