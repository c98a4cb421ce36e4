"""Keeping the search index as the knowledge base is: what differs is put or dropped, a little at a time.

Nothing is remembered but the index itself: whatever a killed process left half done differs, and is done again.
"""

import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from yunshu.domains.hotline.choices import ArticleState
from yunshu.domains.hotline.models import Article
from yunshu.domains.hotline.selectors import kb_search
from yunshu.lib.jobs.alone import alone
from yunshu.lib.recall import Article as Entry
from yunshu.lib.recall import Library
from yunshu.lib.text import encoder
from yunshu.lib.ui.markup import plain

LOCK, BATCH = "hotline.kb_index", 40


@dataclass(frozen=True, kw_only=True)
class Indexed:
    """What one run did; ``left`` is what another has to do."""

    put: int
    dropped: int
    left: int


def bring_up_to_date(*, seconds: float | None = None, anew: bool = False) -> Indexed | None:
    """Make the index hold every published article as it is; None if another process is at it.

    ``seconds`` bounds one run, ``anew`` throws the index away first. An index whose words do not match its cards in the end is
    thrown away, for the next run.
    """
    with alone(LOCK) as mine:
        if not mine:
            return None
        folder = Path(settings.HOTLINE_KB)
        if anew:
            shutil.rmtree(folder, ignore_errors=True)
        library = Library(folder, encoder=encoder())
        if anew:
            kb_search.forget()
        done = _bring(library, time.monotonic() + seconds if seconds else None)
        if done.left or library.is_whole:
            return done
        shutil.rmtree(folder)
        return Indexed(put=done.put, dropped=done.dropped, left=len(library))


def _bring(library: Library, until: float | None) -> Indexed:
    wanted = _wanted()
    held = library.held
    gone = [number for number in held if number not in wanted]
    if gone:
        library.drop(gone)
    differing = [number for number, card in wanted.items() if held.get(number) != card]
    put = 0
    for at in range(0, len(differing), BATCH):
        if until is not None and time.monotonic() > until:
            break
        batch = differing[at : at + BATCH]
        library.put(_entries(batch))
        put += len(batch)
    return Indexed(put=put, dropped=len(gone), left=len(differing) - put)


def _wanted() -> dict[str, tuple[str, bool, date | None, date | None]]:
    """Return what the index should know of each published article: a version's words never change."""
    rows = Article.objects.filter(state=ArticleState.PUBLISHED).values_list(
        "number", "face__version", "face__is_public", "face__valid_from", "face__valid_to"
    )
    return {
        number: (str(version), bool(public), since, until)
        for number, version, public, since, until in rows.iterator(chunk_size=5_000)
    }


def _entries(numbers: list[str]) -> list[Entry]:
    rows = Article.objects.filter(number__in=numbers, state=ArticleState.PUBLISHED).select_related("face")
    return [
        Entry(
            number=row.number,
            version=str(row.face.version),
            title=row.face.title,
            body=plain(row.face.body),
            questions=tuple(row.face.questions),
            public=row.face.is_public,
            since=row.face.valid_from,
            until=row.face.valid_to,
        )
        for row in rows
        if row.face is not None
    ]
