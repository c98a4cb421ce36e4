"""Search over everything: each domain registers a source; a viewer finds only what that source lets through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing found. ``kind`` says in a word what it is (组织, 人员, 绩效表 …)."""

    title: str
    url: str
    summary: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """Where to look: ``search(viewer, query, limit)`` returns at most ``limit`` hits, the best first."""

    name: Any
    search: Callable[[Any, str, int], Sequence[Hit]]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The hits of one source; ``more`` says that there are further ones."""

    name: str
    hits: tuple[Hit, ...]
    more: bool


_SOURCES: list[SearchSource] = []


def register(source: SearchSource) -> None:
    """Add a source."""
    _SOURCES.append(source)


def find(viewer: Any, query: str, limit: int = 8) -> list[Found]:
    """Ask every source for ``query`` (an empty one finds nothing); sources without hits are left out."""
    query = query.strip()
    if not query:
        return []
    asked = ((source, tuple(source.search(viewer, query, limit + 1))) for source in _SOURCES)
    return [Found(name=str(s.name), hits=hits[:limit], more=len(hits) > limit) for s, hits in asked if hits]
