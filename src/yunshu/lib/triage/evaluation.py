"""How good a classifier is on reports it has not seen: five folds, beside the plain baseline on the same folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yunshu.lib.text import Encoder, squeezed
from yunshu.lib.triage.calibration import accuracy_by_coverage, calibration_error
from yunshu.lib.triage.classifier import SEED, fit
from yunshu.lib.triage.port import Report

COVERAGES = (0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class Figures:
    """Figures on held-out reports. ``decided`` and ``precision``: at the margin chosen inside each training part."""

    macro_f1: float
    baseline_macro_f1: float
    top3: float
    calibration_error: float
    coverages: tuple[float, ...]
    accuracies: tuple[float, ...]
    decided: float
    precision: float | None
    weights: tuple[float, ...]


@dataclass
class _Held:
    """Predictions for reports that were held out."""

    chances: npt.NDArray[np.float64]
    baseline: npt.NDArray[np.int64]
    decided: npt.NDArray[np.bool_]
    weights: list[float]


def evaluate(
    reports: Sequence[Report],
    labels: Sequence[str],
    *,
    encoder: Encoder | None,
    precision: float,
    folds: int = 5,
    seed: int = SEED,
) -> Figures:
    """Return the figures of ``fit`` on ``folds`` parts, each predicted by a model that was fitted on the others."""
    from sklearn.model_selection import StratifiedKFold  # heavy: only for training

    known = sorted(set(labels))
    wanted = np.array([known.index(label) for label in labels])
    held = _Held(np.zeros((len(wanted), len(known))), np.zeros_like(wanted), np.zeros(len(wanted), bool), [])
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(wanted, wanted):
        _one_fold(held, reports, labels, train, test, encoder, precision)
        held.baseline[test] = _baseline([reports[at] for at in train], wanted[train], [reports[at] for at in test])
    return _figures(held, wanted)


def _one_fold(
    held: _Held,
    reports: Sequence[Report],
    labels: Sequence[str],
    train: npt.NDArray[np.int64],
    test: npt.NDArray[np.int64],
    encoder: Encoder | None,
    precision: float,
) -> None:
    model = fit([reports[at] for at in train], [labels[at] for at in train], encoder=encoder, precision=precision)
    held.chances[test] = model.probabilities([reports[at] for at in test])
    held.decided[test] = held.chances[test].max(axis=1) >= model.calibration.margin
    held.weights.append(model.calibration.weight)


def _baseline(train: Sequence[Report], wanted: npt.NDArray[np.int64], test: Sequence[Report]) -> npt.NDArray[np.int64]:
    """Return what char TF-IDF (1 to 3) and a balanced LinearSVC say: the plain model that ours must beat."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # heavy: only for training
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    plain = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LinearSVC(class_weight="balanced", random_state=SEED)
    )
    plain.fit([squeezed(report.title + report.body) for report in train], wanted)
    return np.asarray(plain.predict([squeezed(report.title + report.body) for report in test]))


def _figures(held: _Held, wanted: npt.NDArray[np.int64]) -> Figures:
    from sklearn.metrics import f1_score  # heavy: only for training

    said = held.chances.argmax(axis=1)
    top3 = (np.argsort(-held.chances, axis=1, kind="stable")[:, :3] == wanted[:, None]).any(axis=1)
    right = (said == wanted)[held.decided]
    return Figures(
        macro_f1=float(f1_score(wanted, said, average="macro")),
        baseline_macro_f1=float(f1_score(wanted, held.baseline, average="macro")),
        top3=float(top3.mean()),
        calibration_error=calibration_error(held.chances, wanted),
        coverages=COVERAGES,
        accuracies=tuple(accuracy_by_coverage(held.chances, wanted, COVERAGES)),
        decided=float(held.decided.mean()),
        precision=float(right.mean()) if len(right) else None,
        weights=tuple(held.weights),
    )
