"""Whether sites can be opened, judged by the week of visits (W2); and sites that went offline without report-in.

A week that its site's mending was verified in is judged from the verification on: old failures do not come back as new ones.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.checks import site_availability
from yunshu.domains.inspection.choices import Check, SiteState
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.contracts import Found, Proof
from yunshu.domains.inspection.models import FindingStep, Retest, Site, SiteChange
from yunshu.domains.inspection.rules import availability, changes, fingerprints, life
from yunshu.domains.inspection.selectors import sites as selectors
from yunshu.domains.inspection.services import findings, retests
from yunshu.domains.inspection.services.running import kits

MACHINE = System(name="网站检查")
VERSION = "week-2019-19"
ENOUGH = timedelta(days=1)
"""A retest is answered by a whole day of visits after it was asked for [I]."""
PATIENCE = timedelta(days=7)


def judge_all(*, now: datetime, only: Sequence[Site] | None = None) -> int:
    """Judge the week before ``now`` of every running site (or ``only`` of some); return of how many it is a veto."""
    rows = Site.objects.select_related("org").filter(state=SiteState.RUNNING)
    rows = rows if only is None else rows.filter(pk__in=[site.pk for site in only])
    return sum(judge(site, now) for site in rows)


@transaction.atomic
def judge(site: Site, now: datetime) -> bool:
    """Keep or take back what the week before ``now`` says of a site; too few visits say nothing. Return whether it is a veto."""
    week = _week(site, now, availability.TERMS)
    if week.verdict is availability.Verdict.UNPROVEN:
        return False
    card = kits.card(site)
    found = [replace(each, rule_version=VERSION) for each in site_availability.conclude(week, card)]
    proven = [replace(each, proofs=(_proof(site, week, each.words, now),)) for each in found]
    findings.keep(proven, by=MACHINE, now=now)
    lasting = [changes.unreported_key(seq) for seq in site.changes.values_list("seq", flat=True)]
    seen = [*(each.key for each in found), *lasting]
    findings.absent(kind=Check.UNREACHABLE, seen=seen, began=now, complete=True, now=now, site=site.id_code)
    return bool(found)


def _week(site: Site, end: datetime, terms: availability.Terms, since: datetime | None = None) -> availability.Week:
    """Return the time before ``end`` that ``terms`` name, from ``since`` or the last verified mending on."""
    start = max(end - terms.days * availability.DAY, since or _mended_at(site) or end - terms.days * availability.DAY)
    looks = selectors.looks_between(site, start, end)
    return availability.week(looks, selectors.maintenance_between(site, start, end), end, terms)


def _mended_at(site: Site) -> datetime | None:
    """Return when it was last verified that a site can be opened again; None if it never was."""
    mark = fingerprints.fingerprint(Check.UNREACHABLE, site.id_code, "")
    steps = FindingStep.objects.filter(finding__fingerprint=mark, target=life.VERIFIED)
    found: datetime | None = steps.aggregate(at=Max("at"))["at"]
    return found


def _proof(site: Site, week: availability.Week, words: str, now: datetime) -> Proof:
    """Return the digest of the week's visits, which are kept as they were made."""
    rows = site.visits.filter(at__gte=week.start, at__lt=week.end).order_by("at", "vantage")
    said = [[at.isoformat(), *rest] for at, *rest in rows.values_list("at", "vantage", "ok", "status", "ms", "reason")]
    return Proof(kind="text", sha256=hashlib.sha256(json.dumps(said).encode()).hexdigest(), taken_at=now, words=words)


def retest(now: datetime) -> int:
    """Answer the retests of sites that could not be opened; return how many. One of a report-in that lacks is for people to judge."""
    waiting = Retest.objects.filter(done_at=None, finding__kind=Check.UNREACHABLE, finding__site__isnull=False)
    done = 0
    for row in waiting.select_related("finding__site"):
        result = _retested(row, now)
        if result is not None:
            retests.finish(number=row.number, result=result, now=now)
            done += 1
    return done


def _retested(row: Retest, now: datetime) -> RetestResult | None:
    site = row.finding.site
    if site is None or "change" in row.finding.detail or row.finding.origin != "machine":
        return RetestResult.INCONCLUSIVE
    if now < row.asked_at + ENOUGH:
        return None
    terms = replace(availability.TERMS, days=ENOUGH.days)
    week = _week(site, now, terms, since=row.asked_at)
    if week.verdict is availability.Verdict.UNPROVEN:
        return RetestResult.INCONCLUSIVE if now > row.asked_at + PATIENCE else None
    return RetestResult.FOUND if week.is_veto else RetestResult.GONE


def keep_unreported(site: Site, change: SiteChange, now: datetime) -> None:
    """Keep it as a finding if a site went offline and nobody reported it up beforehand, in the caller's transaction."""
    found = changes.unreported(site.id_code, selectors.as_change(change))
    if found is None:
        return
    words = f"{found.words}（{change.on} 起，{f'{change.reported_on} 报备' if change.reported_on else '未报备'}）"
    told: Found = replace(found, words=words, url=site.home_url, place="site", detail={"change": change.seq})
    findings.keep([told], by=MACHINE, now=now)
