"""Finds words that somebody disguised, in the folded text, and refuses what is no disguise. Start at ``Disguises.scan``.

Ten families: invisible characters, separators, full width, traditional forms, homophones, pinyin among characters,
punctuation put in, look-alikes, left-over entities, symbols and blanks. A fold joins what a sentence had apart, so a
candidate counts only if its gaps look made: a symbol or something unseen anywhere, the same mark repeated, or every
gap filled. Homophones need three characters, one of them as listed, and must not be a word of the dictionary.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

import rjieba

from yunshu.lib.wording import folding, sounds
from yunshu.lib.wording.automaton import Automaton, whole
from yunshu.lib.wording.entries import CONFIDENCE, Entry, Hit, How
from yunshu.lib.wording.folding import BLANK, INVISIBLE, KEPT, STRONG, Folded

_SHORTEST_SOUND = 3
_ELLIPSES = ("…", "—", "\n", "\r", " ", "\u3000", "\t")


class _Reading:
    """The entries under one reading (look or sound), with their exceptions."""

    def __init__(self, entries: Sequence[Entry], read: Callable[[str], Iterable[str]]) -> None:
        self._wrong: dict[str, list[Entry]] = {}
        self._innocent: dict[str, list[Entry]] = {}
        for entry in entries:
            for word in filter(None, read(entry.wrong)):
                self._wrong.setdefault(word, []).append(entry)
            for phrase in entry.exceptions:
                for word in filter(None, read(phrase)):
                    self._innocent.setdefault(word, []).append(entry)
        self._words = Automaton([*self._wrong, *self._innocent])

    def find(self, text: str) -> Iterator[tuple[int, int, Entry]]:
        """Yield where an entry's word stands and none of its exceptions around it."""
        found = [(start, end, self._words.words[number]) for start, end, number in self._words.find(text)]
        innocent = [(a, b, e) for a, b, word in found for e in self._innocent.get(word, ())]
        for start, end, word in found:
            for entry in self._wrong.get(word, ()):
                if not any(a <= start and end <= b and entry is e for a, b, e in innocent):
                    yield start, end, entry


class Disguises:
    """The entries whose disguises are looked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._empty = not entries
        if self._empty:
            return
        self._look = _Reading(entries, lambda word: [folding.look(word)])
        self._sound = _Reading(entries, lambda word: sounds.spoken(folding.plain(word)))
        self._plain = {entry: folding.plain(entry.wrong) for entry in entries}
        self._right = {entry: folding.plain(entry.right) for entry in entries}

    def scan(self, text: str, on: date | None, known: set[tuple[int, int]]) -> Iterator[Hit]:
        """Yield the disguised words; ``known``: spans that were found as listed."""
        if self._empty:
            return
        folded, seen = folding.fold(text), set(known)
        candidates = list(self._look.find(folded.look))
        for start, end, entry in self._sound.find(folded.sound):
            candidates.append((*folded.heard(start, end), entry))
        for first, last, entry in candidates:
            span = (int(folded.starts[first]), int(folded.ends[last - 1]))
            if span in seen or not entry.applies(on):
                continue
            how = self._how(text, folded, first, last, entry)
            if how is not None and whole(text, *span):
                seen.add(span)
                yield Hit(*span, text[slice(*span)], entry, how, CONFIDENCE[how])

    def _how(self, text: str, folded: Folded, first: int, last: int, entry: Entry) -> How | None:
        """Return how the word is disguised, or None if this is none."""
        word, found = self._plain[entry], folded.plain[first:last]
        gaps = _gaps(text, folded, first, last)
        if gaps is None or (found and found in self._right[entry]):
            return None
        if found != word:
            return _other_characters(found, word)
        start, end = int(folded.starts[first]), int(folded.ends[last - 1])
        if any(start <= at < end for at in folded.entities):
            return How.ENTITY
        if gaps is not How.EXACT:
            return gaps
        written = text[start:end]
        if written == entry.wrong:
            return None
        return How.WIDTH if any(map(_is_wide, written)) else How.TRADITIONAL


def _other_characters(found: str, word: str) -> How | None:
    """Tell look-alikes from letters and homophones; None for what is too unlike, or a word of its own."""
    if len(found) == len(word):
        if folding.look(found) == folding.look(word):
            return None if rjieba.has_word(found) else How.LOOKALIKE
        same = sum(a == b for a, b in zip(found, word, strict=True))
        if len(word) < _SHORTEST_SOUND or same < max(1, len(word) // 3) or rjieba.has_word(found):
            return None
        return How.PINYIN if any("a" <= c <= "z" for c in found) else How.HOMOPHONE
    same = len(set(found) & set(word))
    return How.PINYIN if same and any("a" <= c <= "z" for c in found) else None


def _gaps(text: str, folded: Folded, first: int, last: int) -> How | None:
    """Return what was put between the characters: EXACT for nothing; None where it is what sentences have."""
    between = [
        (int(folded.ends[at]), int(folded.starts[at + 1]))
        for at in range(first, last - 1)
        if folded.ends[at] < folded.starts[at + 1]
    ]
    if not between:
        return How.EXACT
    kinds = {int(kind) for a, b in between for kind in folded.kinds[a:b]} - {KEPT}
    filled = len(between) == last - 1 - first and len(between) > 1
    repeated = any(b - a > 1 and len({*text[a:b]}) == 1 and text[a] not in _ELLIPSES for a, b in between)
    if kinds <= {INVISIBLE}:
        return How.INVISIBLE
    if not (kinds & {STRONG, INVISIBLE} or filled or repeated):
        return None
    if kinds == {BLANK}:
        return How.SEPARATED
    return How.SYMBOLS if kinds <= {STRONG, INVISIBLE} else How.PUNCTUATED


def _is_wide(character: str) -> bool:
    return "\uff01" <= character <= "\uff5e" or not folding.is_han(character)
