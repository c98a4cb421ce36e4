"""Reading sites: themselves, their columns, visits, maintenance, changes; hosts seen and not registered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import FindingState
from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.models import Candidate, Column, MaintenanceWindow, Site, SiteChange
from yunshu.domains.inspection.rules import availability, changes
from yunshu.domains.inspection.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound

DONE = (FindingState.FALSE, FindingState.WAIVED, FindingState.VERIFIED, FindingState.CLOSED)
OPEN_FINDINGS = ~Q(findings__state__in=DONE) & Q(findings__isnull=False)


def visible_sites(viewer: Viewer) -> QuerySet[Site]:
    """Return the sites of the organisations in reach, with ``open_findings``."""
    rows = Site.objects.filter(within(viewer, VIEW, "org__path")).select_related("org", "merged_into")
    return rows.annotate(open_findings=Count("findings", filter=OPEN_FINDINGS, distinct=True))


def get_site(viewer: Viewer, number: str) -> Site:
    """Return one site; raise NotFound (``site_not_found``)."""
    row = visible_sites(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("site_not_found")
    return row


def columns_of(site: Site) -> QuerySet[Column]:
    """Return a site's columns in the order of the tree, those that are gone last."""
    return site.columns.order_by("gone_at", "path", "pk")


def get_column(viewer: Viewer, number: str, pk: int) -> Column:
    """Return one column of a site; raise NotFound (``site_not_found``, ``column_not_found``)."""
    row = get_site(viewer, number).columns.select_related("site__org").filter(pk=pk).first()
    if row is None:
        raise NotFound("column_not_found")
    return row


def changes_of(site: Site) -> QuerySet[SiteChange]:
    """Return what happened to a site, the newest first."""
    return site.changes.select_related("merged_into").order_by("-seq")


def as_change(row: SiteChange) -> changes.Change:
    """Return a change as the rules take it."""
    return changes.Change(verb=row.verb, on=row.on, reported_on=row.reported_on, seq=row.seq)


def windows_of(site: Site) -> QuerySet[MaintenanceWindow]:
    """Return a site's maintenance, the latest first; what was called off too."""
    return site.windows.order_by("-starts_at")


def week_of(
    site: Site, end: datetime, terms: availability.Terms = availability.TERMS
) -> tuple[availability.Week, list[availability.Week]]:
    """Return the week of visits before ``end`` and its days, the oldest first."""
    start = end - terms.days * availability.DAY
    looks, windows = looks_between(site, start, end), maintenance_between(site, start, end)
    return availability.week(looks, windows, end, terms), availability.days_of(looks, windows, end, terms)


def looks_between(site: Site, start: datetime, end: datetime) -> list[availability.Look]:
    """Return the visits in [start, end), in order."""
    rows = site.visits.filter(at__gte=start, at__lt=end).order_by("at", "pk").values_list("at", "ok", "ms")
    return [availability.Look(at, ok, ms) for at, ok, ms in rows]


def maintenance_between(site: Site, start: datetime, end: datetime) -> list[availability.Window]:
    """Return the maintenance that touches [start, end) and was not called off."""
    rows = site.windows.filter(starts_at__lt=end, ends_at__gt=start, called_off_at__isnull=True)
    return [availability.Window(r.starts_at, r.ends_at, r.registered_at) for r in rows.order_by("starts_at")]


def hours_of(looks: Sequence[availability.Look], end: datetime, hours: int) -> list[availability.Count]:
    """Return the visits of each of the last ``hours`` hours, the oldest first."""
    made = []
    for n in reversed(range(hours)):
        last = end - timedelta(hours=n)
        found = availability.rounds([one for one in looks if last - timedelta(hours=1) <= one.at < last])
        made.append(availability.Count(len(found), sum(one.failed for one in found)))
    return made


def visible_candidates(viewer: Viewer) -> QuerySet[Candidate]:
    """Return the hosts seen on the sites in reach."""
    return Candidate.objects.filter(within(viewer, VIEW, "site__org__path")).select_related("site__org")


def get_candidate(viewer: Viewer, host: str) -> Candidate:
    """Return one host that was seen; raise NotFound (``candidate_not_found``)."""
    row = visible_candidates(viewer).filter(host=host).first()
    if row is None:
        raise NotFound("candidate_not_found")
    return row
