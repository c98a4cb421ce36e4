"""A word list's line and what a scan finds by it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """How grave it is: a veto (国办秘函〔2019〕19号 W1, sheet A2 [V]), an error, a slip of the pen."""

    SERIOUS = "serious"
    WRONG = "wrong"
    SPELLING = "spelling"


class Category(StrEnum):
    """What it is about."""

    LEADERS = "leaders"
    PHRASES = "phrases"
    INSTITUTIONS = "institutions"
    TERRITORY = "territory"
    COMMON = "common"
    CUSTOM = "custom"


class How(StrEnum):
    """How the text was found to say it: as listed, by one of the disguises, or by a rule."""

    EXACT = "exact"
    INVISIBLE = "invisible"
    SEPARATED = "separated"
    PUNCTUATED = "punctuated"
    SYMBOLS = "symbols"
    WIDTH = "width"
    TRADITIONAL = "traditional"
    ENTITY = "entity"
    LOOKALIKE = "lookalike"
    HOMOPHONE = "homophone"
    PINYIN = "pinyin"
    RULE = "rule"


CONFIDENCE = {
    How.EXACT: 1.0,
    How.WIDTH: 0.98,
    How.TRADITIONAL: 0.98,
    How.INVISIBLE: 0.95,
    How.ENTITY: 0.95,
    How.SYMBOLS: 0.9,
    How.SEPARATED: 0.85,
    How.PUNCTUATED: 0.8,
    How.LOOKALIKE: 0.75,
    How.PINYIN: 0.75,
    How.HOMOPHONE: 0.65,
}
"""A first guess for the order of review, not a probability [I]; what reviewers decide should replace it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule of a list: ``wrong`` should be ``right`` (empty: should not be there).

    It applies to texts published from ``valid_from`` on and before ``valid_to``. ``exceptions``: longer innocent
    phrases that contain ``wrong``. ``obfuscation``: look for disguises as well (for words somebody would hide).
    """

    wrong: str
    right: str = ""
    kind: Kind = Kind.WRONG
    category: Category = Category.CUSTOM
    valid_from: date | None = None
    valid_to: date | None = None
    exceptions: tuple[str, ...] = ()
    source: str = ""
    obfuscation: bool = False

    @property
    def dated(self) -> bool:
        """Whether the text's date matters."""
        return self.valid_from is not None or self.valid_to is not None

    def applies(self, on: date | None) -> bool:
        """Return whether the rule held on the day a text was published; an unknown day may be any."""
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Hit:
    """A find: ``text[start:end] == found``, by which entry, how, and how sure (0 to 1)."""

    start: int
    end: int
    found: str
    entry: Entry
    how: How
    confidence: float
