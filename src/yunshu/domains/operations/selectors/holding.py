"""Who has a fault in hand: asked of whoever keeps incidents (``provide``); nobody until somebody does."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The open incident of a target: its number, page, stage and who holds it, in words."""

    number: str
    url: str
    stage: str = ""
    who: str = ""


Source = Callable[[Collection[str]], Mapping[str, Holding]]
_SOURCES: list[Source] = []


def provide(source: Source) -> None:
    """Register a source: numbers of targets that are down -> the incident that is open for each, where one is."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def holdings(targets: Collection[str]) -> dict[str, Holding]:
    """Return who has what in hand."""
    out: dict[str, Holding] = {}
    for source in _SOURCES:
        out |= source(targets)
    return out
