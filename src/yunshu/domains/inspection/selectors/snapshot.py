"""Taking a snapshot: which sites and accounts are assessed, which findings count, as plain values."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import FindingState, SiteKind, SiteState
from yunshu.domains.inspection.choices_schemes import AssessmentScope, ObjectKind
from yunshu.domains.inspection.contracts import ASSESS
from yunshu.domains.inspection.models import Account, Assessment, Finding, SchemeVersion, Site
from yunshu.domains.inspection.rules.schemes import detail_keys
from yunshu.domains.inspection.rules.snapshots import detail_of
from yunshu.domains.inspection.selectors.reach import within
from yunshu.domains.inspection.selectors.schemes import indicators_of
from yunshu.lib.kernel.clock import CITY_ZONE

OPEN = (FindingState.CONFIRMED, FindingState.NOTIFIED, FindingState.SUBMITTED)
"""Confirmed and not yet put right."""
CONFIRMED = (*OPEN, FindingState.VERIFIED, FindingState.CLOSED)


def midnight(day: date) -> datetime:
    """Return when a day of the city begins."""
    return datetime.combine(day, time.min, CITY_ZONE)


def sites_in_scope(row: Assessment, viewer: Viewer) -> QuerySet[Site]:
    """Return the running sites that an assessment covers, of those whose units ``viewer`` assesses."""
    rows = Site.objects.filter(_covered(row, viewer), state=SiteState.RUNNING).select_related("org")
    return rows.filter(kind=SiteKind.PORTAL) if row.scope == AssessmentScope.PORTAL else rows


def accounts_in_scope(row: Assessment, viewer: Viewer) -> QuerySet[Account]:
    """Return the running accounts that an assessment covers, as with sites; none of a portal's."""
    rows = Account.objects.filter(_covered(row, viewer), state=SiteState.RUNNING).select_related("org")
    return rows.none() if row.scope == AssessmentScope.PORTAL else rows


def _covered(row: Assessment, viewer: Viewer) -> Q:
    unit = row.unit if row.scope == AssessmentScope.UNIT else None
    assessed = within(viewer, ASSESS, "org__path")
    return assessed & Q(org__path__startswith=unit.path) if unit else assessed


def findings_of(first: date, last: date, *, counts_mended: bool) -> QuerySet[Finding]:
    """Return the confirmed findings of a period: open ones first seen by its end, and (if asked) those seen within it."""
    counting = Q(state__in=OPEN)
    if counts_mended:
        counting |= Q(state__in=CONFIRMED, last_seen__gte=midnight(first))
    return Finding.objects.filter(counting, first_seen__lt=midnight(last + timedelta(days=1)))


def take(row: Assessment, versions: Iterable[SchemeVersion], viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Return the snapshot of an assessment (``rules/snapshots.py`` has its shape)."""
    versions = list(versions)
    keys = detail_keys([each for v in versions for each in indicators_of(v)])
    sites, accounts = list(sites_in_scope(row, viewer)), list(accounts_in_scope(row, viewer))
    faults = findings_of(row.starts_on, row.ends_on, counts_mended=row.counts_mended)
    faults = faults.filter(Q(site__in=sites) | Q(account__in=accounts))
    rows = faults.select_related("site", "account").order_by("number")
    return {
        "number": row.number,
        "period": [row.starts_on.isoformat(), row.ends_on.isoformat()],
        "taken_at": now.isoformat(),
        "counts_mended": row.counts_mended,
        "versions": [[v.number, v.digest] for v in versions],
        "objects": [*(site_facts(s) for s in sites), *(account_facts(a) for a in accounts)],
        "findings": [finding_facts(f, keys) for f in rows],
        "grants": [
            {
                "version": g.version.number,
                "object": g.site.number,
                "code": g.code,
                "points": str(g.points),
                "words": g.words,
            }
            for g in row.grants.select_related("version", "site")
        ],
    }


def site_facts(site: Site) -> dict[str, Any]:
    """Return a site as a snapshot has it."""
    return {
        "number": site.number,
        "type": "site",
        "pk": site.pk,
        "name": site.name,
        "kind": site.kind,
        "has_service_duty": site.has_service_duty,
        "org": site.org.code,
        "org_id": site.org_id,
    }


def account_facts(account: Account) -> dict[str, Any]:
    """Return an account as a snapshot has it."""
    return {
        "number": account.number,
        "type": "account",
        "pk": account.pk,
        "name": account.name,
        "kind": ObjectKind.ACCOUNT.value,
        "has_service_duty": True,
        "org": account.org.code,
        "org_id": account.org_id,
    }


def finding_facts(finding: Finding, keys: Collection[str]) -> dict[str, Any]:
    """Return a finding as a snapshot has it."""
    target = finding.site or finding.account
    return {
        "number": finding.number,
        "object": target.number if target else "",
        "kind": finding.kind,
        "state": finding.state,
        "severity": finding.severity,
        "words": finding.words,
        "url": finding.url,
        "place": finding.place,
        "first_seen": finding.first_seen.isoformat(),
        "last_seen": finding.last_seen.isoformat(),
        "detail": detail_of(finding.detail, keys),
    }
