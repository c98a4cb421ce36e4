"""Trained models, reports of one trouble, weeks of tickets: what the intelligence of the hotline looks at in tests."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.triage.made import made_tickets

from yunshu.domains.directory.contracts import System
from yunshu.domains.hotline.models import Hotspot, SmartModel, Ticket
from yunshu.domains.hotline.services import radar, smart_models

OUTAGE = (
    ("云岭花园停水两天", "云岭花园从昨天起一滴水都没有。"),
    ("云岭花园又停水了", "云岭花园家里没有水，老人没法做饭。"),
    ("什么时候来水", "云岭花园停水没有通知，什么时候来水？"),
    ("云岭花园没有水", "云岭花园停水，打开龙头没有一滴。"),
)


def outage(hotline: Any, count: int = 3, **more: Any) -> list[Ticket]:
    """Register some reports of one outage, an hour apart."""
    rows = []
    for title, content in OUTAGE[:count]:
        rows.append(hotline.registered(title=title, content=content, **more))
        hotline.later(hours=1)
    return rows


def hotspot(hotline: Any) -> Hotspot:
    """Return the hotspot that three reports make."""
    outage(hotline)
    radar.forget()
    radar.watch(now=hotline.now)
    return Hotspot.objects.latest("pk")


def model(at: datetime, version: str = "abc123", **more: Any) -> SmartModel:
    """Return a version without a folder."""
    figures = {
        "macro_f1": 0.87,
        "baseline_macro_f1": 0.83,
        "top3": 0.96,
        "calibration_error": 0.04,
        "coverages": [0.5, 1.0],
        "accuracies": [0.98, 0.9],
        "decided": 0.4,
        "precision": 0.97,
        "weights": [0.6],
    }
    part = {"examples": 40, "labels": {"交通": 20, "环保": 20}, "left_out": {"其他": 3}, "wanted_precision": 0.95}
    card = {"version": version, "encoder": "", "models": {"category": {**part, "held_out": figures}}}
    words = {"digest": "0" * 64, "card": card, "source": "/data", "trained_at": at, "trained_by": "x", **more}
    return SmartModel.objects.create(version=version, **words)


def folder(place: Path, *, count: int = 90) -> Path:
    """Write a training folder of made-up reports, with their department as the class."""
    place.mkdir(parents=True, exist_ok=True)
    rows = [(each.title, each.body, department) for each, department in made_tickets(count * 4, 3)]
    some = sorted({department for *_, department in rows})[:4]
    with (place / "categories.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["title", "body", "category"])
        table.writerows([row for row in rows if row[2] in some][:count])
    return place


def trained(place: Path, at: datetime) -> SmartModel:
    """Train on made-up reports, by words alone."""
    by = System(name="test")
    return smart_models.train(source=folder(place), note="样例", by=by, now=at, tell=lambda _line: None)


def week_ago(now: datetime, weeks: int) -> datetime:
    """Return the moment so many weeks ago."""
    return now - timedelta(weeks=weeks)
