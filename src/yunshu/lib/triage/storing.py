"""Keeping a fitted classifier as plain numbers and words: no pickle, so that loading runs nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from yunshu.lib.text import Encoder, Matrix
from yunshu.lib.triage.calibration import Calibration
from yunshu.lib.triage.classifier import Characters, Classifier, Meaning, vectorizer

FORMAT = 1


def save(model: Classifier, folder: Path) -> None:
    """Write ``model`` into ``folder``: ``model.json`` (words, labels, calibration) and ``weights.npz``."""
    folder.mkdir(parents=True, exist_ok=True)
    meaning = model.meaning
    words = {
        "format": FORMAT,
        "version": model.version,
        "labels": model.labels,
        "encoder": meaning.encoder.name if meaning else "",
        "calibration": _numbers(model.calibration),
        "alone": _numbers(model.alone),
        "title": [str(piece) for piece in model.characters.title.get_feature_names_out()],
        "text": [str(piece) for piece in model.characters.text.get_feature_names_out()],
    }
    (folder / "model.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    arrays: dict[str, Any] = {
        "title_idf": model.characters.title.idf_,
        "text_idf": model.characters.text.idf_,
        "weights": model.characters.weights,
        "bias": model.characters.bias,
    }
    if meaning:
        arrays |= {"centre": meaning.centre, "meaning_weights": meaning.weights, "meaning_bias": meaning.bias}
    np.savez_compressed(folder / "weights.npz", **arrays)


def load(folder: Path, *, encoder: Encoder | None) -> Classifier:
    """Read a model back; without the encoder it was fitted with, characters work alone and the version says so."""
    words = json.loads((folder / "model.json").read_text("utf-8"))
    if words["format"] != FORMAT:
        raise ValueError(f"a model of format {words['format']}, this program reads {FORMAT}")
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    title, text = _vectorizer(words["title"], arrays["title_idf"]), _vectorizer(words["text"], arrays["text_idf"])
    meaning = None
    if encoder is not None and words["encoder"] == encoder.name:
        meaning = Meaning(encoder, arrays["centre"], arrays["meaning_weights"], arrays["meaning_bias"])
    model = Classifier(
        version=words["version"],
        labels=tuple(words["labels"]),
        characters=Characters(title, text, arrays["weights"], arrays["bias"]),
        meaning=meaning,
        calibration=Calibration(**words["calibration"]),
        alone=Calibration(**words["alone"]),
    )
    return model.without_meaning() if words["encoder"] and meaning is None else model


def _numbers(calibration: Calibration) -> dict[str, float]:
    return {"weight": calibration.weight, "sharpness": calibration.sharpness, "margin": calibration.margin}


def _vectorizer(pieces: list[str], idf: Matrix) -> Any:
    made = vectorizer({piece: at for at, piece in enumerate(pieces)})
    made.idf_ = idf
    return made
