"""The hybrid index: tantivy keeps the words on disk, a shelf keeps dates and vectors; their scores are added on one scale."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from yunshu.lib.recall.shelf import Card, Shelf
from yunshu.lib.recall.wordindex import WordIndex
from yunshu.lib.text import Encoder, squeezed, terms

LEAD = 60
"""So many characters of an article's beginning are encoded, after its title: encoding time grows with length."""
MEANING = 1.2
"""How much a sentence vector counts beside BM25; chosen on reply pairs that ``bench/kb.py`` does not measure on."""
STANDS_OUT = 2.5
"""An article that holds no word of the question is found only if its meaning is so many standard deviations above the mean."""
_CANDIDATES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What may be found; ``questions`` are other ways to ask for it, ``since`` and ``until`` its first and last day."""

    number: str
    version: str
    title: str
    body: str
    questions: tuple[str, ...] = ()
    public: bool = True
    since: date | None = None
    until: date | None = None

    @property
    def lead(self) -> str:
        """What is encoded: the title and how the body begins."""
        return f"{squeezed(self.title)} {squeezed(self.body)[:LEAD]}".strip()

    @property
    def digest(self) -> str:
        """Changes with anything that is searched."""
        return hashlib.sha256("\0".join((self.title, self.body, *self.questions)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found; ``words`` are those of the question that it holds, the scores are standard scores."""

    number: str
    version: str
    score: float
    by_words: float
    by_meaning: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """``hits`` may answer today; ``expired`` would have matched but are out of their dates: to be shown apart, with a flag."""

    hits: tuple[Hit, ...]
    expired: tuple[Hit, ...]


class Library:
    """An index in a folder."""

    def __init__(self, folder: Path, *, encoder: Encoder | None, meaning: float = MEANING) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._encoder, self._meaning = encoder, meaning
        self._words = WordIndex(folder / "words")
        self._shelf = Shelf(folder / "shelf.npz", encoder.name if encoder else "")
        self._arrange()

    @property
    def by_meaning(self) -> bool:
        """Whether sentence vectors help; without them the words work alone."""
        return self._encoder is not None

    def __len__(self) -> int:
        return len(self._shelf.cards)

    @property
    def held(self) -> dict[str, tuple[str, bool, date | None, date | None]]:
        """What the index knows of each article: version, public, first and last day."""
        return {card.number: (card.version, card.public, card.since, card.until) for card in self._shelf.cards.values()}

    @property
    def is_whole(self) -> bool:
        """Whether words and cards belong together; a folder that lost one of them is to be made anew."""
        return self._words.count() == len(self._shelf.cards)

    def put(self, articles: Iterable[Article]) -> int:
        """Add or replace articles; return how many had to be indexed anew."""
        self.refresh()
        new = []
        for article in articles:
            known = self._shelf.cards.get(article.number)
            whole = not self.by_meaning or article.number in self._shelf.vectors
            if known is None or known.digest != article.digest or not whole:
                new.append(article)
            self._shelf.cards[article.number] = _card_of(article)
        self._words.put((article.number, article.title, article.questions, article.body) for article in new)
        if self._encoder and new:
            vectors = self._encoder.encode([article.lead for article in new])
            self._shelf.vectors.update(zip((article.number for article in new), vectors, strict=True))
        self._keep()
        return len(new)

    def drop(self, numbers: Iterable[str]) -> None:
        """Take articles away; those that are not there are no error."""
        self.refresh()
        gone = list(numbers)
        for number in gone:
            self._shelf.cards.pop(number, None)
            self._shelf.vectors.pop(number, None)
        self._words.drop(gone)
        self._keep()

    def refresh(self) -> None:
        """See what another process committed."""
        if self._shelf.refresh():
            self._words.reload()
            self._arrange()

    def search(self, question: str, *, on: date, limit: int = 10, public: bool = False) -> Found:
        """Return the ``limit`` best articles that are valid on that day, and the best expired ones apart."""
        self.refresh()
        asked = squeezed(question)
        if not asked or not self._cards:
            return Found((), ())
        weighed = self._word_scores(asked)
        by_words, by_meaning = _standard(weighed), self._meaning_scores(asked)
        scores = by_words + self._meaning * by_meaning
        hits: list[Hit] = []
        expired: list[Hit] = []
        found = np.flatnonzero((weighed > 0) | (by_meaning >= STANDS_OUT))
        for at in found[np.argsort(-scores[found], kind="stable")]:
            if len(hits) >= limit:
                break
            card = self._cards[at]
            if public and not card.public:
                continue
            side = hits if card.valid(on) else expired
            side.append(self._hit(card, asked, float(scores[at]), float(by_words[at]), float(by_meaning[at])))
        return Found(tuple(hits), tuple(expired[:limit]))

    def _hit(self, card: Card, asked: str, score: float, by_words: float, by_meaning: float) -> Hit:
        held = self._words.held(card.number)
        shown = tuple(dict.fromkeys(word for word in terms(asked) if len(word) > 1 and word in held))
        return Hit(
            number=card.number, version=card.version, score=score, by_words=by_words, by_meaning=by_meaning, words=shown
        )

    def _word_scores(self, asked: str) -> npt.NDArray[np.float64]:
        scores = np.zeros(len(self._cards))
        for number, score in self._words.search(asked, _CANDIDATES):
            if number in self._places:
                scores[self._places[number]] = score
        return scores

    def _meaning_scores(self, asked: str) -> npt.NDArray[np.float64]:
        if self._encoder is None or not len(self._table):
            return np.zeros(len(self._cards))
        vector = self._encoder.encode([asked[:LEAD]])[0]
        return _standard(np.asarray(self._table @ vector, np.float64))

    def _keep(self) -> None:
        self._words.commit()
        self._shelf.save()
        self._arrange()

    def _arrange(self) -> None:
        """Lay cards and vectors out for searching."""
        self._cards: Sequence[Card] = list(self._shelf.cards.values())
        self._places = {card.number: at for at, card in enumerate(self._cards)}
        vectors = [self._shelf.vectors[card.number] for card in self._cards if card.number in self._shelf.vectors]
        complete = bool(vectors) and len(vectors) == len(self._cards)
        self._table = np.stack(vectors) if complete else np.zeros((0, 0), np.float32)


def _card_of(article: Article) -> Card:
    return Card(
        number=article.number,
        version=article.version,
        digest=article.digest,
        public=article.public,
        since=article.since,
        until=article.until,
    )


def _standard(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the scores in standard deviations from their mean; all zero where they do not differ."""
    spread = scores.std()
    return np.asarray((scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores), np.float64)
