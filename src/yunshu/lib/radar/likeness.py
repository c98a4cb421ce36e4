"""How alike two reports are: rare places they share, then the pieces of their texts, then their distance in time.

Weights of places and pieces are those of rarity among the reports seen so far. A place that half the city names says nothing.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from yunshu.lib.text import squeezed
from yunshu.lib.triage.places import Gazetteer

_TITLE, _BODY_CHARS = 2.0, 300
_PLACE, _TEXT = 0.45, 0.55
_COMMON, _CANDIDATES, _FEW = 0.01, 100, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One report as the radar sees it; ``area`` is a code that the caller knows (street, grid), if any."""

    number: str
    at: datetime
    title: str
    body: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier report and how alike it is: ``score`` joins ``place`` and ``text``; ``shared`` are the places in common.

    ``apart``: both name places, and none in common.
    """

    number: str
    score: float
    place: float
    text: float
    shared: tuple[str, ...]
    apart: bool = False


@dataclass(frozen=True)
class _Traits:
    """Places and pieces of one report."""

    sighting: Sighting
    places: frozenset[str]
    pieces: dict[str, float]


class Likeness:
    """Reports by their places and pieces; ``add`` and ``like`` in any order."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._traits: dict[str, _Traits] = {}
        self._seen: Counter[str] = Counter()
        self._places: Counter[str] = Counter()
        self._by_piece: dict[str, list[str]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._traits)

    def add(self, sighting: Sighting) -> None:
        """Remember a report."""
        traits = self._read(sighting)
        self._traits[sighting.number] = traits
        self._seen.update(traits.pieces.keys())
        self._places.update(traits.places)
        for piece in traits.pieces:
            self._by_piece[piece].append(sighting.number)

    def places(self, number: str) -> frozenset[str]:
        """Return the places that a remembered report names."""
        return self._traits[number].places

    def like(self, sighting: Sighting, *, limit: int = 20, since: datetime | None = None) -> list[Match]:
        """Return the remembered reports most like this one, itself left out; ``since`` leaves out older ones."""
        mine = self._read(sighting)
        weighed = self._weighed(mine.pieces)
        found = (
            self._match(mine, weighed, self._traits[number])
            for number in self._candidates(mine)
            if number != sighting.number and (since is None or self._traits[number].sighting.at >= since)
        )
        return sorted(found, key=lambda match: (-match.score, match.number))[:limit]

    def _candidates(self, mine: _Traits) -> Iterable[str]:
        """Return the reports that share rare pieces with this one: common pieces are not looked up."""
        most = max(20, int(_COMMON * len(self._traits)))
        worth: dict[str, float] = defaultdict(float)
        for piece, count in mine.pieces.items():
            if 0 < self._seen[piece] <= most:
                for number in self._by_piece[piece]:
                    worth[number] += count * self._rarity(piece) ** 2
        return sorted(worth, key=lambda number: (-worth[number], number))[:_CANDIDATES]

    def _match(self, mine: _Traits, weighed: dict[str, float], other: _Traits) -> Match:
        text = _cosine(weighed, self._weighed(other.pieces))
        shared = _common(mine.places, other.places)
        place = self._place_score(shared, mine.places, other.places)
        score = _PLACE * place + _TEXT * text if mine.places and other.places else text
        apart = bool(mine.places and other.places and not shared)
        return Match(other.sighting.number, score, place, text, tuple(sorted(shared)), apart)

    def _place_score(self, shared: frozenset[str], one: frozenset[str], two: frozenset[str]) -> float:
        """Return how much of the rarer places of the two is shared."""
        if not shared:
            return 0.0
        smaller = min(sum(map(self._place_rarity, one)), sum(map(self._place_rarity, two)))
        return min(1.0, sum(map(self._place_rarity, shared)) / max(smaller, 1e-9))

    @property
    def _size(self) -> int:
        """The number of reports, at least a few hundred: in the first days everything would seem common."""
        return max(_FEW, len(self._traits))

    def _place_rarity(self, place: str) -> float:
        return math.log((self._size + 2) / (1 + self._places[place]))

    def _rarity(self, piece: str) -> float:
        return math.log((self._size + 2) / (1 + self._seen[piece]))

    def _weighed(self, pieces: dict[str, float]) -> dict[str, float]:
        usual = math.log(self._size + 2)
        return {piece: count * (usual - math.log(1 + self._seen[piece])) for piece, count in pieces.items()}

    def _read(self, sighting: Sighting) -> _Traits:
        title, body = squeezed(sighting.title), squeezed(sighting.body)[:_BODY_CHARS]
        named = self._gazetteer.find(f"{title}。{body}")
        places = {place.code or place.name for place in named} | ({sighting.area} if sighting.area else set())
        pieces: dict[str, float] = dict(Counter(_pieces(body)))
        for piece in _pieces(title):
            pieces[piece] = pieces.get(piece, 0) + _TITLE
        return _Traits(sighting, frozenset(places), {piece: 1 + math.log(count) for piece, count in pieces.items()})


def _common(one: frozenset[str], two: frozenset[str]) -> frozenset[str]:
    """Return the places in both; a name inside a longer one (云岭花园, 云岭花园一期) is the same place, by its shorter name."""
    return frozenset(
        min(a, b, key=len) for a in one for b in two if a == b or (min(len(a), len(b)) > 2 and (a in b or b in a))
    )


def _pieces(text: str) -> list[str]:
    """Return pieces of two and three characters."""
    return [text[at : at + size] for size in (2, 3) for at in range(len(text) - size + 1)]


def _cosine(one: dict[str, float], two: dict[str, float]) -> float:
    if len(two) < len(one):
        one, two = two, one
    dot = sum(weight * two[piece] for piece, weight in one.items() if piece in two)
    norms = math.sqrt(sum(w * w for w in one.values())) * math.sqrt(sum(w * w for w in two.values()))
    return dot / norms if norms else 0.0
