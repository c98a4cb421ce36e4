"""Levels two and three of a category tree, suggested by words alone.

Nothing is learned here and nothing is decided: a branch is shown because words of its name stand in the report, and the words
are shown with it. Its ``confidence`` is None, always.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yunshu.lib.text import pairs, terms
from yunshu.lib.triage.port import Ground, Prediction, Reason, Report, Suggestion, Why

_TITLE = 2.0
_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Branch:
    """A leaf with its way from the root: 城乡建设 / 安全生产 / 安全隐患."""

    first: str
    second: str
    third: str

    @property
    def path(self) -> str:
        """The three names."""
        return _SEPARATOR.join((self.first, self.second, self.third))


class Tree:
    """The branches of a city, searched by the words of their names."""

    def __init__(self, branches: Iterable[Branch]) -> None:
        self.branches = tuple(branches)
        self._words = [_features(f"{branch.third} {branch.second}") for branch in self.branches]
        seen = Counter(word for words in self._words for word in words)
        self._rare = {word: math.log(1 + len(self.branches) / count) for word, count in seen.items()}
        digest = hashlib.sha256("\n".join(branch.path for branch in self.branches).encode())
        self.version = f"tree-1:{digest.hexdigest()[:12]}"

    def predict(self, report: Report, *, top: int = 3) -> Prediction:
        """Return the branches with most words in common, all first levels alike."""
        return self.within(report, None, top=top)

    def within(self, report: Report, first: str | None, *, top: int = 3) -> Prediction:
        """Return the branches with most words in common, below the first level ``first`` if one is given."""
        here = self._said(report)
        ranked = sorted(
            (
                (-self._worth(at, here), branch.path)
                for at, branch in enumerate(self.branches)
                if first is None or branch.first == first
            )
        )
        found = tuple(Suggestion(label=path, confidence=None) for worth, path in ranked[:top] if worth < 0)
        return Prediction(version=self.version, suggestions=found, why=Why.UNTRAINED)

    def explain(self, report: Report, label: str) -> Sequence[Reason]:
        """Return the words of the branch ``label`` that stand in the report."""
        here = self._said(report)
        at = next(at for at, branch in enumerate(self.branches) if branch.path == label)
        shared = sorted((word for word in self._words[at] if word in here), key=lambda word: (-self._rare[word], word))
        return [
            Reason(ground=Ground.WORDS, shown=word, weight=round(self._rare[word] * here[word], 4)) for word in shared
        ]

    def _said(self, report: Report) -> dict[str, float]:
        """Return the words of the report; those of the title count twice."""
        return dict.fromkeys(_features(report.body), 1.0) | dict.fromkeys(_features(report.title), _TITLE)

    def _worth(self, at: int, here: dict[str, float]) -> float:
        words = self._words[at]
        return sum(self._rare[word] * here.get(word, 0.0) for word in words) / math.sqrt(1 + len(words))


def _features(text: str) -> frozenset[str]:
    return frozenset(word for word in (*terms(text), *pairs(text)) if len(word) > 1 and word != "其他")
