"""The schemes that ship: read from ``data/*.toml``, brought in once; what officials made of them since is left alone."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices_schemes import Certainty
from yunshu.domains.inspection.models import Indicator, Scheme, SchemeVersion
from yunshu.domains.inspection.rules import schemes as rules
from yunshu.domains.inspection.rules.formulas import as_data, formula_of
from yunshu.domains.inspection.services.schemes import as_fields, publish_version
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.ids import public_number

FOLDER = Path(__file__).parents[1] / "data"
SHIPPED = ("gov2019", "guangdong", "jieyang")
"""In the order in which they are shown."""


def facts_of(code: str) -> dict[str, Any]:
    """Return a shipped scheme's file."""
    return tomllib.loads((FOLDER / f"{code}.toml").read_text(), parse_float=Decimal)


def written(code: str) -> list[rules.Written]:
    """Return a shipped scheme's indicators: those it copies, as it changes them, then its own."""
    facts = facts_of(code)
    rows = _copied(facts) if "copy_of" in facts else []
    return rows + [_row(each) for each in facts.get("indicator", ())]


def _copied(facts: Mapping[str, Any]) -> list[rules.Written]:
    parts = facts.get("parts")
    rows = [row for row in written(facts["copy_of"]) if parts is None or row.part in parts]
    for change in facts.get("change", ()):
        new = {"applies_to": tuple(change["applies_to"]), "certainty": change["certainty"]}
        rows = [replace(row, **new) if row.part in change["parts"] else row for row in rows]
    return rows


def _row(facts: Mapping[str, Any]) -> rules.Written:
    words = {"certainty": Certainty.RECALLED.value, **facts}
    words["points"] = Decimal(words.get("points", 0))
    words |= {name: tuple(words.get(name, ())) for name in ("applies_to", "checks")}
    words["formula"] = as_data(formula_of(words["formula"]))
    return rules.Written(**words)


def load_schemes(*, actor: Viewer, now: datetime) -> dict[str, bool]:
    """Bring in the shipped schemes that are absent, each published with its first version; return which were new."""
    return {code: _load(actor, code, order, now) for order, code in enumerate(SHIPPED, 1)}


@transaction.atomic
def _load(actor: Viewer, code: str, order: int, now: datetime) -> bool:
    if Scheme.objects.filter(code=code).exists():
        return False
    facts = facts_of(code)
    scheme = Scheme.objects.create(
        code=code, name=facts["name"], issuer=facts["issuer"], note=facts["note"], order=order
    )
    origin = SchemeVersion.objects.filter(scheme__code=facts.get("copy_of", "")).order_by("created_at", "pk").first()
    version = SchemeVersion.objects.create(
        number=public_number("ZB", clock.city_date(now)),
        scheme=scheme,
        name="随平台提供",
        source=facts["source"],
        note=facts["note"],
        valid_from_certainty=facts["valid_from_certainty"],
        copied_from=origin,
        created_by=actor.name[:80],
        created_at=now,
    )
    rows = [Indicator(version=version, order=n, **as_fields(each)) for n, each in enumerate(written(code), 1)]
    Indicator.objects.bulk_create(rows)
    publish_version(actor=actor, number=version.number, valid_from=facts["valid_from"], now=now)
    return True
