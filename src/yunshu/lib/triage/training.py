"""Training on a folder that a city names: models from what its people have decided, with a card that says how good they are.

The folder holds one or both of these CSV files (UTF-8 or GB 18030, first line the names of the columns, in any order):

| file | columns | trains |
|---|---|---|
| ``categories.csv`` | ``title``, ``body`` (may be empty), ``category`` | the first level of the category tree |
| ``departments.csv`` | ``title``, ``body`` (may be empty), ``department`` | which department |

``train`` writes a new folder ``hotline-VERSION`` with ``category/``, ``department/``, ``card.json`` and ``CARD.md``; the version
is a digest of the examples. Nothing is written elsewhere, nothing is fetched. Labels with fewer than ``LEAST`` examples are left
out and named on the card. The figures of the card come from examples held out, five times a fifth; the models that are kept are
fitted on all of them.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.text import Encoder, Remembering, encoder, why_not
from yunshu.lib.triage.classifier import Classifier, fit
from yunshu.lib.triage.evaluation import Figures, evaluate
from yunshu.lib.triage.port import Report
from yunshu.lib.triage.storing import load, save

LEAST = 8
PRECISION = {"category": 0.95, "department": 0.98}
_NAMES = {
    "macro_f1": "宏平均 F1",
    "baseline_macro_f1": "基线（字 TF-IDF + 线性 SVM）的宏平均 F1",
    "top3": "前三个建议中有正确者的比例",
    "calibration_error": "校准误差（ECE）",
    "coverages": "只看最有把握的比例",
    "accuracies": "对应的准确率",
    "decided": "机器自行确定的比例",
    "precision": "其中正确的比例",
    "weights": "各折中句向量的权重",
}
_FILES = {"category": "categories.csv", "department": "departments.csv"}


@dataclass(frozen=True)
class Examples:
    """Reports with the label that people gave them; ``left_out`` are labels with too few."""

    reports: tuple[Report, ...]
    labels: tuple[str, ...]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Models:
    """What a trained folder holds; a part that was not trained is None."""

    version: str
    category: Classifier | None = None
    department: Classifier | None = None


def train(folder: Path, out: Path, *, at: datetime) -> Path:
    """Train on ``folder`` and return the new folder under ``out``; raise Refused with a sentence if it cannot be trained on.

    ``at`` goes onto the card. Training again on the same examples finds the folder already there and only writes it anew.
    """
    found = {kind: read(folder / name) for kind, name in _FILES.items() if (folder / name).is_file()}
    if not found:
        raise Refused(
            "training_files_missing", f"{folder} 中没有 categories.csv 或 departments.csv，请按手册准备训练数据。"
        )
    plain = encoder()
    remembering = Remembering(plain) if plain else None
    version = _digest(found, remembering)
    place = out / f"hotline-{version}"
    cards = {}
    for kind, examples in found.items():
        figures = evaluate(examples.reports, examples.labels, encoder=remembering, precision=PRECISION[kind])
        model = fit(examples.reports, examples.labels, encoder=remembering, precision=PRECISION[kind])
        save(model, place / kind)
        cards[kind] = _card(model, examples, figures, PRECISION[kind])
    whole = {"version": version, "trained_at": at.isoformat(), "encoder": plain.name if plain else "", "models": cards}
    if not plain:
        whole["no_encoder"] = why_not()
    (place / "card.json").write_text(json.dumps(whole, ensure_ascii=False, indent=2), "utf-8")
    (place / "CARD.md").write_text(_page(whole, cards), "utf-8")
    return place


def load_models(place: Path | None) -> Models:
    """Return the models of a trained folder; an empty set (rules and words only) where there is none."""
    if place is None or not (place / "card.json").is_file():
        return Models(version="untrained")
    card = json.loads((place / "card.json").read_text("utf-8"))
    here = {kind: load(place / kind, encoder=encoder()) for kind in _FILES if (place / kind / "model.json").is_file()}
    return Models(version=card["version"], category=here.get("category"), department=here.get("department"))


def read(path: Path) -> Examples:
    """Return the examples of one CSV file; raise Refused if columns are missing or too little is left."""
    label = {name: kind for kind, name in _FILES.items()}[path.name]
    rows = csv.DictReader(io.StringIO(_decoded(path)))
    missing = {"title", "body", label} - set(rows.fieldnames or ())
    if missing:
        raise Refused(
            "training_columns_missing", f"{path.name} 缺少列：{'、'.join(sorted(missing))}。", where=path.name
        )
    named = [(Report(title=row["title"] or "", body=row["body"] or ""), (row[label] or "").strip()) for row in rows]
    unique = list({(report, name): None for report, name in named if name and report.text.strip("。")})
    counts = Counter(name for _, name in unique)
    kept = [(report, name) for report, name in unique if counts[name] >= LEAST]
    if len({name for _, name in kept}) < 2:
        raise Refused("training_too_few", f"{path.name} 中至少要有两个类别，每类至少 {LEAST} 条。", where=path.name)
    few = {name: count for name, count in sorted(counts.items()) if count < LEAST}
    return Examples(tuple(report for report, _ in kept), tuple(name for _, name in kept), few)


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _digest(found: dict[str, Examples], encoder: Encoder | None) -> str:
    digest = hashlib.sha256((encoder.name if encoder else "words").encode())
    for kind, examples in sorted(found.items()):
        digest.update(repr((kind, examples.reports, examples.labels)).encode())
    return digest.hexdigest()[:12]


def _card(model: Classifier, examples: Examples, figures: Figures, precision: float) -> dict[str, Any]:
    return {
        "version": model.version,
        "examples": len(examples.labels),
        "labels": dict(sorted(Counter(examples.labels).items())),
        "left_out": examples.left_out,
        "wanted_precision": precision,
        "calibration": asdict(model.calibration),
        "held_out": asdict(figures),
    }


def _page(whole: Mapping[str, object], cards: dict[str, dict[str, Any]]) -> str:
    """Return the card for people."""
    lines = [
        f"# 模型卡 {whole['version']}",
        "",
        f"训练时间：{whole['trained_at']}",
        f"句向量：{whole['encoder'] or '无（仅用文字）'}",
    ]
    for kind, card in cards.items():
        figures, labels = card["held_out"], card["labels"]
        lines += ["", f"## {'类别' if kind == 'category' else '承办单位'}（{card['version']}）", ""]
        lines += [f"样本 {card['examples']} 条，{len(labels)} 类；样本不足而未学的类：{card['left_out'] or '无'}。"]
        lines += [f"- {_NAMES[name]}：{_shown(value)}" for name, value in figures.items()]
    return "\n".join(
        [*lines, "", "以上数字来自留出的样本（五折），不代表其他城市、其他年份的来件。由人决定，模型只作建议。", ""]
    )


def _shown(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(_shown(item) for item in value)
    if value is None:
        return "无"
    return f"{value:.3f}" if isinstance(value, float | np.floating) else str(value)
