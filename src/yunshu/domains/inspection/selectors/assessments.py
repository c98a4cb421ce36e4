"""Reading assessments: whoever sees the organisation that carries one out sees all of it; a unit sees its own once published."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices_schemes import AssessmentState, Grade, ObjectKind
from yunshu.domains.inspection.contracts import ASSESS, VIEW
from yunshu.domains.inspection.models import AssessedObject, Assessment, BonusGrant, Indicator, SchemeVersion, ScoreLine
from yunshu.domains.inspection.rules import snapshots
from yunshu.domains.inspection.rules.fixing import Case
from yunshu.domains.inspection.rules.scoring import BONUS, VETO, Line
from yunshu.domains.inspection.selectors.reach import within
from yunshu.domains.inspection.selectors.schemes import indicators_of
from yunshu.domains.inspection.selectors.snapshot import sites_in_scope
from yunshu.lib.kernel.errors import NotFound

TOTALS = ("deduction", "bonus", "final", "grade")


def visible_assessments(viewer: Viewer) -> QuerySet[Assessment]:
    """Return the assessments in sight, without their snapshots."""
    own = AssessedObject.objects.filter(within(viewer, VIEW, "org__path")).values("assessment")
    seen = within(viewer, VIEW, "org__path") | Q(state=AssessmentState.PUBLISHED, pk__in=own)
    rows = Assessment.objects.filter(seen).select_related("org", "unit").defer("snapshot")
    return rows.annotate(object_count=Count("assessed__number", distinct=True))


def get_assessment(viewer: Viewer, number: str) -> Assessment:
    """Return one assessment; raise NotFound (``assessment_not_found``)."""
    row = visible_assessments(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("assessment_not_found")
    return row


def may_assess(viewer: Viewer, row: Assessment) -> bool:
    """Say whether the viewer carries the assessment out."""
    return viewer.may(ASSESS, row.org.path)


def versions_of(row: Assessment) -> list[SchemeVersion]:
    """Return the scheme versions of an assessment, in the order of the schemes, with their indicators."""
    indicators = Prefetch("indicators", Indicator.objects.order_by("order", "pk"))
    rows = row.versions.select_related("scheme").prefetch_related(indicators)
    return list(rows.order_by("scheme__order", "scheme__code", "pk"))


def visible_objects(viewer: Viewer) -> QuerySet[AssessedObject]:
    """Return the assessed objects in sight: all of an assessment that one carries out, else those of one's own units."""
    carries = within(viewer, VIEW, "assessment__org__path")
    own = within(viewer, VIEW, "org__path") & Q(assessment__state=AssessmentState.PUBLISHED)
    rows = AssessedObject.objects.filter(carries | own)
    return rows.select_related("version__scheme", "org", "assessment").defer("assessment__snapshot")


def get_object(viewer: Viewer, pk: int) -> AssessedObject:
    """Return one assessed object; raise NotFound (``object_not_found``)."""
    row = visible_objects(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("object_not_found")
    return row


def objects_with_lines(row: Assessment, version: SchemeVersion) -> QuerySet[AssessedObject]:
    """Return an assessment's objects under one version, with their lines."""
    return row.assessed.filter(version=version).prefetch_related("lines").select_related("org")


def lines_of(row: AssessedObject) -> list[Line]:
    """Return the score lines kept of an object, as the rules make them."""
    return [
        Line(
            code=line.code,
            part=line.part,
            group=line.group,
            name=line.name,
            points=line.points,
            deducted=line.deducted,
            gained=line.gained,
            is_vetoed=line.is_vetoed,
            findings=tuple(line.findings),
            words=line.words,
        )
        for line in row.lines.all()
    ]


def sees_all(viewer: Viewer, row: Assessment) -> bool:
    """Say whether the viewer sees all of an assessment, not only their own units."""
    return viewer.may(VIEW, row.org.path)


def get_whole(viewer: Viewer, number: str) -> Assessment:
    """Return a frozen assessment to those who see all of it; raise NotFound (``assessment_not_found``)."""
    row = get_assessment(viewer, number)
    if not sees_all(viewer, row) or row.state == AssessmentState.DRAFT:
        raise NotFound("assessment_not_found")
    return row


def get_circular(viewer: Viewer, number: str) -> Assessment:
    """Return an assessment whose circular may be read: published, or frozen and seen whole; raise NotFound."""
    row = get_assessment(viewer, number)
    return row if row.state == AssessmentState.PUBLISHED else get_whole(viewer, number)


def assessing_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the organisations for which the viewer assesses."""
    return Org.objects.filter(within(viewer, ASSESS, "path")).order_by("path")


def grants_of(row: Assessment) -> QuerySet[BonusGrant]:
    """Return the bonuses granted in an assessment."""
    return row.grants.select_related("site", "version__scheme")


def grant_choices(viewer: Viewer, row: Assessment) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the bonus indicators (``version code``) and the sites of an assessment, for a form."""
    targets = [
        (f"{v.number} {i.code}", f"{v.scheme.name} {i.code} {i.name}")
        for v in versions_of(row)
        for i in v.indicators.all()
        if i.part == BONUS
    ]
    return targets, [(s.number, s.name) for s in sites_in_scope(row, viewer)]


def side_by_side(viewer: Viewer, row: Assessment) -> list[tuple[AssessedObject, list[AssessedObject | None]]]:
    """Return the objects in sight with their result under each version, those that failed first."""
    order = [v.pk for v in versions_of(row)]
    found: dict[str, dict[int, AssessedObject]] = {}
    for each in visible_objects(viewer).filter(assessment=row):
        found.setdefault(each.number, {})[each.version_id] = each
    lines = [(next(iter(by.values())), [by.get(pk) for pk in order]) for by in found.values()]
    return sorted(lines, key=lambda line: (all(r is None or r.grade == Grade.PASS for r in line[1]), line[0].number))


def same_object(row: AssessedObject) -> QuerySet[AssessedObject]:
    """Return the object's results in the same assessment under every version."""
    rows = AssessedObject.objects.filter(assessment=row.assessment_id, number=row.number)
    return rows.select_related("version__scheme").order_by("version__scheme__order")


def findings_in(row: AssessedObject) -> dict[str, dict[str, Any]]:
    """Return the frozen findings of an object, by number."""
    snapshot = Assessment.objects.values_list("snapshot", flat=True).get(pk=row.assessment_id)
    return {each["number"]: each for each in snapshot["findings"] if each["object"] == row.number}


def case_of(row: AssessedObject) -> Case:
    """Return a frozen object as scoring and what-if want it."""
    snapshot = Assessment.objects.values_list("snapshot", flat=True).get(pk=row.assessment_id)
    (version,) = (v for v in versions_of(row.assessment) if v.pk == row.version_id)
    return snapshots.cases(snapshot, version.number, indicators_of(version))[row.number]


def figures(row: Assessment) -> list[dict[str, Any]]:
    """Return what a circular says, one entry a scheme version: counts, rates, vetoes, deductions by indicator. From rows only."""
    return [_figures(row, version) for version in versions_of(row)]


def _figures(row: Assessment, version: SchemeVersion) -> dict[str, Any]:
    objects = list(row.assessed.filter(version=version).select_related("org"))
    sites = [o for o in objects if o.kind != ObjectKind.ACCOUNT]
    accounts = [o for o in objects if o.kind == ObjectKind.ACCOUNT]
    lines = ScoreLine.objects.filter(assessed__assessment=row, assessed__version=version)
    return {
        "version": version.number,
        "name": str(version),
        "sites": share(sites),
        "accounts": share(accounts),
        "failed": [[o.number, o.name, o.org.name, o.words] for o in objects if o.grade == Grade.FAIL],
        "ranked": [
            [o.number, o.name, o.org.name, str(o.final)]
            for o in sorted((o for o in objects if o.final is not None), key=lambda o: (-(o.final or 0), o.number))
        ],
        "vetoes": _by_indicator(lines.filter(part=VETO, is_vetoed=True)),
        "deductions": _by_indicator(lines.filter(deducted__gt=0)),
    }


def share(rows: Iterable[AssessedObject]) -> dict[str, Any]:
    """Return how many objects there are, how many passed, and the rate in per cent (None where there are none)."""
    counts = Counter(o.grade for o in rows)
    total, passed = counts.total(), counts[Grade.PASS]
    rate = (Decimal(passed) * 100 / total).quantize(Decimal("0.01")) if total else None
    return {"total": total, "passed": passed, "failed": total - passed, "rate": None if rate is None else str(rate)}


def _by_indicator(lines: QuerySet[ScoreLine]) -> list[list[Any]]:
    found: dict[str, list[Any]] = {}
    for line in lines.order_by("order", "assessed__number"):
        entry = found.setdefault(line.code, [line.code, line.name, 0, 0, Decimal(0)])
        entry[2] += 1
        entry[3] += len(line.findings)
        entry[4] += line.deducted
    return [[*entry[:4], str(entry[4])] for entry in found.values()]
