"""A compiled word list. ``scan`` finds what is written; where an entry wants it, its disguises as well (``disguises``)."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from yunshu.lib.wording.automaton import Automaton, whole
from yunshu.lib.wording.disguises import Disguises
from yunshu.lib.wording.entries import CONFIDENCE, Entry, Hit, How

_TITLE = 80
_UNDATED = 0.5
"""What remains of the confidence in a dated rule where the text's day is not known [I]."""


class Lexicon:
    """Entries in one automaton. Never changes: another list is another lexicon with another ``digest``."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Sequence[Entry] = tuple(dict.fromkeys(entry for entry in entries if entry.wrong))
        self.digest = _digest(self.entries)
        self._words = Automaton([word for entry in self.entries for word in (entry.wrong, *entry.exceptions)])
        by_word: dict[str, list[Entry]] = {}
        for entry in self.entries:
            by_word.setdefault(entry.wrong, []).append(entry)
        self._by_word = by_word
        self._disguises = Disguises([entry for entry in self.entries if entry.obfuscation])

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Return every listed word as it is written: start, end, number in ``words``; overlapping, without any rule."""
        return self._words.find(text)

    @property
    def words(self) -> Sequence[str]:
        """The words of the automaton: wrong ones and exceptions."""
        return self._words.words

    def scan(self, text: str, *, on: date | None = None, accepted: Collection[str] = ()) -> list[Hit]:
        """Return what is wrong in ``text``, in its order; spans count characters of ``text``.

        ``on``: the day the text was published; dated entries follow it, and count half where it is unknown.
        ``accepted``: phrases somebody decided are right here: nothing inside one is reported.
        """
        found = [(start, end, self._words.words[number]) for start, end, number in self._words.find(text)]
        places: dict[str, list[tuple[int, int]]] = {}
        for start, end, word in found:
            places.setdefault(word, []).append((start, end))
        hits = [
            Hit(start, end, word, entry, How.EXACT, CONFIDENCE[How.EXACT])
            for start, end, word in found
            for entry in self._by_word.get(word, ())
            if entry.applies(on)
            and whole(text, start, end)
            and not _excused(entry, start, end, places)
            and not (entry.dated and _in_title(text, start))
        ]
        hits += self._disguises.scan(text, on, {(hit.start, hit.end) for hit in hits})
        hits = [hit for hit in hits if not is_accepted(text, hit.start, hit.end, accepted)]
        return [_dated(hit, on) for hit in _longest(hits)]


def is_accepted(text: str, start: int, end: int, accepted: Collection[str]) -> bool:
    """Return whether ``text[start:end]`` lies inside one of the ``accepted`` phrases there."""
    found = text[start:end]
    for phrase in accepted:
        at = phrase.find(found)
        while at >= 0:
            if start >= at and text.startswith(phrase, start - at):
                return True
            at = phrase.find(found, at + 1)
    return False


def _excused(entry: Entry, start: int, end: int, places: dict[str, list[tuple[int, int]]]) -> bool:
    return any(a <= start and end <= b for phrase in entry.exceptions for a, b in places.get(phrase, ()))


def _in_title(text: str, start: int) -> bool:
    """Return whether a place lies between 《 and 》: the title of a document keeps the names of its day."""
    return text.rfind("《", max(0, start - _TITLE), start) > text.rfind("》", max(0, start - _TITLE), start)


def _longest(hits: list[Hit]) -> list[Hit]:
    """Return the hits in order, without those that lie inside a longer one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, -hit.confidence)):
        if kept and hit.end <= kept[-1].end and (hit.start, hit.end) != (kept[-1].start, kept[-1].end):
            continue
        kept.append(hit)
    return kept


def _dated(hit: Hit, on: date | None) -> Hit:
    return replace(hit, confidence=hit.confidence * _UNDATED) if on is None and hit.entry.dated else hit


def _digest(entries: Sequence[Entry]) -> str:
    """Return SHA-256 over the entries, whatever their order: the version of the list."""
    lines = sorted(json.dumps(_fields(entry), ensure_ascii=False) for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _fields(entry: Entry) -> list[object]:
    days = [str(entry.valid_from or ""), str(entry.valid_to or "")]
    words = [entry.wrong, entry.right, entry.kind, entry.category, *days, sorted(entry.exceptions), entry.source]
    return [*words, entry.obfuscation]
