"""Syllables without tones as single characters, so that words can be compared by their sound. Start at ``spoken``."""

import re
from functools import cache, lru_cache
from itertools import product

import numpy
from numpy.typing import NDArray
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

Codes = NDArray[numpy.uint32]
SIZE = 0x110000
_FIRST = 0xE000  # private use: no text has them once the folding dropped them
_READINGS, _MOST = 3, 24
LATIN = re.compile("[a-z]{1,30}")


@cache
def _readings() -> dict[int, tuple[str, ...]]:
    """Return each character's syllables, the usual one first."""
    found = {}
    for code, tones in PINYIN_DICT.items():
        found[code] = tuple(dict.fromkeys(to_normal(tone) for tone in tones.split(",")))
    return found


@cache
def _syllables() -> dict[str, str]:
    """Return the character that stands for each syllable."""
    known = sorted({s for readings in _readings().values() for s in readings if s.isascii() and s.isalpha()})
    return {syllable: chr(_FIRST + number) for number, syllable in enumerate(known)}


@cache
def table() -> Codes:
    """Return, for each code point, that of its usual syllable; itself if it has none."""
    codes, syllables = numpy.arange(SIZE, dtype=numpy.uint32), _syllables()
    for code, readings in _readings().items():
        if readings[0] in syllables:
            codes[code] = ord(syllables[readings[0]])
    return codes


def spoken(word: str) -> list[str]:
    """Return the ways ``word`` may sound, as syllable characters; at most a couple of dozen."""
    syllables = _syllables()
    choices = [[syllables[s] for s in _readings().get(ord(c), ())[:_READINGS] if s in syllables] or [c] for c in word]
    return ["".join(way) for way, _ in zip(product(*choices), range(_MOST), strict=False)]


@lru_cache(maxsize=10_000)
def spelled(letters: str) -> tuple[tuple[str, int], ...]:
    """Return the syllables that ``letters`` spell, each with its number of letters, the longest first; none if they do not."""
    syllables = _syllables()
    best: list[tuple[tuple[str, int], ...] | None] = [()] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for size in range(1, min(6, end) + 1):
            before, syllable = best[end - size], syllables.get(letters[end - size : end])
            if before is None or syllable is None or (size == 1 and syllable not in _single()):
                continue
            now = (*before, (syllable, size))
            known = best[end]
            if known is None or len(now) < len(known):
                best[end] = now
    return best[-1] or ()


@cache
def _single() -> frozenset[str]:
    return frozenset(_syllables()[vowel] for vowel in "aeo" if vowel in _syllables())
