"""When work was announced: asked of whoever keeps change windows (``provide``); nothing until somebody does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from yunshu.lib.availability import Maintenance

Source = Callable[[Collection[str], datetime, datetime], Mapping[str, Sequence[Maintenance]]]
_SOURCES: list[Source] = []


def provide(source: Source) -> None:
    """Register a source: numbers of targets, since, until -> windows that touch the period, by number."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def windows(targets: Collection[str], since: datetime, until: datetime) -> dict[str, list[Maintenance]]:
    """Return the windows of many targets; a target without one has no key."""
    out: dict[str, list[Maintenance]] = {}
    for source in _SOURCES:
        for number, found in source(targets, since, until).items():
            if found:
                out.setdefault(number, []).extend(found)
    return out


def maintenance(target: str, since: datetime, until: datetime) -> list[Maintenance]:
    """Return the windows of one target that touch the period."""
    return windows([target], since, until).get(target, [])
