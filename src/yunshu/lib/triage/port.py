"""The one port of all that suggests: a report goes in, suggestions with reasons come out, or an abstention that says why.

A person decides. What is not sure enough is still shown as a list, but ``decided`` is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from yunshu.lib.text import squeezed


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody said: a title and the words themselves."""

    title: str
    body: str = ""

    @property
    def text(self) -> str:
        """Title and body as one squeezed text."""
        return squeezed(f"{self.title}。{self.body}")


class Ground(StrEnum):
    """What a suggestion rests on."""

    RULE = "rule"
    SIMILAR = "similar"
    WORDS = "words"
    MEANING = "meaning"


class Why(StrEnum):
    """Why nothing was decided."""

    UNTRAINED = "untrained"
    BELOW_MARGIN = "below_margin"
    CONTRADICTION = "contradiction"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One ground: ``shown`` is what was found (words, a title, a rule's sentence), ``ref`` where it stands."""

    ground: Ground
    shown: str
    ref: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A label and how often such a suggestion is right (0 to 1); None where nothing was learned that could say so."""

    label: str
    confidence: float | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Suggestions, the best first. ``decided`` is set only above the margin; otherwise ``why`` says what was missing."""

    version: str
    suggestions: tuple[Suggestion, ...]
    decided: str | None = None
    why: Why | None = None

    @property
    def abstained(self) -> bool:
        """Whether the machine says that it does not know."""
        return self.decided is None


class Predictor(Protocol):
    """The port: whatever suggests labels, learned or not. ``version`` goes with every suggestion that is kept."""

    @property
    def version(self) -> str:
        """What made the suggestion: its kind and a digest of what it was made from."""
        ...

    def predict(self, report: Report, *, top: int = 3) -> Prediction:
        """Return the ``top`` best labels, without reasons (they cost time)."""
        ...

    def explain(self, report: Report, label: str) -> Sequence[Reason]:
        """Return what speaks for ``label``, the strongest first."""
        ...
