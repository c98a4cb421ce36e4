"""Comparing short Chinese texts by their pairs of neighbouring characters: exact, repeatable, explainable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

_RUN = re.compile(r"[一-鿿]+|[A-Za-z]+|\d+")
_ROUND = Decimal("0.0001")


def plain(text: str, synonyms: Mapping[str, str] | None = None) -> str:
    """Return ``text`` upper-cased with each synonym replaced by its main word."""
    folded = text.upper()
    for word, main in (synonyms or {}).items():
        folded = folded.replace(word.upper(), main.upper())
    return folded


def pairs(text: str) -> frozenset[str]:
    """Return the character pairs of every Chinese run and every Latin word or number (of two or more) as a whole."""
    found: set[str] = set()
    for run in _RUN.findall(text):
        if run[0].isascii():
            found.update({run} if len(run) > 1 else ())
        else:
            found.update(run[i : i + 2] for i in range(len(run) - 1))
    return frozenset(found)


def likeness(left: str, right: str) -> Decimal:
    """Return how alike two texts are, 0 to 1: twice the shared pairs over all pairs (Dice). Equal texts are 1."""
    if left == right:
        return Decimal(1)
    a, b = pairs(plain(left)), pairs(plain(right))
    if not a or not b:
        return Decimal(0)
    return (Decimal(2 * len(a & b)) / Decimal(len(a) + len(b))).quantize(_ROUND)


def shared_words(left: str, right: str, shared: frozenset[str]) -> tuple[str, ...]:
    """Return the longest runs of ``left`` built of ``shared`` pairs only that also stand in ``right``, in order."""
    words: list[str] = []
    for run in _RUN.findall(left):
        if run[0].isascii():
            words += [run] if run in shared else []
            continue
        at = 0
        while at < len(run) - 1:
            end = at
            while end < len(run) - 1 and run[end : end + 2] in shared and run[at : end + 2] in right:
                end += 1
            if end > at:
                words.append(run[at : end + 1])
            at = max(end, at + 1)
    return tuple(dict.fromkeys(words))
