"""Misspellings: the port that a model may fill, and a baseline of confusion pairs that would rather say nothing.

The baseline knows pairs (按装 → 安装) with a weight, and lowers it where the segmentation (rjieba) puts the find across
the border of words; below the margin it abstains. It makes no claim to find what is not listed.
"""

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

import rjieba

from yunshu.lib.wording.automaton import Automaton
from yunshu.lib.wording.entries import Category, Entry, Hit, How, Kind
from yunshu.lib.wording.lexicon import is_accepted

MARGIN = 0.6
_ACROSS = 0.4
_REACH = 12


class Speller(Protocol):
    """The port: a local model service, a dictionary, or both behind one another."""

    def check(self, text: str, *, accepted: Collection[str] = ()) -> list[Hit]:
        """Return the misspellings, in the text's order; nothing inside an ``accepted`` phrase."""
        ...


@dataclass(frozen=True, slots=True)
class Confusion:
    """A pair: ``weight`` is how often the wrong form is an error where it stands as a word (0 to 1) [I]."""

    wrong: str
    right: str
    weight: float
    exceptions: tuple[str, ...]
    source: str


class ConfusionSpeller:
    """The baseline. ``margin``: what it is not at least this sure of, it does not say."""

    def __init__(self, confusions: Iterable[Confusion], *, margin: float = MARGIN) -> None:
        self._pairs = {pair.wrong: pair for pair in confusions}
        self._margin = margin
        self._words = Automaton(self._pairs)

    def exceptions(self, wrong: str) -> tuple[str, ...]:
        """Return the phrases in which a listed form is right; none for one that is not listed."""
        pair = self._pairs.get(wrong)
        return pair.exceptions if pair else ()

    def check(self, text: str, *, accepted: Collection[str] = ()) -> list[Hit]:
        """Return the pairs that are written, where the words around let them be errors."""
        hits = []
        for start, end, number in self._words.find(text):
            pair = self._pairs[self._words.words[number]]
            confidence = pair.weight - (_ACROSS if _crosses(text, start, end) else 0.0)
            if confidence < self._margin or is_accepted(text, start, end, (*accepted, *pair.exceptions)):
                continue
            entry = Entry(
                wrong=pair.wrong, right=pair.right, kind=Kind.SPELLING, category=Category.COMMON, source=pair.source
            )
            hits.append(Hit(start, end, text[start:end], entry, How.RULE, confidence))
        return hits


@cache
def shipped_speller() -> ConfusionSpeller:
    """Return the baseline over the pairs that ship."""
    text = (files("yunshu.lib.wording") / "data" / "confusions.csv").read_text("utf-8")
    return ConfusionSpeller(
        Confusion(
            row["wrong"],
            row["right"],
            float(row["weight"]),
            tuple(filter(None, row["exceptions"].split("|"))),
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def _crosses(text: str, start: int, end: int) -> bool:
    """Return whether a word of the text begins outside the find and ends inside it, or the other way round."""
    first = max(0, start - _REACH)
    at, borders = first, {first}
    for word in rjieba.cut(text[first : end + _REACH]):
        at += len(word)
        borders.add(at)
    return not (start in borders and end in borders)
