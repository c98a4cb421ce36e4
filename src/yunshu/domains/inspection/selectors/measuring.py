"""What the performance table asks: objects of published assessments, findings that were due in a period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Min, Q, QuerySet

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices import FindingState
from yunshu.domains.inspection.choices_schemes import AssessmentKind, AssessmentState
from yunshu.domains.inspection.models import AssessedObject, Finding
from yunshu.domains.inspection.selectors.snapshot import midnight


def assessed_objects(
    org_code: str, first: date, last: date, *, scheme: str, kinds: Iterable[str]
) -> QuerySet[AssessedObject]:
    """Return the objects of the published assessments that an organisation carried out, ending in a period."""
    return (
        AssessedObject.objects.filter(
            assessment__org__code=org_code,
            assessment__state=AssessmentState.PUBLISHED,
            assessment__ends_on__range=(first, last),
            version__scheme__code=scheme,
            kind__in=list(kinds),
        )
        .exclude(assessment__kind=AssessmentKind.PRE)
        .select_related("assessment")
        .defer("assessment__snapshot")
    )


@dataclass(frozen=True, kw_only=True)
class Due:
    """A finding that was due in a period; ``mended_at`` is when it was first verified, if it was."""

    number: str
    words: str
    due_at: datetime
    mended_at: datetime | None

    @property
    def on_time(self) -> bool:
        """Say whether it was put right by its deadline."""
        return self.mended_at is not None and self.mended_at <= self.due_at


def due_findings(org_code: str, first: date, last: date, now: datetime, *, is_city: bool) -> list[Due]:
    """Return the confirmed findings due in a period that is over or running: of an organisation and below, or of the city."""
    org = Org.objects.filter(code=org_code).first()
    if org is None:
        return []
    reach = Q() if is_city else Q(org__path__startswith=org.path)
    end = min(now, midnight(last + timedelta(days=1)))
    mended = Min("steps__at", filter=Q(steps__target=FindingState.VERIFIED))
    rows = Finding.objects.filter(reach, due_at__gte=midnight(first), due_at__lt=end, confirmed_at__isnull=False)
    rows = rows.exclude(state__in=(FindingState.FALSE, FindingState.WAIVED)).annotate(mended_at=mended)
    return [
        Due(number=f.number, words=f.words, due_at=due, mended_at=f.mended_at)
        for f in rows.order_by("number")
        if (due := f.due_at) is not None
    ]
