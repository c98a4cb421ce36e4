"""Keeping schemes: a draft is copied from a version, its indicators are edited, then it is published for good."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.choices_schemes import Certainty, VersionState
from yunshu.domains.inspection.contracts import RULE_EDIT, Proven
from yunshu.domains.inspection.models import Indicator, SchemeVersion
from yunshu.domains.inspection.rules import digests
from yunshu.domains.inspection.rules import schemes as rules
from yunshu.domains.inspection.selectors import schemes as selectors
from yunshu.domains.inspection.services import proof
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

COPIED = (
    "code", "part", "group", "name", "points", "applies_to", "needs_duty", "text", "checks", "formula", "certainty",
    "source", "order",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class VersionSpec:
    """What a draft says of itself."""

    name: str
    source: str
    note: str = ""


@transaction.atomic
def copy_version(*, actor: Viewer, number: str, spec: VersionSpec, scheme: str = "", now: datetime) -> SchemeVersion:
    """Make a draft from a version, with all its indicators; of another ``scheme`` if one is named.

    Raises NotPermitted, NotFound (``version_not_found``, ``scheme_not_found``) and Refused (``name_missing``, ``source_missing``).
    """
    actor.require(RULE_EDIT)
    origin = selectors.get_version(actor, number)
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写版本名称。"), where="name")
    if not spec.source.strip():
        raise Refused("source_missing", _("请写明出处。"), where="source")
    target = selectors.schemes().filter(code=scheme).first() if scheme else origin.scheme
    if target is None:
        raise NotFound("scheme_not_found", _("没有这个检查方案。"), where="scheme")
    row = SchemeVersion.objects.create(
        number=public_number("ZB", clock.city_date(now)),
        scheme=target,
        name=spec.name.strip()[:80],
        source=spec.source.strip()[:200],
        note=spec.note.strip(),
        copied_from=origin,
        created_by=actor.name[:80],
        created_at=now,
    )
    rows = [
        Indicator(version=row, **{name: getattr(each, name) for name in COPIED}) for each in origin.indicators.all()
    ]
    Indicator.objects.bulk_create(rows)
    return row


@transaction.atomic
def save_indicator(*, actor: Viewer, number: str, code: str, written: rules.Written) -> Indicator:
    """Write an indicator of a draft; ``code`` names the one to be replaced, empty: a new one.

    Raises NotPermitted, NotFound (``version_not_found``, ``indicator_not_found``), Conflict (``version_published``,
    ``code_taken``) and Refused (``indicator_wrong``) with the first fault, at its field.
    """
    version = _draft(actor, number)
    if fault := next(iter(rules.row_troubles(written, Check.values)), None):
        raise Refused("indicator_wrong", str(fault), where=fault.field)
    row = version.indicators.filter(code=code).first() if code else None
    if code and row is None:
        raise NotFound("indicator_not_found")
    if written.code != code and version.indicators.filter(code=written.code).exists():
        raise Conflict("code_taken", _("已有这个编号的指标。"), where="code")
    last = version.indicators.order_by("-order").values_list("order", flat=True).first() or 0
    row = row or Indicator(version=version, order=last + 1)
    for name, value in as_fields(written).items():
        setattr(row, name, value)
    row.save()
    return row


@transaction.atomic
def remove_indicator(*, actor: Viewer, number: str, code: str) -> None:
    """Take an indicator out of a draft.

    Raises NotPermitted, NotFound (``version_not_found``, ``indicator_not_found``) and Conflict (``version_published``).
    """
    row = _draft(actor, number).indicators.filter(code=code).first()
    if row is None:
        raise NotFound("indicator_not_found")
    row.delete()


@transaction.atomic
def publish_version(*, actor: Viewer, number: str, valid_from: date, now: datetime) -> SchemeVersion:
    """Put a draft into force; the version that was in force is retired. On the ledger with the digest of its indicators.

    Raises NotPermitted, NotFound, Conflict (``version_published``) and Refused (``date_wrong``, ``version_not_whole``).
    """
    row = _draft(actor, number)
    if valid_from > clock.city_date(now):
        raise Refused("date_wrong", _("施行日期还没有到，到期再发布。"), where="valid_from")
    if found := selectors.troubles_of(row):
        raise Refused("version_not_whole", "；".join(str(t) for t in found))
    former = SchemeVersion.objects.filter(scheme=row.scheme, state=VersionState.IN_FORCE).first()
    if former is not None:
        former.state = VersionState.RETIRED
        former.save(update_fields=["state"])
    row.state, row.valid_from = VersionState.IN_FORCE, valid_from
    row.published_by, row.published_at = actor.name[:80], now
    row.digest = digests.version_digest(selectors.written(row))
    row.save()
    words = {"scheme": row.scheme.code, "name": row.name, "source": row.source, "digest": row.digest}
    words |= {"valid_from": valid_from.isoformat(), "replaces": former.number if former else ""}
    proof.of(Proven.SCHEME, row.number, words, actor, now)
    return row


@transaction.atomic
def drop_draft(*, actor: Viewer, number: str) -> None:
    """Throw a draft away. Raises NotPermitted, NotFound and Conflict (``version_published``)."""
    _draft(actor, number).delete()


def as_fields(written: rules.Written) -> dict[str, Any]:
    """Return the columns of an indicator."""
    return {
        "code": written.code,
        "part": written.part,
        "group": written.group,
        "name": written.name,
        "points": written.points,
        "applies_to": list(written.applies_to),
        "needs_duty": written.needs_duty,
        "text": written.text,
        "checks": list(written.checks),
        "formula": dict(written.formula),
        "certainty": Certainty(written.certainty).value,
        "source": written.source,
    }


def _draft(actor: Viewer, number: str) -> SchemeVersion:
    actor.require(RULE_EDIT)
    row = SchemeVersion.objects.select_for_update(of=("self",)).select_related("scheme").filter(number=number).first()
    if row is None:
        raise NotFound("version_not_found")
    if row.state != VersionState.DRAFT:
        raise Conflict("version_published", _("该版本已经发布，不能再改；请复制为新的草稿。"))
    return row
