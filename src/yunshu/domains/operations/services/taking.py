"""Assets of books that went before: entered like any other, one record on the ledger for a batch; taken back while unmoved."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import ASSET_EDIT, Proven
from yunshu.domains.operations.models import Asset, AssetModel, Movement
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import AssetSpec, enter
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.taking.undoing import depending

WAS = "原资产编号："
FIELDS = ("kind", "serial", "location", "holder", "bought_on", "warranty_until", "contract", "supplier")


@dataclass(frozen=True, kw_only=True)
class TakenSpec:
    """An asset with the number that the old books gave it."""

    source_number: str
    org: str
    spec: AssetSpec
    location: str = ""
    holder: str = ""


@transaction.atomic
def take_in(*, actor: Viewer, specs: Sequence[TakenSpec], now: datetime) -> list[str]:
    """Enter assets, all or none; return their numbers in the order given. Raises as ``register_asset``."""
    made = []
    for each in specs:
        note = f"{WAS}{each.source_number}\n{each.spec.note}".strip()
        made.append(enter(actor, each.org, replace(each.spec, note=note), each.location, each.holder, now))
    entered = [[row.number, each.source_number, row.serial] for row, each in zip(made, specs, strict=True)]
    digest = hashlib.sha256(json.dumps(entered, ensure_ascii=False).encode()).hexdigest()
    words = {"verb": "take_over", "count": len(made), "digest": digest, "numbers": [row.number for row in made]}
    proof.of(Proven.ASSET, public_number("DR", clock.city_date(now)), words, actor, now)
    return [row.number for row in made]


def read(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of assets by number, as their source says them."""
    rows = Asset.objects.filter(number__in=set(numbers)).select_related("org", "model")
    return {row.number: _said(row) for row in rows}


def models_of(codes: Iterable[str]) -> set[str]:
    """Return those of the codes that are models in use."""
    return set(AssetModel.objects.filter(is_active=True, code__in=set(codes)).values_list("code", flat=True))


def dependents(numbers: Sequence[str]) -> Counter[str]:
    """Return what hangs on assets, and how many moved since they were entered."""
    rows = Asset.objects.filter(number__in=numbers)
    found = depending(Asset, list(rows.values_list("pk", flat=True)), Movement)
    if count := rows.filter(moves__gt=1).count():
        found[_("接管后已有变动的资产")] += count
    return found


@transaction.atomic
def take_back(*, actor: Viewer, numbers: Sequence[str]) -> None:
    """Delete assets that were entered by mistake. Raises NotPermitted, ProtectedError where something hangs on one."""
    rows = Asset.objects.filter(number__in=numbers)
    for path in set(rows.values_list("org__path", flat=True)):
        actor.require(ASSET_EDIT, path)
    keys = list(rows.values_list("pk", flat=True))
    Movement.objects.filter(asset__in=keys).delete()
    Asset.objects.filter(pk__in=keys).delete()


def _said(row: Asset) -> dict[str, Any]:
    first, _cut, rest = row.note.partition("\n")
    was = first.removeprefix(WAS) if first.startswith(WAS) else ""
    plain = {name: getattr(row, name) for name in FIELDS}
    own = {"source_number": was, "org": row.org.code, "model": row.model.code if row.model else ""}
    return plain | own | {"note": rest if was else row.note}
