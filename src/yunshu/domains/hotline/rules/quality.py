"""What is drawn for a check and what a check comes to: a draw that anybody can compute again from its seed, and marks.

A draw orders the population by SHA-256 of ``seed:key`` and takes the first of each person. No generator's inner state, no library's version:
two lines in any language give the same sample.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FULL = 100


@dataclass(frozen=True, kw_only=True, order=True)
class Piece:
    """One piece of one person's work; ``key`` names it for good."""

    key: str
    person_id: int


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a score form."""

    id: int
    points: int
    is_veto: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A score of a hundred, and whether a veto made it nothing."""

    score: int
    vetoed: bool


def order(seed: str, key: str) -> str:
    """Return by what a piece is sorted: SHA-256 of ``seed:key`` in hexadecimal."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def digest(pieces: Iterable[Piece]) -> str:
    """Return the digest of a population: SHA-256 of its lines ``key person`` in order."""
    lines = "\n".join(f"{piece.key} {piece.person_id}" for piece in sorted(pieces))
    return hashlib.sha256(lines.encode()).hexdigest()


def draw(pieces: Sequence[Piece], seed: str, each: int) -> list[Piece]:
    """Return ``each`` pieces of every person (all, if there are fewer), the same for the same seed and population."""
    by_person: dict[int, list[Piece]] = defaultdict(list)
    for piece in sorted(set(pieces), key=lambda piece: order(seed, piece.key)):
        if len(by_person[piece.person_id]) < each:
            by_person[piece.person_id].append(piece)
    return sorted(piece for chosen in by_person.values() for piece in chosen)


def outcome(items: Sequence[Item], points: Mapping[int, int], failed: Iterable[int]) -> Outcome:
    """Return what a check comes to: points of a hundred (rounded half up), nothing where a veto item failed."""
    if {item.id for item in items if item.is_veto} & set(failed):
        return Outcome(score=0, vetoed=True)
    most = sum(item.points for item in items)
    got = sum(min(points.get(item.id, 0), item.points) for item in items if not item.is_veto)
    return Outcome(score=(got * FULL * 2 + most) // (most * 2) if most else 0, vetoed=False)
