"""A text classifier for few labelled examples: characters and meaning, fused late, calibrated, and able to say nothing.

Characters: TF-IDF of 1 to 3 characters, of the title and of the whole text apart (a title says in twenty characters what the
body says in five hundred), into a linear SVM. Meaning: the sentence vector of the title into a logistic regression; left out where
there is no encoder. The weight of meaning, the temperature of the probabilities and the margin below which the model abstains are
chosen on folds inside the examples it is fitted on, never on others. Same examples, same seed, same model.

scikit-learn and SciPy (150 MB, some seconds) are imported where they are used: whoever only reads rules never loads them.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from yunshu.lib.text import Encoder, Matrix, squeezed
from yunshu.lib.triage.calibration import Calibration, calibrate
from yunshu.lib.triage.port import Ground, Prediction, Reason, Report, Suggestion, Why

BODY = 1_500
"""Characters of a body that are read; what follows seldom changes the subject."""
FOLDS = 5
SEED = 2020
TITLE_WEIGHT = 0.7
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Characters:
    """The part that looks at characters: two vocabularies and one weight a label and n-gram."""

    title: Any
    text: Any
    weights: Matrix
    bias: Matrix

    def features(self, reports: Sequence[Report]) -> Any:
        """Return the sparse features of ``reports``."""
        from scipy.sparse import hstack  # heavy: only where something was learned

        titles = self.title.transform([squeezed(report.title) for report in reports])
        return hstack([TITLE_WEIGHT * titles, self.text.transform([_read(report) for report in reports])]).tocsr()

    def scores(self, reports: Sequence[Report]) -> Scores:
        """Return one score for each report and label."""
        return np.asarray(self.features(reports) @ self.weights.T + self.bias, np.float64)


@dataclass(frozen=True)
class Meaning:
    """The part that looks at sentence vectors."""

    encoder: Encoder
    centre: Matrix
    weights: Matrix
    bias: Matrix

    def scores(self, reports: Sequence[Report]) -> Scores:
        """Return one score for each report and label."""
        return np.asarray((headlines(self.encoder, reports) - self.centre) @ self.weights.T + self.bias, np.float64)


@dataclass(frozen=True)
class Classifier:
    """A fitted model behind the ``Predictor`` port; ``alone`` holds where there is no encoder for the part that knows meaning."""

    version: str
    labels: tuple[str, ...]
    characters: Characters
    meaning: Meaning | None
    calibration: Calibration
    alone: Calibration

    def without_meaning(self) -> "Classifier":
        """Return the same model for a machine without the encoder it was fitted with."""
        return replace(self, version=f"{self.version}-words", meaning=None, calibration=self.alone)

    def probabilities(self, reports: Sequence[Report]) -> Scores:
        """Return one calibrated probability for each report and label."""
        meaning = self.meaning.scores(reports) if self.meaning else None
        return self.calibration.probabilities(self.characters.scores(reports), meaning)

    def predict(self, report: Report, *, top: int = 3) -> Prediction:
        """Return the best labels; decided only if the first is above the margin."""
        if not report.text.strip("。"):
            return Prediction(version=self.version, suggestions=(), why=Why.EMPTY)
        chances = self.probabilities([report])[0]
        best = np.argsort(-chances, kind="stable")[:top]
        found = tuple(Suggestion(label=self.labels[at], confidence=float(chances[at])) for at in best)
        sure = chances[best[0]] >= self.calibration.margin
        return Prediction(
            version=self.version,
            suggestions=found,
            decided=found[0].label if sure else None,
            why=None if sure else Why.BELOW_MARGIN,
        )

    def explain(self, report: Report, label: str) -> Sequence[Reason]:
        """Return the pieces of the text that speak most for ``label`` against the other labels, at most eight."""
        at = self.labels.index(label)
        row = self.characters.features([report])
        others = np.delete(self.characters.weights, at, axis=0).mean(axis=0)
        names = [*self.characters.title.get_feature_names_out(), *self.characters.text.get_feature_names_out()]
        pull: dict[str, float] = {}
        for column, value in zip(row.indices, row.data, strict=True):
            gain = float(value * (self.characters.weights[at, column] - others[column]))
            pull[names[column]] = pull.get(names[column], 0.0) + gain
        shown = sorted((piece for piece in pull if len(piece) > 1 and pull[piece] > 0), key=lambda p: (-pull[p], p))
        kept = _without_parts(shown)[:8]
        return [Reason(ground=Ground.WORDS, shown=piece, weight=round(pull[piece], 4)) for piece in kept]


def fit(
    reports: Sequence[Report], labels: Sequence[str], *, encoder: Encoder | None, precision: float, seed: int = SEED
) -> Classifier:
    """Fit on all ``reports``; the margin is set so that what is decided is right in ``precision`` of the inner folds.

    Every label needs as many examples as there are folds (``FOLDS``); raise ValueError if one has fewer.
    """
    from sklearn.model_selection import StratifiedKFold  # heavy: only for training

    known = sorted(set(labels))
    wanted = np.array([known.index(label) for label in labels])
    if len(known) < 2 or np.bincount(wanted).min() < FOLDS:
        raise ValueError(f"at least two labels with {FOLDS} examples each are needed")
    vectors = headlines(encoder, reports) if encoder else None
    inner_characters = np.zeros((len(reports), len(known)))
    inner_meaning = np.zeros_like(inner_characters)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for train, held in folds.split(wanted, wanted):
        part = _characters([reports[at] for at in train], wanted[train], seed)
        inner_characters[held] = part.scores([reports[at] for at in held])
        if encoder is not None and vectors is not None:
            meaning = _meaning(encoder, vectors[train], wanted[train])
            inner_meaning[held] = (vectors[held] - meaning.centre) @ meaning.weights.T + meaning.bias
    alone = calibrate(inner_characters, None, wanted, precision=precision)
    return Classifier(
        version=f"classifier-1:{_digest(reports, labels, encoder)}",
        labels=tuple(known),
        characters=_characters(reports, wanted, seed),
        meaning=_meaning(encoder, vectors, wanted) if encoder is not None and vectors is not None else None,
        calibration=calibrate(inner_characters, inner_meaning, wanted, precision=precision) if encoder else alone,
        alone=alone,
    )


def headlines(encoder: Encoder, reports: Sequence[Report]) -> Matrix:
    """Return the sentence vectors of the titles: encoding time grows with length, and a title says most of it."""
    return encoder.encode([squeezed(report.title or report.body)[:40] for report in reports])


def _characters(reports: Sequence[Report], wanted: npt.NDArray[np.int64], seed: int) -> Characters:
    from scipy.sparse import hstack  # heavy: only for training
    from sklearn.svm import LinearSVC

    title, text = vectorizer(), vectorizer()
    titles = title.fit_transform([squeezed(report.title) for report in reports])
    features = hstack([TITLE_WEIGHT * titles, text.fit_transform([_read(report) for report in reports])]).tocsr()
    svm = LinearSVC(class_weight="balanced", random_state=seed).fit(features, wanted)
    weights, bias = _both_sides(svm)
    return Characters(title, text, weights, bias)


def _meaning(encoder: Encoder, vectors: Matrix, wanted: npt.NDArray[np.int64]) -> Meaning:
    from sklearn.linear_model import LogisticRegression  # heavy: only for training

    centre = vectors.mean(axis=0)
    scale = float((vectors - centre).std()) * math.sqrt(vectors.shape[1]) or 1.0
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1_000).fit((vectors - centre) / scale, wanted)
    weights, bias = _both_sides(model)
    return Meaning(encoder, centre, weights / np.float32(scale), bias)


def _both_sides(model: Any) -> tuple[Matrix, Matrix]:
    """Return weights and bias for each label, also where scikit-learn keeps one row for two labels."""
    weights, bias = np.asarray(model.coef_, np.float32), np.asarray(model.intercept_, np.float32)
    return (np.vstack([-weights, weights]), np.hstack([-bias, bias])) if len(weights) == 1 else (weights, bias)


def vectorizer(vocabulary: dict[str, int] | None = None) -> Any:
    """Return what turns texts into weights of their pieces; with the pieces that are known, if it was fitted before."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # heavy: only where something was learned

    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), dtype=np.float32, vocabulary=vocabulary)


def _read(report: Report) -> str:
    return f"{squeezed(report.title)}\n{squeezed(report.body)[:BODY]}"


def _without_parts(pieces: Sequence[str]) -> list[str]:
    """Return the pieces that are no part of a longer one, nor contain a stronger one."""
    kept: list[str] = []
    for piece in pieces:
        if not any(piece in other or other in piece for other in kept):
            kept.append(piece)
    return kept


def _digest(reports: Sequence[Report], labels: Sequence[str], encoder: Encoder | None) -> str:
    digest = hashlib.sha256((encoder.name if encoder else "words").encode())
    for report, label in zip(reports, labels, strict=True):
        digest.update(f"\0{report.title}\0{report.body}\0{label}".encode())
    return digest.hexdigest()[:12]
