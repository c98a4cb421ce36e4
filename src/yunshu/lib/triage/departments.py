"""Which department: the duty directory's rules, similar closed tickets and learned words, each shown as what it is.

The directory comes first (国办函〔2025〕66号: clear duty → by the directory). A ticket may go out without a clerk only where a
model is above its margin and neither the directory nor the most similar closed ticket names another department.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yunshu.lib.text import squeezed
from yunshu.lib.triage.classifier import Classifier
from yunshu.lib.triage.port import Ground, Prediction, Reason, Report, Suggestion, Why

_RULE, _LEARNED, _SIMILAR = 1.0, 1.0, 0.5
_NEIGHBOURS, _CLOSE = 8, 0.75
_BODY = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A row of the duty directory: one of ``words`` (and all of ``also``) in a report makes it ``department``'s."""

    code: str
    department: str
    words: tuple[str, ...]
    also: tuple[str, ...] = ()
    basis: str = ""

    def found(self, text: str) -> tuple[str, ...]:
        """Return the words of this duty that stand in ``text``; none if one of ``also`` is missing."""
        return tuple(word for word in self.words if word in text) if all(word in text for word in self.also) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A ticket that was closed, and who closed it."""

    number: str
    title: str
    body: str
    department: str


class Departments:
    """Suggests departments; any of the three grounds may be absent."""

    def __init__(
        self, duties: Sequence[Duty], closed: Sequence[Closed] = (), learned: Classifier | None = None
    ) -> None:
        self._duties, self._closed, self._learned = tuple(duties), tuple(closed), learned
        self._like = _Similar(self._closed) if self._closed else None
        digest = hashlib.sha256(repr((self._duties, self._closed)).encode()).hexdigest()[:12]
        self.version = f"departments-1:{digest}" + (f"+{learned.version}" if learned else "")

    def predict(self, report: Report, *, top: int = 3) -> Prediction:
        """Return the ``top`` departments; decided only if the grounds do not contradict each other."""
        text = report.text
        if not text.strip("。"):
            return Prediction(version=self.version, suggestions=(), why=Why.EMPTY)
        rules, near, chances = self._by_rule(text), self._near(report), self._chances(report)
        worth: dict[str, float] = defaultdict(float)
        for department, share in _shares({name: strength for name, (strength, *_) in rules.items()}).items():
            worth[department] += _RULE * share
        for department, share in _votes(near).items():
            worth[department] += _SIMILAR * share
        for department, chance in chances.items():
            worth[department] += _LEARNED * chance
        best = sorted(worth, key=lambda name: (-worth[name], name))[:top]
        decided, why = self._decision(report, best, rules, near)
        return Prediction(
            version=self.version,
            suggestions=tuple(Suggestion(label=name, confidence=chances.get(name)) for name in best),
            decided=decided,
            why=why,
        )

    def explain(self, report: Report, label: str) -> Sequence[Reason]:
        """Return the rules, the closed tickets and the words that speak for ``label``."""
        reasons = []
        if label in (rules := self._by_rule(report.text)):
            strength, duty, words = rules[label]
            shown = f"{'、'.join(words)}（{duty.basis}）" if duty.basis else "、".join(words)
            reasons.append(Reason(ground=Ground.RULE, shown=shown, ref=duty.code, weight=float(strength)))
        reasons += [
            Reason(ground=Ground.SIMILAR, shown=ticket.title, ref=ticket.number, weight=round(alike, 4))
            for ticket, alike in self._near(report)
            if ticket.department == label
        ][:3]
        if self._learned and label in self._learned.labels:
            reasons += self._learned.explain(report, label)
        return reasons

    def _by_rule(self, text: str) -> dict[str, tuple[int, Duty, tuple[str, ...]]]:
        """Return for each department its strongest duty: the one with most characters found."""
        best: dict[str, tuple[int, Duty, tuple[str, ...]]] = {}
        for duty in self._duties:
            words = duty.found(text)
            strength = sum(len(word) for word in words) + sum(len(word) for word in duty.also if words)
            if words and strength > best.get(duty.department, (0,))[0]:
                best[duty.department] = (strength, duty, words)
        return best

    def _near(self, report: Report) -> list[tuple[Closed, float]]:
        return self._like.nearest(report) if self._like else []

    def _chances(self, report: Report) -> dict[str, float]:
        if self._learned is None:
            return {}
        return dict(zip(self._learned.labels, map(float, self._learned.probabilities([report])[0]), strict=True))

    def _decision(
        self,
        report: Report,
        best: Sequence[str],
        rules: dict[str, tuple[int, Duty, tuple[str, ...]]],
        near: Sequence[tuple[Closed, float]],
    ) -> tuple[str | None, Why | None]:
        if self._learned is None:
            return None, Why.UNTRAINED
        decided = self._learned.predict(report, top=1).decided
        if decided is None:
            return None, Why.BELOW_MARGIN
        twin = near[0][0].department if near and near[0][1] >= _CLOSE else decided
        contradicted = (rules and decided not in rules) or twin != decided or decided != best[0]
        return (None, Why.CONTRADICTION) if contradicted else (decided, None)


class _Similar:
    """Closed tickets by the pieces of two and three characters they share."""

    def __init__(self, closed: Sequence[Closed]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # heavy: only where closed tickets are compared

        self._closed = closed
        self._pieces = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, dtype=np.float32)
        self._table = self._pieces.fit_transform([_read(ticket.title, ticket.body) for ticket in closed])

    def nearest(self, report: Report) -> list[tuple[Closed, float]]:
        row = self._pieces.transform([_read(report.title, report.body)])
        alike = np.asarray((self._table @ row.T).todense()).ravel()
        best = np.argsort(-alike, kind="stable")[:_NEIGHBOURS]
        return [(self._closed[at], float(alike[at])) for at in best if alike[at] > 0]


def _read(title: str, body: str) -> str:
    return f"{squeezed(title)}\n{squeezed(body)[:_BODY]}"


def _votes(near: Sequence[tuple[Closed, float]]) -> dict[str, float]:
    votes: dict[str, float] = defaultdict(float)
    for ticket, alike in near:
        votes[ticket.department] += alike
    return _shares(votes)


def _shares(strengths: dict[str, int] | dict[str, float]) -> dict[str, float]:
    total = sum(strengths.values())
    return {name: strength / total for name, strength in strengths.items()} if total else {}
