"""How a demand sounds, as a hint for whoever calls back: none, displeased or heated, with the words that say so.

Own words with weights (``data/mood.csv``), correctable: another file of the same three columns may stand in its place. Nothing is
learned, nobody's quality is claimed. It abstains by default: one light word, a mark of repetition or an exclamation alone says
nothing, and without a word of feeling nothing is ever heated.

What it is not for: it reads words, not people, and says nothing true of anybody. It is a hint at the moment of reading; it must not
be kept, counted, shown to the unit complained about, nor order or judge anything.

| kind | what a word of it does |
|---|---|
| ``feeling`` | adds its weight, once however often it is said |
| ``charge`` | says what others did (推诿, 嚣张): adds its weight, all such words together at most ``MOST``: a charge is the matter, no feeling |
| ``again`` | says that it was reported before (再次反映): adds its weight, together at most ``MOST``; exclamation marks, two or more, likewise |
| ``degree`` | multiplies the word right behind it (非常失望, 有点失望) |
| ``denial`` | right before it, takes it back (没有不满) unless the clause asks in return (难道不是推诿吗: ``question``) |
| ``supposed`` | earlier in the clause, takes it back: that is what shall not come (以免群众不满) |
| ``other`` | is no such word though it looks like one (不满足) |

``…`` in a word stands for up to six characters of the same clause (多次…反映).
"""

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Mood(StrEnum):
    """How a demand sounds; none is what is said of most."""

    NONE = "none"
    DISPLEASED = "displeased"
    HEATED = "heated"


class Sign(StrEnum):
    """What a word is to the reader."""

    FEELING = "feeling"
    CHARGE = "charge"
    AGAIN = "again"
    DEGREE = "degree"
    DENIAL = "denial"
    QUESTION = "question"
    SUPPOSED = "supposed"
    OTHER = "other"
    MARKS = "marks"


@dataclass(frozen=True, slots=True)
class MoodWord:
    """A line of the list."""

    word: str
    kind: Sign
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found at ``start``–``end`` and what it added; ``degree`` is the word that made it more or less."""

    kind: Sign
    start: int
    end: int
    text: str
    weight: float
    degree: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """The mood with its reasons, the heaviest first; without a mood there are none."""

    mood: Mood
    score: float = 0.0
    heard: tuple[Heard, ...] = ()


class MoodWordsError(ValueError):
    """A list cannot be read; ``line`` says where."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


DISPLEASED_FROM, HEATED_FROM = 2.0, 5.0
MOST = 1.0
"""What charges, marks of repetition and exclamations may add, each kind together."""
MOST_CHARACTERS, MOST_WORDS, MOST_WEIGHT = 6000, 2000, 5.0
"""Bounds of what is read; ours, like the thresholds above."""

_COLUMNS = {"word", "kind", "weight"}
_WORD = re.compile(r"[\w…]{1,20}")
_CLAUSE = re.compile(r"[，。；！？,;!?\n：:、]")
_MARKS = re.compile(r"[！!？?]*[！!]{2,}[！!？?]*|(?:[！!][？?]|[？?][！!])[！!？?]*")
_COUNTED = re.compile(r"不满(?=\s*(?:\d|[一二两三四五六七八九十半百]+(?:个|年|月|岁|周|天|日|人|米|平|元)))")
"""不满 before a number is one (不满三年)."""
_BEFORE = 14


def read_words(text: str) -> tuple[MoodWord, ...]:
    """Return the words of a list. Raises MoodWordsError with the line that cannot be read."""
    rows = csv.DictReader(text.lstrip("\ufeff").splitlines(), strict=True)
    found: dict[str, MoodWord] = {}
    try:
        if not _COLUMNS.issubset(rows.fieldnames or ()):
            raise MoodWordsError(1)
        for row in rows:
            word = _word(row)
            if word is None or len(found) >= MOST_WORDS:
                raise MoodWordsError(rows.line_num)
            found[word.word] = word
    except csv.Error as error:
        raise MoodWordsError(rows.reader.line_num) from error
    if not any(word.kind is Sign.FEELING for word in found.values()):
        raise MoodWordsError(1)
    return tuple(found.values())


def _word(row: dict[str, str | None]) -> MoodWord | None:
    word, kind = (row["word"] or "").strip(), (row["kind"] or "").strip()
    try:
        weight = float(row["weight"] or "0")
    except ValueError:
        return None
    fits = _WORD.fullmatch(word) and word.strip("…") == word and 0 <= weight <= MOST_WEIGHT and math.isfinite(weight)
    return MoodWord(word, Sign(kind), weight) if fits and kind in set(Sign) - {Sign.MARKS} else None


@cache
def shipped() -> tuple[MoodWord, ...]:
    """Return the words of the package."""
    return read_words((files("yunshu.lib.triage") / "data" / "mood.csv").read_text("utf-8"))


def mood(text: str, words: Iterable[MoodWord] | None = None) -> Hint:
    """Return how ``text`` sounds, by ``words`` or those of the package; no sign, no hint."""
    ear, text = _ear(tuple(shipped() if words is None else words)), text[:MOST_CHARACTERS]
    said = _said(text, ear)
    feelings = [each for each in said if each.kind is Sign.FEELING]
    charges = [each for each in said if each.kind is Sign.CHARGE]
    again = [_heard(Sign.AGAIN, match, ear.weight(match.group())) for match in ear.again.finditer(text)]
    marks = [_heard(Sign.MARKS, match, MOST) for match in _MARKS.finditer(text)]
    heard = [*feelings, *(each for many in (charges, again, marks) for each in _bounded(many))]
    score = round(sum(each.weight for each in heard), 2)
    if score < DISPLEASED_FROM:
        return Hint(Mood.NONE)
    level = Mood.HEATED if feelings and score >= HEATED_FROM else Mood.DISPLEASED
    return Hint(level, score, tuple(sorted(heard, key=lambda each: (-each.weight, each.start))))


@dataclass(frozen=True, slots=True)
class _Ear:
    said: re.Pattern[str]
    again: re.Pattern[str]
    degree: re.Pattern[str]
    denial: re.Pattern[str]
    question: re.Pattern[str]
    supposed: re.Pattern[str]
    words: dict[str, MoodWord]

    def weight(self, text: str) -> float:
        """Return what a word of the text weighs; one with a gap is not listed as it stands there."""
        return self.words[text].weight if text in self.words else MOST


@cache
def _ear(words: tuple[MoodWord, ...]) -> _Ear:
    def of(*kinds: Sign, tail: str = "") -> re.Pattern[str]:
        longest = sorted((each.word for each in words if each.kind in kinds), key=len, reverse=True)
        return re.compile(f"({'|'.join(map(_pattern, longest)) or '(?!)'}){tail}")

    return _Ear(
        said=of(Sign.FEELING, Sign.CHARGE, Sign.OTHER),
        again=of(Sign.AGAIN),
        degree=of(Sign.DEGREE, tail="(?:的|地|是|感到|令人|让人){0,2}$"),
        denial=of(Sign.DENIAL, tail="(?:感到|觉得|有|什么|任何|对[^，。]{1,6}){0,2}$"),
        question=of(Sign.QUESTION),
        supposed=of(Sign.SUPPOSED),
        words={each.word: each for each in words},
    )


def _pattern(word: str) -> str:
    return re.escape(word).replace("…", r"[^，。；！？,;!?\n]{0,6}?")


def _said(text: str, ear: _Ear) -> list[Heard]:
    """Return words of feeling and charges that the clause does not take back, each at its strongest."""
    found: dict[str, Heard] = {}
    for match in ear.said.finditer(text):
        word = ear.words.get(match.group(), MoodWord(match.group(), Sign.OTHER))
        clause = _CLAUSE.split(text[max(0, match.start() - _BEFORE) : match.start()])[-1]
        by = ear.degree.search(clause)
        denied = ear.denial.search(clause[: by.start()] if by else clause) and not ear.question.search(clause)
        counted = _COUNTED.match(text, match.start())
        if word.kind is Sign.OTHER or denied or counted or ear.supposed.search(clause):
            continue
        weight = word.weight * (ear.weight(by[1]) if by else 1.0)
        heard = _heard(word.kind, match, weight, by[1] if by else "")
        found[heard.text] = max(heard, found.get(heard.text, heard), key=lambda each: each.weight)
    return list(found.values())


def _heard(kind: Sign, match: re.Match[str], weight: float, degree: str = "") -> Heard:
    return Heard(kind, match.start(), match.end(), match.group(), weight, degree)


def _bounded(heard: Iterable[Heard]) -> list[Heard]:
    """Return each word once, weighing no more than ``MOST`` together."""
    once = {each.text: each for each in heard}
    share = min(1.0, MOST / max(sum(each.weight for each in once.values()), MOST))
    return [replace(each, weight=each.weight * share) for each in once.values()]
