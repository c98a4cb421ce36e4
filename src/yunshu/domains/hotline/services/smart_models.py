"""Trained models: made from a folder that the city names, kept under their version, put in use and taken out by a person, on the ledger."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import PROOF_KIND, SMART_MANAGE, Proven
from yunshu.domains.hotline.models import SmartModel
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.triage import Models, load_models
from yunshu.lib.triage import train as train_on

Tell = Callable[[str], None]


def folder() -> Path:
    """Return where trained models are kept."""
    return Path(settings.HOTLINE_MODELS)


def train(
    *, source: Path, note: str, by: Viewer, now: datetime, tell: Tell, corrections: bool = False, closed: bool = False
) -> SmartModel:
    """Train on ``source`` (and on what people corrected, and on closed tickets, if asked), and keep the model; it is not in use yet.

    Killed, it leaves no model: run it again. Raises Refused as ``lib.triage.train`` does.
    """
    more = selectors.training_rows(corrections=corrections, closed=closed)
    place = train_on(source, folder(), at=now, more=more, tell=tell)
    card = json.loads((place / "card.json").read_text("utf-8"))
    given = {kind: len(rows) for kind, rows in more.items() if rows}
    words = f"{source}" + "".join(f" + {kind} {count}" for kind, count in given.items())
    with transaction.atomic():
        row, is_new = SmartModel.objects.get_or_create(
            version=card["version"],
            defaults={
                "digest": digest(place),
                "card": card,
                "source": words[-200:],
                "note": note[:80],
                "trained_at": now,
                "trained_by": by.name,
            },
        )
        if is_new:
            _prove(row, "train", by, now)
    return row


def digest(place: Path) -> str:
    """Return the SHA-256 of a model's folder: every file's name and content."""
    total = hashlib.sha256()
    for path in sorted(path for path in place.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(place)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@transaction.atomic
def activate(*, actor: Viewer, version: str, reason: str, now: datetime) -> SmartModel:
    """Put a model in use, and the one before it out of use.

    Raises NotFound, NotPermitted, Conflict (``model_active``), Refused (``reason_missing``, ``model_changed``).
    """
    row = _locked(actor, version, reason)
    if row.is_active:
        raise Conflict("model_active", _("这一版本已在使用。"))
    place = folder() / f"hotline-{version}"
    if not place.is_dir() or digest(place) != row.digest:
        raise Refused("model_changed", _("模型文件缺失或与训练时不同，不能启用；请重新训练。"))
    for other in SmartModel.objects.select_for_update().filter(is_active=True):
        _turn(other, actor, _("改用版本 %(v)s") % {"v": version}, now, on=False)
    _turn(row, actor, reason.strip(), now, on=True)
    return row


@transaction.atomic
def deactivate(*, actor: Viewer, version: str, reason: str, now: datetime) -> SmartModel:
    """Take a model out of use: rules and words go on. Raises NotFound, NotPermitted, Conflict (``model_idle``), Refused."""
    row = _locked(actor, version, reason)
    if not row.is_active:
        raise Conflict("model_idle", _("这一版本没有在使用。"))
    _turn(row, actor, reason.strip(), now, on=False)
    return row


def _locked(actor: Viewer, version: str, reason: str) -> SmartModel:
    actor.require(SMART_MANAGE, desk_org().path)
    row = SmartModel.objects.select_for_update().filter(version=version).first()
    if row is None:
        raise NotFound("model_not_found", _("没有这个模型版本。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明理由。"), where="reason")
    return row


def _turn(row: SmartModel, actor: Viewer, reason: str, now: datetime, *, on: bool) -> None:
    row.is_active, row.changed_at, row.changed_by, row.reason = on, now, actor.name, reason[:300]
    row.save(update_fields=["is_active", "changed_at", "changed_by", "reason"])
    _prove(row, "activate" if on else "deactivate", actor, now)


def _prove(row: SmartModel, verb: str, actor: Viewer, now: datetime) -> None:
    proven = {"verb": verb, "version": row.version, "digest": row.digest, "reason": row.reason, "at": now}
    ledger.record(kind=f"{PROOF_KIND}{Proven.MODEL.value}", subject=row.version, payload=proven, by=actor, now=now)


def version_in_use() -> str:
    """Return the version in use; empty: rules and words only."""
    return SmartModel.objects.filter(is_active=True).values_list("version", flat=True).first() or ""


def loaded(version: str) -> Models:
    """Return the models of a version, loaded once; none for the empty one, or where its folder is gone."""
    return _loaded(str(folder() / f"hotline-{version}")) if version else load_models(None)


@lru_cache(maxsize=2)
def _loaded(place: str) -> Models:
    return load_models(Path(place))
