"""Assessing: prepare, grant bonuses, freeze what was confirmed, score it by every scheme version, publish, make again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices_schemes import AssessmentKind, AssessmentScope, AssessmentState, VersionState
from yunshu.domains.inspection.contracts import ASSESS, Proven
from yunshu.domains.inspection.models import AssessedObject, Assessment, BonusGrant, SchemeVersion, ScoreLine
from yunshu.domains.inspection.rules import digests, snapshots
from yunshu.domains.inspection.rules.scoring import BONUS, Score
from yunshu.domains.inspection.selectors import assessments as selectors
from yunshu.domains.inspection.selectors import snapshot
from yunshu.domains.inspection.selectors.schemes import indicators_of
from yunshu.domains.inspection.services import proof
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

LINE_FIELDS = ("code", "part", "group", "name", "points", "deducted", "gained", "is_vetoed", "words")


@dataclass(frozen=True, kw_only=True)
class AssessmentSpec:
    """What is assessed: ``versions`` are numbers of published scheme versions; ``unit`` an organisation's code."""

    name: str
    kind: str
    scope: str
    starts_on: date
    ends_on: date
    versions: tuple[str, ...]
    unit: str = ""
    counts_mended: bool = True


@dataclass(frozen=True, kw_only=True)
class GrantSpec:
    """A bonus: ``site`` by its number, ``code`` of the indicator."""

    version: str
    site: str
    code: str
    points: Decimal
    words: str


@transaction.atomic
def create_assessment(*, actor: Viewer, org: str, spec: AssessmentSpec, now: datetime) -> Assessment:
    """Prepare an assessment carried out by the organisation with the code ``org``.

    Raises NotFound (``org_not_found``), NotPermitted and Refused (``name_missing``, ``period_wrong``, ``version_missing``,
    ``unit_missing``, ``kind_unknown``).
    """
    carrier = Org.objects.filter(code=org).first()
    if carrier is None:
        raise NotFound("org_not_found")
    actor.require(ASSESS, carrier.path)
    unit = _unit(actor, spec)
    versions = list(SchemeVersion.objects.filter(number__in=spec.versions).exclude(state=VersionState.DRAFT))
    _check(spec, versions)
    row = Assessment.objects.create(
        number=public_number("KP", clock.city_date(now)),
        name=spec.name.strip()[:80],
        kind=spec.kind,
        scope=spec.scope,
        org=carrier,
        unit=unit,
        starts_on=spec.starts_on,
        ends_on=spec.ends_on,
        counts_mended=spec.counts_mended and spec.kind != AssessmentKind.PRE,
        created_by=actor.name[:80],
        created_at=now,
    )
    row.versions.set(versions)
    return row


def _unit(actor: Viewer, spec: AssessmentSpec) -> Org | None:
    if spec.scope != AssessmentScope.UNIT:
        return None
    unit = Org.objects.filter(code=spec.unit).first() if spec.unit else None
    if unit is None or not actor.may(ASSESS, unit.path):
        raise Refused("unit_missing", _("请选择被考评单位。"), where="unit")
    return unit


def _check(spec: AssessmentSpec, versions: Collection[SchemeVersion]) -> None:
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写考评名称。"), where="name")
    if spec.kind not in AssessmentKind.values or spec.scope not in AssessmentScope.values:
        raise Refused("kind_unknown", _("请选择考评周期和范围。"), where="kind")
    if spec.ends_on < spec.starts_on:
        raise Refused("period_wrong", _("截止日期不能早于起始日期。"), where="ends_on")
    if not versions or len(versions) != len(set(spec.versions)):
        raise Refused("version_missing", _("请选择已发布的指标版本。"), where="versions")


@transaction.atomic
def grant_bonus(*, actor: Viewer, number: str, spec: GrantSpec, now: datetime) -> BonusGrant:
    """Grant a site bonus points under one indicator; granted again, it replaces what was granted. Nought takes it back.

    Raises NotFound (``assessment_not_found``), NotPermitted, Conflict (``assessment_frozen``) and Refused
    (``indicator_unknown``, ``site_unknown``, ``points_wrong``, ``reason_missing``).
    """
    row = _draft(actor, number)
    version = row.versions.filter(number=spec.version).first()
    indicator = version.indicators.filter(code=spec.code, part=BONUS).first() if version else None
    if version is None or indicator is None:
        raise Refused("indicator_unknown", _("请选择加分指标。"), where="code")
    site = snapshot.sites_in_scope(row, actor).filter(number=spec.site).first()
    if site is None or site.kind not in indicator.applies_to:
        raise Refused("site_unknown", _("该网站不在考评范围，或不适用这一指标。"), where="site")
    if not 0 <= spec.points <= indicator.points:
        words = _("加分应在 0 到 %(points)s 分之间。") % {"points": indicator.points}
        raise Refused("points_wrong", words, where="points")
    if not spec.words.strip():
        raise Refused("reason_missing", _("请写明认定理由。"), where="words")
    made, _new = BonusGrant.objects.update_or_create(
        assessment=row,
        version=version,
        site=site,
        code=spec.code,
        defaults={"points": spec.points, "words": spec.words.strip()[:300], "by": actor.name[:80], "at": now},
    )
    return made


@transaction.atomic
def freeze_assessment(*, actor: Viewer, number: str, now: datetime) -> Assessment:
    """Freeze what is confirmed, put its digest on the ledger and score it by every version of the assessment.

    Raises NotFound, NotPermitted, Conflict (``assessment_frozen``) and Refused (``period_not_begun``, ``nothing_in_scope``).
    """
    row = _draft(actor, number)
    if clock.city_date(now) < row.starts_on:
        raise Refused("period_not_begun", _("考评周期还没有开始。"))
    versions = selectors.versions_of(row)
    frozen = snapshot.take(row, versions, actor, now)
    if not frozen["objects"]:
        raise Refused("nothing_in_scope", _("考评范围内没有运行中的网站和账号。"))
    row.snapshot, row.digest = frozen, digests.digest_of(frozen)
    row.state, row.frozen_at, row.frozen_by = AssessmentState.FROZEN, now, actor.name[:80]
    words = {
        "name": row.name,
        "digest": row.digest,
        "versions": [[v.number, v.digest] for v in versions],
        "objects": len(frozen["objects"]),
        "findings": len(frozen["findings"]),
    }
    row.record = proof.of(Proven.ASSESSMENT, row.number, words, actor, now)
    row.save()
    for version in versions:
        _keep(row, version, snapshots.scores(frozen, version.number, indicators_of(version)))
    return row


def _keep(row: Assessment, version: SchemeVersion, scores: dict[str, Score]) -> None:
    known = {each["number"]: each for each in row.snapshot["objects"]}
    made = AssessedObject.objects.bulk_create(
        _object(row, version, known[number], scored) for number, scored in scores.items()
    )
    lines = [
        ScoreLine(
            assessed=each,
            order=order,
            findings=list(line.findings),
            **{name: getattr(line, name) for name in LINE_FIELDS},
        )
        for each, scored in zip(made, scores.values(), strict=True)
        for order, line in enumerate(scored.lines, 1)
    ]
    ScoreLine.objects.bulk_create(lines, batch_size=2000)


def _object(row: Assessment, version: SchemeVersion, target: dict[str, Any], scored: Score) -> AssessedObject:
    return AssessedObject(
        assessment=row,
        version=version,
        site_id=target["pk"] if target["type"] == "site" else None,
        account_id=target["pk"] if target["type"] == "account" else None,
        org_id=target["org_id"],
        number=target["number"],
        name=target["name"],
        kind=target["kind"],
        has_service_duty=target["has_service_duty"],
        vetoes=list(scored.vetoes),
        deduction=scored.deduction,
        bonus=scored.bonus,
        final=scored.final,
        grade=scored.grade,
        words=scored.words[:300],
    )


@transaction.atomic
def publish_assessment(*, actor: Viewer, number: str, now: datetime) -> Assessment:
    """Publish a frozen assessment as a circular: units see theirs. Only if it can be made again from its snapshot.

    Raises NotFound, NotPermitted, Conflict (``assessment_not_frozen``) and Refused (``cannot_be_made_again``, ``pre_not_published``).
    """
    row = _locked(actor, number)
    if row.state != AssessmentState.FROZEN:
        raise Conflict("assessment_not_frozen", _("只有已定格、未通报的考评可以通报。"))
    if row.kind == AssessmentKind.PRE:
        raise Refused("pre_not_published", _("预评估供内部使用，不通报。"))
    if faults := recompute(row):
        raise Refused("cannot_be_made_again", "；".join(faults[:5]))
    row.state, row.published_at, row.published_by = AssessmentState.PUBLISHED, now, actor.name[:80]
    row.save(update_fields=["state", "published_at", "published_by"])
    words = {"name": row.name, "digest": row.digest, "figures": digests.digest_of(selectors.figures(row))}
    proof.of(Proven.CIRCULAR, row.number, words, actor, now)
    return row


def check_again(*, actor: Viewer, number: str) -> list[str]:
    """Make a frozen assessment again; return where it differs. Raises NotFound, NotPermitted and Conflict (``assessment_not_frozen``)."""
    row = selectors.get_assessment(actor, number)
    actor.require(ASSESS, row.org.path)
    if row.state == AssessmentState.DRAFT:
        raise Conflict("assessment_not_frozen", _("考评还没有定格。"))
    return recompute(row)


def recompute(row: Assessment) -> list[str]:
    """Make every score of a frozen assessment again from its snapshot; return where it differs, in words (empty: nowhere)."""
    found = []
    if digests.digest_of(row.snapshot) != row.digest:
        found.append(_("定格数据的摘要不符"))
    for version in selectors.versions_of(row):
        made = snapshots.scores(row.snapshot, version.number, indicators_of(version))
        kept = {each.number: each for each in selectors.objects_with_lines(row, version)}
        if set(made) != set(kept):
            found.append(_("%(version)s：对象不符") % {"version": version})
        for number in sorted(set(made) & set(kept)):
            found += [f"{kept[number].name} {words}" for words in _differences(kept[number], made[number])]
    return found


def _differences(kept: AssessedObject, made: Score) -> list[str]:
    found = snapshots.differences(selectors.lines_of(kept), made.lines)
    totals = {name: (getattr(kept, name), getattr(made, name)) for name in selectors.TOTALS}
    totals["vetoes"] = (tuple(kept.vetoes), made.vetoes)
    return found + [_("总分原为 %(old)s，重算为 %(new)s") % {"old": a, "new": b} for a, b in totals.values() if a != b]


def _draft(actor: Viewer, number: str) -> Assessment:
    row = _locked(actor, number)
    if row.state != AssessmentState.DRAFT:
        raise Conflict("assessment_frozen", _("该考评已经定格。"))
    return row


def _locked(actor: Viewer, number: str) -> Assessment:
    seen = selectors.get_assessment(actor, number)
    actor.require(ASSESS, seen.org.path)
    return Assessment.objects.select_for_update(of=("self",)).select_related("org", "unit").get(pk=seen.pk)
