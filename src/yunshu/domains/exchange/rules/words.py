"""Words for the full-text index: Chinese cut by jieba, each word also as pinyin, Latin and numbers as they are.

A catalogue repeats itself (column titles, department names), so cut phrases are remembered.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import rjieba

_PIECES = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


@lru_cache(maxsize=200_000)
def words(text: str) -> tuple[str, ...]:
    """Return the words to index: long ones together with the short ones inside them, Latin in lower case."""
    found: list[str] = []
    for piece in _PIECES.findall(text):
        if _CHINESE.fullmatch(piece):
            found += [word for word in rjieba.cut_for_search(piece) if word]
        else:
            found.append(piece.lower())
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=50_000)
def asked(text: str) -> tuple[str, ...]:
    """Return the words of a question, cut without overlaps: all of them must occur."""
    found: list[str] = []
    for piece in _PIECES.findall(text):
        found += (
            [word for word in rjieba.cut(piece, hmm=False) if word] if _CHINESE.fullmatch(piece) else [piece.lower()]
        )
    return tuple(dict.fromkeys(found))


def vector_text(texts: Iterable[str]) -> str:
    """Return the words of several texts as one line for ``to_tsvector('simple', …)``."""
    return " ".join(dict.fromkeys(word for text in texts for word in words(text)))
