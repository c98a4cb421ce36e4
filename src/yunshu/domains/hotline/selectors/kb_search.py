"""Searching the knowledge base: the hybrid index of ``lib.recall`` ranks, the database says what may be seen.

The index is a cache in the data folder (``settings.HOTLINE_KB``) that ``services.kb_index`` keeps up to date. It holds public
words only; an article that is out of its dates stands behind every valid one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.models import Article
from yunshu.domains.hotline.rules import kb
from yunshu.domains.hotline.selectors.kb import public_articles, visible_articles
from yunshu.lib.kernel import clock
from yunshu.lib.recall import Library
from yunshu.lib.text import encoder
from yunshu.lib.ui.lists.filters import Chip, Control, Untiered

MOST, LONGEST_QUESTION = 100, 200
BEHIND = 1_000
"""The rank of the first article that is out of its dates; what only its title or number gives stands behind them."""
_LOCK = Lock()
_OPEN: dict[Path, Library] = {}
"""One opened index a process; guarded by ``_LOCK``."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One article as a panel or a page of hits shows it."""

    article: Article
    words: tuple[str, ...]
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Rank:
    """Where an article stands among what was found."""

    place: int
    words: tuple[str, ...]
    is_expired: bool


def library() -> Library:
    """Return this process's index; it is made empty where there is none."""
    folder = Path(settings.HOTLINE_KB)
    if folder not in _OPEN or not folder.exists():
        _OPEN[folder] = Library(folder, encoder=encoder())
    return _OPEN[folder]


def forget() -> None:
    """Close this process's index: its folder is gone or made anew."""
    with _LOCK:
        _OPEN.pop(Path(settings.HOTLINE_KB), None)


def ranked(question: str, on: date, *, public: bool = False, most: int = MOST) -> dict[str, Rank]:
    """Return the articles that answer a question, by number, the best first, those out of their dates last."""
    asked = question.replace("\x00", "")[:LONGEST_QUESTION]
    with _LOCK:
        found = library().search(asked, on=on, limit=most, public=public)
    ranks = {hit.number: Rank(place, hit.words, is_expired=False) for place, hit in enumerate(found.hits)}
    for place, hit in enumerate(found.expired):
        ranks.setdefault(hit.number, Rank(BEHIND + place, hit.words, is_expired=True))
    return ranks


def answers(viewer: Viewer, question: str, most: int = 5) -> list[Found]:
    """Return the best articles for staff: valid ones first, expired ones behind and flagged."""
    return _found(visible_articles(viewer).filter(state="published"), ranked(question, _today(), most=most * 3), most)


def public_answers(question: str, most: int = 10) -> list[Found]:
    """Return the best articles for citizens: public and valid, nothing else."""
    on = _today()
    ranks = {n: r for n, r in ranked(question, on, public=True, most=most * 2).items() if not r.is_expired}
    return _found(public_articles(on), ranks, most)


def _today() -> date:
    return clock.city_date(clock.now())


def _found(rows: QuerySet[Article], ranks: Mapping[str, Rank], most: int) -> list[Found]:
    on, found = _today(), []
    for row in rows.filter(number__in=list(ranks)):
        rank = ranks[row.number]
        face = row.face
        stale = rank.is_expired or (face is not None and not kb.is_valid(face.valid_from, face.valid_to, on))
        found.append((stale, rank.place, Found(article=row, words=rank.words, is_expired=stale)))
    return [each for _stale, _place, each in sorted(found, key=lambda one: one[:2])[:most]]


@dataclass(frozen=True)
class Recall(Untiered):
    """The search field of the list of articles: it narrows, and annotates ``rank`` for the order."""

    name: str = "q"

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """A search field."""
        return Control("search", self.name, _("搜索"), (data.get(self.name, ""),))

    def apply(self, rows: QuerySet[Any], data: Mapping[str, str], viewer: Any) -> QuerySet[Any]:
        """Keep what the index finds, and what bears the words in its title or number."""
        text = data.get(self.name, "").replace("\x00", "").strip()[:LONGEST_QUESTION]
        if not text:
            return rows
        ranks = ranked(text, _today())
        places = [When(number=number, then=Value(rank.place)) for number, rank in ranks.items()]
        named = Q(face__title__icontains=text) | Q(draft__title__icontains=text) | Q(number__iexact=text)
        rank = Case(*places, default=Value(2 * BEHIND), output_field=IntegerField())
        found: QuerySet[Any] = rows.filter(Q(number__in=list(ranks)) | named).annotate(rank=rank)
        return found

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The words."""
        if text := data.get(self.name, "").strip():
            yield Chip(_("含“%(text)s”") % {"text": text}, (self.name,))
