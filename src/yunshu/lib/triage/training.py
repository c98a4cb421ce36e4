"""Training on a folder that a city names: models from what its people have decided, with a card that says how good they are.

The folder holds one or both of these CSV files (UTF-8 or GB 18030, first line the names of the columns, in any order):

| file | columns | trains |
|---|---|---|
| ``categories.csv`` (or ``messages-labelled.csv``) | ``title``, ``body`` (may be empty), ``category`` | the first level of the category tree |
| ``departments.csv`` | ``title``, ``body`` (may be empty), ``department`` | which department |

``train`` writes a new folder ``hotline-VERSION`` with ``category/``, ``department/``, ``card.json`` and ``CARD.md``; the version
is a digest of the examples. Nothing is written elsewhere, nothing is fetched. Labels with fewer than ``LEAST`` examples are left
out and named on the card. The figures of the card come from examples held out, five times a fifth; the models that are kept are
fitted on all of them.

A training that is killed leaves ``hotline-VERSION.part``, which is no model; the next one begins it anew, with the sentence vectors
that the first had made (``vectors.npz``): they are what costs time. What is there whole is not made again.
"""

import csv
import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.labels import label
from yunshu.lib.text import Encoder, Remembering, encoder, why_not
from yunshu.lib.triage.classifier import Classifier, fit, headlines
from yunshu.lib.triage.evaluation import Figures, evaluate
from yunshu.lib.triage.port import Report
from yunshu.lib.triage.storing import load, save

LEAST = 8
PRECISION = {"category": 0.95, "department": 0.98}
KIND_NAMES = {"category": label("类别"), "department": label("承办单位")}
NAMES = {
    "macro_f1": label("宏平均 F1"),
    "baseline_macro_f1": label("基线（字 TF-IDF + 线性 SVM）的宏平均 F1"),
    "top3": label("前三个建议中有正确者的比例"),
    "calibration_error": label("校准误差（ECE）"),
    "coverages": label("只看最有把握的比例"),
    "accuracies": label("对应的准确率"),
    "decided": label("机器自行确定的比例"),
    "precision": label("其中正确的比例"),
    "weights": label("各折中句向量的权重"),
}
FILES = {"category": ("categories.csv", "messages-labelled.csv"), "department": ("departments.csv",)}
"""By what is learned: the names under which its file may stand, the first that is there is read."""
_AT_ONCE = 100
Labelled = tuple[Report, str]


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


def train(
    folder: Path,
    out: Path,
    *,
    at: datetime,
    more: Mapping[str, Sequence[Labelled]] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Train on ``folder`` and return the new folder under ``out``; raise Refused with a sentence if it cannot be trained on.

    ``at`` goes onto the card; ``more`` are examples by kind beside those of the files; ``tell`` hears how far it is.
    Training again on the same examples finds the folder there.
    """
    found = _gathered(folder, more or {})
    plain = encoder()
    remembering = Remembering(plain, out / "vectors.npz") if plain else None
    version = _digest(found, remembering)
    place = out / f"hotline-{version}"
    if (place / "card.json").is_file():
        tell(f"同样的数据已训练过：{place}")
        return place
    part = out / f"hotline-{version}.part"
    shutil.rmtree(part, ignore_errors=True)
    if remembering:
        _encode(remembering, found, tell)
    cards = {kind: _learn(kind, examples, part, remembering, tell) for kind, examples in found.items()}
    whole = {"version": version, "trained_at": at.isoformat(), "encoder": plain.name if plain else "", "models": cards}
    if not plain:
        whole["no_encoder"] = why_not()
    (part / "CARD.md").write_text(_page(whole, cards), "utf-8")
    (part / "card.json").write_text(json.dumps(whole, ensure_ascii=False, indent=2), "utf-8")
    shutil.rmtree(place, ignore_errors=True)
    part.rename(place)
    return place


def _gathered(folder: Path, more: Mapping[str, Sequence[Labelled]]) -> dict[str, Examples]:
    """Return the examples of the folder's files and of ``more``, by kind."""
    found = {}
    for kind, names in FILES.items():
        path = next((folder / name for name in names if (folder / name).is_file()), None)
        if path is not None:
            found[kind] = read(path, more.get(kind, ()))
        elif more.get(kind):
            found[kind] = chosen(more[kind], where=kind)
    if not found:
        raise Refused(
            "training_files_missing", f"{folder} 中没有 categories.csv 或 departments.csv，请按手册准备训练数据。"
        )
    return found


def _encode(remembering: Remembering, found: Mapping[str, Examples], tell: Callable[[str], None]) -> None:
    """Encode every title, keeping what is done now and then."""
    reports = [report for examples in found.values() for report in examples.reports]
    for start in range(0, len(reports), _AT_ONCE):
        headlines(remembering, reports[start : start + _AT_ONCE])
        remembering.save()
        tell(f"句向量 {min(start + _AT_ONCE, len(reports))}/{len(reports)}")


def _learn(
    kind: str, examples: Examples, part: Path, remembering: Encoder | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Measure on held-out examples, fit on all, keep; return the card."""
    name = KIND_NAMES[kind]
    tell(f"{name}：{len(examples.labels)} 条，{len(set(examples.labels))} 类，五折评估…")
    figures = evaluate(examples.reports, examples.labels, encoder=remembering, precision=PRECISION[kind])
    tell(f"{name}：留出样本宏平均 F1 {figures.macro_f1:.3f}（基线 {figures.baseline_macro_f1:.3f}），在全部样本上训练…")
    model = fit(examples.reports, examples.labels, encoder=remembering, precision=PRECISION[kind])
    save(model, part / kind)
    return _card(model, examples, figures, PRECISION[kind])


def load_models(place: Path | None) -> Models:
    """Return the models of a trained folder; an empty set (rules and words only) where there is none."""
    if place is None or not (place / "card.json").is_file():
        return Models(version="untrained")
    card = json.loads((place / "card.json").read_text("utf-8"))
    here = {kind: load(place / kind, encoder=encoder()) for kind in FILES if (place / kind / "model.json").is_file()}
    return Models(version=card["version"], category=here.get("category"), department=here.get("department"))


def read(path: Path, more: Sequence[Labelled] = ()) -> Examples:
    """Return the examples of one CSV file and ``more``; raise Refused if columns are missing or too little is left."""
    label = next(kind for kind, names in FILES.items() if path.name in names)
    rows = csv.DictReader(io.StringIO(_decoded(path)))
    missing = {"title", "body", label} - set(rows.fieldnames or ())
    if missing:
        raise Refused(
            "training_columns_missing", f"{path.name} 缺少列：{'、'.join(sorted(missing))}。", where=path.name
        )
    named = [(Report(title=row["title"] or "", body=row["body"] or ""), (row[label] or "").strip()) for row in rows]
    return chosen([*named, *more], where=path.name)


def chosen(named: Sequence[Labelled], *, where: str) -> Examples:
    """Return the examples whose labels have enough of them, each once; raise Refused (``training_too_few``)."""
    unique = list({(report, name): None for report, name in named if name and report.text.strip("。")})
    counts = Counter(name for _, name in unique)
    kept = [(report, name) for report, name in unique if counts[name] >= LEAST]
    if len({name for _, name in kept}) < 2:
        raise Refused("training_too_few", f"{where} 中至少要有两个类别，每类至少 {LEAST} 条。", where=where)
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
        lines += ["", f"## {KIND_NAMES[kind]}（{card['version']}）", ""]
        lines += [f"样本 {card['examples']} 条，{len(labels)} 类；样本不足而未学的类：{card['left_out'] or '无'}。"]
        lines += [f"- {NAMES[name]}：{_shown(value)}" for name, value in figures.items()]
    return "\n".join(
        [*lines, "", "以上数字来自留出的样本（五折），不代表其他城市、其他年份的来件。由人决定，模型只作建议。", ""]
    )


def _shown(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(_shown(item) for item in value)
    if value is None:
        return "无"
    return f"{value:.3f}" if isinstance(value, float | np.floating) else str(value)
