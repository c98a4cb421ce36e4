"""One pass over a text that undoes disguises and remembers where every remaining character stood. Start at ``fold``.

Everything is a table from code point to code point, applied by numpy to the whole text at once: NFKC and case, traditional
to simplified (OpenCC), look-alikes to one of their class, characters to their syllable. What is no letter, digit or
Chinese character is dropped, and the kind of what was dropped is kept: it decides later whether a gap is a disguise.
"""

import csv
import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy
import opencc
from numpy.typing import NDArray

from yunshu.lib.wording import sounds
from yunshu.lib.wording.sounds import SIZE, Codes

Places = NDArray[numpy.int64]
KEPT, STRONG, WEAK, BLANK, INVISIBLE = range(5)
"""What a character is: kept; a symbol nobody writes inside a word; punctuation; a blank; something that is not seen."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|\\u[0-9a-fA-F]{4}")
_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》〈〉【】「」『』〔〕…—～,.;:?!\"'()<>[]{}/-%")
_BLANK_CATEGORIES, _UNSEEN_CATEGORIES = (
    frozenset({"Zs", "Zl", "Zp", "Cc"}),
    frozenset({"Cf", "Mn", "Me", "Co", "Cn", "Cs"}),
)
_HAN = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without its disguises: three readings of the same characters, and where each began and ended.

    ``plain`` has one form for width, case and script; ``look`` one for look-alikes as well; ``sound`` syllables.
    ``kinds`` says of every character of the original what it is.
    """

    plain: str
    look: str
    sound: str
    starts: Places
    ends: Places
    kinds: NDArray[numpy.uint8]
    entities: frozenset[int]
    spans: tuple[tuple[int, int], ...] | None
    """Where ``sound`` is shorter than ``plain`` (letters that spell a syllable), the span in ``plain`` of each character."""

    def heard(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in ``plain`` of a span in ``sound``."""
        return (start, end) if self.spans is None else (self.spans[start][0], self.spans[end - 1][1])


def fold(text: str) -> Folded:
    """Return ``text`` without its disguises."""
    codes, starts, ends, entities = _decoded(text)
    kinds = _kinds()[codes]
    kept = numpy.flatnonzero(kinds == KEPT)
    plain = _plain()[codes[kept]]
    word = _text(plain)
    sound, spans = _heard(word, _text(sounds.table()[plain]))
    original = _kinds()[_codes(text)] if entities else kinds
    return Folded(word, _text(_look()[plain]), sound, starts[kept], ends[kept], original, entities, spans)


def plain(word: str) -> str:
    """Return ``word`` as ``Folded.plain`` would have it."""
    return _text(_plain()[_kept(word)])


def look(word: str) -> str:
    """Return ``word`` as ``Folded.look`` would have it."""
    return _text(_look()[_plain()[_kept(word)]])


def is_han(character: str) -> bool:
    """Return whether it is a Chinese character."""
    return any(first <= ord(character) <= last for first, last in _HAN)


def _kept(word: str) -> Codes:
    codes = _codes(word)
    return codes[numpy.flatnonzero(_kinds()[codes] == KEPT)]


def _codes(text: str) -> Codes:
    return numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)


def _text(codes: Codes) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _decoded(text: str) -> tuple[Codes, Places, Places, frozenset[int]]:
    """Return the code points with what entities stand for, where each began and ended, and where entities begin."""
    codes = _codes(text)
    if "&" not in text and "\\u" not in text:
        places = numpy.arange(len(codes))
        return codes, places, places + 1, frozenset()
    parts, starts, ends, entities, at = [], [], [], set(), 0
    for match in _ENTITY.finditer(text):
        meant = chr(int(match[0][2:], 16)) if match[0][0] == "\\" else html.unescape(match[0])
        if len(meant) != 1:
            continue
        between = numpy.arange(at, match.start())
        parts += [codes[at : match.start()], _codes(meant)]
        starts += [between, numpy.array([match.start()])]
        ends += [between + 1, numpy.array([match.end()])]
        entities.add(match.start())
        at = match.end()
    rest = numpy.arange(at, len(codes))
    joined = numpy.concatenate([*parts, codes[at:]])
    return joined, numpy.concatenate([*starts, rest]), numpy.concatenate([*ends, rest + 1]), frozenset(entities)


def _heard(word: str, sound: str) -> tuple[str, tuple[tuple[int, int], ...] | None]:
    """Replace letters beside Chinese characters by the syllables they spell."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for match in sounds.LATIN.finditer(word):
        beside = word[max(0, match.start() - 1) : match.start()] + word[match.end() : match.end() + 1]
        spelled = sounds.spelled(match[0]) if any(map(is_han, beside)) else ()
        if not spelled:
            continue
        parts.append(sound[at : match.start()])
        spans += [(i, i + 1) for i in range(at, match.start())]
        at = match.start()
        for syllable, size in spelled:
            parts.append(syllable)
            spans.append((at, at + size))
            at += size
    if not parts:
        return sound, None
    spans += [(i, i + 1) for i in range(at, len(word))]
    return "".join([*parts, sound[at:]]), tuple(spans)


@cache
def _kinds() -> NDArray[numpy.uint8]:
    kinds = numpy.full(SIZE, STRONG, dtype=numpy.uint8)
    for code in range(0x30000):
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] in "LN":
            kinds[code] = KEPT
        elif character in _PUNCTUATION or unicodedata.normalize("NFKC", character) in _PUNCTUATION:
            kinds[code] = WEAK
        elif category in _BLANK_CATEGORIES:
            kinds[code] = BLANK
        elif category in _UNSEEN_CATEGORIES:
            kinds[code] = INVISIBLE
    kinds[0x115F : 0x1160 + 1] = INVISIBLE  # Hangul fillers are letters that nobody sees
    kinds[0x3164] = kinds[0xFFA0] = INVISIBLE
    kinds[0x30000:0x323B0] = KEPT
    kinds[0xE0000:0xE0200] = INVISIBLE
    return kinds


@cache
def _plain() -> Codes:
    """NFKC, lower case and simplified, where the result is one character."""
    codes, simplify = numpy.arange(SIZE, dtype=numpy.uint32), opencc.OpenCC("t2s").convert
    for code in range(0x20000):
        if 0xD800 <= code < 0xE000:
            continue
        form = unicodedata.normalize("NFKC", chr(code)).lower()
        codes[code] = ord(form) if len(form) == 1 else code
    places = [code for first, last in _HAN for code in range(first, last + 1)]
    traditional = [chr(codes[code]) for code in places]
    # one character a line: OpenCC then cannot see words, and a character's own form is what is wanted
    for code, form in zip(places, simplify("\n".join(traditional)).split("\n"), strict=True):
        codes[code] = ord(form) if len(form) == 1 else code
    return codes


@cache
def _look() -> Codes:
    """The first of each class of look-alikes."""
    codes = numpy.arange(SIZE, dtype=numpy.uint32)
    data = (files("yunshu.lib.wording") / "data" / "lookalikes.csv").read_text("utf-8")
    for row in csv.DictReader(data.splitlines()):
        first, *others = list(row["characters"].lower())
        for other in others:
            codes[ord(other)] = ord(first)
    return codes
