"""What the index remembers beside the words: each article's version, dates, and the vector of what it begins with."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from yunshu.lib.text import Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One article as the index knows it; ``digest`` tells whether it changed."""

    number: str
    version: str
    digest: str
    public: bool
    since: date | None
    until: date | None

    def valid(self, on: date) -> bool:
        """Return whether the article may answer on that day; its last day still counts."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


class Shelf:
    """Cards and vectors in one order, written whole or not at all."""

    def __init__(self, path: Path, encoder: str) -> None:
        self._path, self._encoder = path, encoder
        self.cards: dict[str, Card] = {}
        self.vectors: dict[str, Matrix] = {}
        self._stamp = 0
        self.refresh()

    def refresh(self) -> bool:
        """Read again if another process wrote; return whether it did."""
        stamp = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if stamp == self._stamp:
            return False
        with np.load(self._path, allow_pickle=False) as stored:
            cards = [_card(row) for row in json.loads(str(stored["cards"]))]
            same = str(stored["encoder"]) == self._encoder and len(stored["vectors"]) == len(cards)
            vectors = stored["vectors"].astype(np.float32) if same else []
        self.cards = {card.number: card for card in cards}
        self.vectors = {card.number: vector for card, vector in zip(cards, vectors, strict=same)}
        self._stamp = stamp
        return True

    def save(self) -> None:
        """Write cards and vectors."""
        rows = [_row(card) for card in self.cards.values()]
        vectors = [self.vectors[number] for number in self.cards if number in self.vectors]
        table = np.stack(vectors).astype(np.float16) if vectors else np.zeros((0, 0), np.float16)
        part = self._path.with_suffix(".part.npz")
        np.savez(part, encoder=np.array(self._encoder), cards=np.array(json.dumps(rows)), vectors=table)
        part.replace(self._path)
        self._stamp = self._path.stat().st_mtime_ns


def _row(card: Card) -> list[str | bool]:
    days = [day.isoformat() if day else "" for day in (card.since, card.until)]
    return [card.number, card.version, card.digest, card.public, *days]


def _card(row: list[str]) -> Card:
    number, version, digest, public, since, until = row
    return Card(
        number=number,
        version=version,
        digest=digest,
        public=bool(public),
        since=date.fromisoformat(since) if since else None,
        until=date.fromisoformat(until) if until else None,
    )
