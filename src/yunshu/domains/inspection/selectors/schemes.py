"""Reading schemes: versions, their indicators as the rules want them. Whoever may see inspections sees every scheme."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.choices_schemes import Certainty, VersionState
from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.models import Indicator, Scheme, SchemeVersion
from yunshu.domains.inspection.rules import schemes as rules
from yunshu.domains.inspection.rules import scoring
from yunshu.lib.kernel.errors import NotFound

CHECK_NAMES = {value: str(label) for value, label in Check.choices}


def visible_versions(viewer: Viewer) -> QuerySet[SchemeVersion]:
    """Return every version, with the number of its indicators and of those not read in an official text."""
    rows = SchemeVersion.objects.select_related("scheme", "copied_from")
    if not viewer.may(VIEW):
        return rows.none()
    return rows.annotate(
        indicator_count=Count("indicators"),
        unverified=Count("indicators", filter=~Q(indicators__certainty=Certainty.VERIFIED)),
    )


def get_version(viewer: Viewer, number: str) -> SchemeVersion:
    """Return a version with its indicators; raise NotFound (``version_not_found``)."""
    row = visible_versions(viewer).filter(number=number).prefetch_related("indicators").first()
    if row is None:
        raise NotFound("version_not_found")
    return row


def versions_in_force() -> list[SchemeVersion]:
    """Return the version in force of each scheme, in the order of the schemes, with its indicators."""
    rows = SchemeVersion.objects.filter(state=VersionState.IN_FORCE).select_related("scheme")
    indicators = Prefetch("indicators", Indicator.objects.order_by("order", "pk"))
    return list(rows.prefetch_related(indicators).order_by("scheme__order", "scheme__code"))


def other_versions(viewer: Viewer, row: SchemeVersion) -> list[SchemeVersion]:
    """Return the versions that ``row`` can be compared with: its own scheme's first."""
    rows = list(visible_versions(viewer).exclude(pk=row.pk))
    return sorted(rows, key=lambda v: (v.scheme_id != row.scheme_id, v.scheme.order, -v.pk))


def schemes() -> QuerySet[Scheme]:
    """Return every scheme."""
    return Scheme.objects.all()


def written(row: SchemeVersion) -> list[rules.Written]:
    """Return a version's indicators as they are written."""
    return [written_indicator(each) for each in row.indicators.all()]


def written_indicator(row: Indicator) -> rules.Written:
    """Return one indicator as it is written."""
    return rules.Written(
        code=row.code,
        part=row.part,
        group=row.group,
        name=row.name,
        points=row.points,
        applies_to=tuple(row.applies_to),
        needs_duty=row.needs_duty,
        text=row.text,
        checks=tuple(row.checks),
        formula=row.formula,
        certainty=row.certainty,
        source=row.source,
    )


def indicators_of(row: SchemeVersion) -> list[scoring.Indicator]:
    """Return a version's indicators as scoring wants them; a published one has no formula that cannot be read."""
    return [rules.indicator_of(each) for each in written(row)]


def troubles_of(row: SchemeVersion) -> list[rules.Trouble]:
    """Return what keeps a version from being published."""
    return rules.troubles(written(row), Check.values)


def changes(before: SchemeVersion, after: SchemeVersion) -> list[rules.Change]:
    """Return what changed between two versions, in words."""
    return rules.diff(written(before), written(after), CHECK_NAMES)


def version_on(scheme: str, day: date, rows: Iterable[SchemeVersion]) -> SchemeVersion | None:
    """Return which of a scheme's published versions was valid on a day."""
    valid = [v for v in rows if v.scheme.code == scheme and v.valid_from is not None and v.valid_from <= day]
    published = [v for v in valid if v.state != VersionState.DRAFT]
    return max(published, key=lambda v: (v.valid_from, v.published_at), default=None)
