"""Reading findings: which a viewer sees, what waits for review, the city's time limits."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Origin, Severity, SiteState
from yunshu.domains.inspection.choices_findings import TermScope
from yunshu.domains.inspection.contracts import RECTIFY, REVIEW, SUPERVISE, VIEW
from yunshu.domains.inspection.models import DueRule, Evidence, Finding
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.worktime import WorkingCalendar

HOUR_S = 3600
RANK = Case(
    *(When(severity=code, then=Value(rank)) for rank, code in enumerate(Severity.values)), output_field=IntegerField()
)
"""The gravest first."""


ENDED = (SiteState.MERGED, SiteState.CLOSED)
"""Of a site or an account that has ended, nobody need review anything."""


def visible_findings(viewer: Viewer) -> QuerySet[Finding]:
    """Return the findings in ``viewer``'s reach.

    Whoever may view, review or supervise there sees all; whoever only rectifies sees what people have confirmed.
    """
    seen = within(viewer, VIEW, "org__path") | within(viewer, REVIEW, "org__path")
    seen |= within(viewer, SUPERVISE, "org__path")
    own = within(viewer, RECTIFY, "org__path") & Q(notice_items__isnull=False)
    rows = Finding.objects.filter(seen | Q(pk__in=Finding.objects.filter(own).values("pk")))
    return rows.select_related("site", "account", "org", "reviewer", "second")


def get_finding(viewer: Viewer, number: str) -> Finding:
    """Return one finding; raise NotFound (``finding_not_found``)."""
    row = visible_findings(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("finding_not_found")
    return row


def queue(viewer: Viewer) -> QuerySet[Finding]:
    """Return what waits for the viewer's review, the gravest and surest first.

    A veto that the viewer confirmed first waits for somebody else, so it is left out.
    """
    rows = visible_findings(viewer).filter(within(viewer, REVIEW, "org__path"), state__in=life.QUEUED)
    rows = rows.exclude(site__state__in=ENDED).exclude(account__state__in=ENDED)
    mine = Q(state=life.SECOND, reviewer_id=getattr(viewer, "person_id", None) or 0)
    return rows.exclude(mine).annotate(rank=RANK).order_by("rank", F("confidence").desc(), "pk")


def alike(viewer: Viewer, row: Finding, scope: str) -> QuerySet[Finding]:
    """Return what else waits for the viewer with the same term, found by the same check, on the same site or in the city."""
    rows = visible_findings(viewer).filter(within(viewer, REVIEW, "org__path"), state__in=life.QUEUED)
    rows = rows.filter(kind=row.kind, origin=Origin.MACHINE, detail__term=row.detail.get("term", "")).exclude(pk=row.pk)
    return rows.filter(site=row.site) if scope == TermScope.SITE else rows


def own_findings(viewer: Viewer) -> QuerySet[Finding]:
    """Return the findings that notices put to the units for which the viewer rectifies, what is due first."""
    rows = visible_findings(viewer).filter(within(viewer, RECTIFY, "org__path"), state__in=life.COUNTED)
    return rows.filter(notice_items__isnull=False).distinct().order_by(F("due_at").asc(nulls_last=True), "pk")


def similar(row: Finding, limit: int = 5) -> list[Finding]:
    """Return decided findings like this one, the newest first: of the same kind and term, else of the same kind and site."""
    decided = Finding.objects.filter(kind=row.kind).exclude(pk=row.pk).exclude(state__in=life.QUEUED)
    term = row.detail.get("term")
    like = decided.filter(detail__term=term) if term else decided.filter(site=row.site, account=row.account)
    return list(like.select_related("site", "account", "reviewer").order_by("-last_seen", "-pk")[:limit])


def may(viewer: Viewer, row: Finding, permission: Permission) -> bool:
    """Say whether the viewer holds a permission over the unit of a finding."""
    return viewer.may(permission, row.org.path)


def dues() -> Mapping[str, life.Due]:
    """Return the limits in force by code: the city's rule, where it has one, else ours."""
    found = {due.code: due for due in life.DUES}
    for row in DueRule.objects.filter(is_active=True, code__in=found):
        found[row.code] = life.Due(code=row.code, name=row.name, amount=row.amount, unit=row.unit, source=row.source)
    return found


def due_at(code: str, start: datetime, calendar: WorkingCalendar | None = None) -> datetime:
    """Return when what began at ``start`` is due, by the limit ``code`` and the city's working calendar."""
    return by_limit(dues()[code], start, calendar or working_calendar())


def by_limit(due: life.Due, start: datetime, calendar: WorkingCalendar) -> datetime:
    """Return the end of a limit that begins at ``start``."""
    if due.unit == "working_hours":
        return calendar.add_working_time(start, due.amount * HOUR_S)
    if due.unit == "working_days":
        return calendar.add_working_days(start, due.amount)
    return start + timedelta(days=due.amount)


def proof_of(row: Finding, proof_id: int) -> Evidence:
    """Return one piece of evidence of a finding; raise NotFound (``evidence_missing``)."""
    kept = row.evidence.filter(pk=proof_id).first()
    if kept is None:
        raise NotFound("evidence_missing")
    return kept


def to_be_notified(viewer: Viewer, limit: int = 500) -> list[Finding]:
    """Return the confirmed findings that the viewer may put to their units, unit by unit, the gravest first."""
    rows = visible_findings(viewer).filter(within(viewer, SUPERVISE, "org__path"), state=life.CONFIRMED)
    return list(rows.annotate(rank=RANK).order_by("org__path", "rank", "pk")[:limit])
