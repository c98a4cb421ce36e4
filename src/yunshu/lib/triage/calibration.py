"""From scores to probabilities, and to the margin above which a model may decide; and how well both hold.

Two score tables are brought to one scale row by row (z-scores), added with one weight, and sharpened by one temperature: two
numbers, so that a few hundred examples are enough to choose them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6)
SHARPNESS = (0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0)
NEVER = 1.01
"""A margin that no probability reaches: the precision asked for was not shown, so the model decides nothing."""
LEAST = 20
"""So many decided examples are needed before a precision counts as shown."""


@dataclass(frozen=True)
class Calibration:
    """``weight`` of meaning beside characters, ``sharpness`` of the probabilities, ``margin`` for deciding."""

    weight: float
    sharpness: float
    margin: float

    def probabilities(self, characters: Scores, meaning: Scores | None) -> Scores:
        """Return calibrated probabilities, one row a report."""
        return softmax(self.sharpness * fused(characters, meaning, self.weight))


def calibrate(characters: Scores, meaning: Scores | None, wanted: Labels, *, precision: float) -> Calibration:
    """Choose the three numbers on scores of examples that the scoring models had not seen."""
    weights = WEIGHTS if meaning is not None else (0.0,)
    choices = [(log_loss(softmax(s * fused(characters, meaning, w)), wanted), w, s) for w in weights for s in SHARPNESS]
    _, weight, sharpness = min(choices)
    chances = softmax(sharpness * fused(characters, meaning, weight))
    return Calibration(weight, sharpness, margin(chances, wanted, precision=precision))


def fused(characters: Scores, meaning: Scores | None, weight: float) -> Scores:
    """Return both scores on one scale, added."""
    return standard(characters) if meaning is None else standard(characters) + weight * standard(meaning)


def standard(scores: Scores) -> Scores:
    """Return each row with mean 0 and deviation 1."""
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0), np.float64)


def softmax(scores: Scores) -> Scores:
    """Return probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)


def log_loss(chances: Scores, wanted: Labels) -> float:
    """Return the mean surprise at the right labels."""
    return float(-np.log(np.maximum(chances[np.arange(len(wanted)), wanted], 1e-12)).mean())


def margin(chances: Scores, wanted: Labels, *, precision: float) -> float:
    """Return the lowest confidence from which on all decided examples together reach ``precision``, by its lower bound.

    The bound is one standard error of the precision (with one error and one hit added): on a few examples a precision may
    look better than it is. ``NEVER`` if it is nowhere shown.
    """
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == wanted
    order = np.argsort(-sure, kind="stable")
    counts = np.arange(1, len(order) + 1)
    share = (np.cumsum(right[order]) + 1) / (counts + 2)
    shown = np.cumsum(right[order]) / counts - np.sqrt(share * (1 - share) / counts) >= precision
    last_of_equals = np.append(sure[order][1:] < sure[order][:-1], True)
    enough = np.flatnonzero(shown & last_of_equals & (counts >= LEAST))
    return float(sure[order][enough[-1]]) if len(enough) else NEVER


def calibration_error(chances: Scores, wanted: Labels, *, bins: int = 10) -> float:
    """Return the ECE: how far confidence and accuracy are apart, over bins of equal width, weighted by their examples."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == wanted
    where = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(sure[where == at].mean() - right[where == at].mean()) * (where == at).mean() for at in set(where.tolist())
    ]
    return float(sum(gaps))


def accuracy_by_coverage(chances: Scores, wanted: Labels, coverages: tuple[float, ...]) -> list[float]:
    """Return the accuracy of the most confident share of the examples, for each share."""
    order = np.argsort(-chances.max(axis=1), kind="stable")
    right = (chances.argmax(axis=1) == wanted)[order]
    return [float(right[: max(1, round(share * len(right)))].mean()) for share in coverages]
