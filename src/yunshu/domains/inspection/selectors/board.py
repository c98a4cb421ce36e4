"""How it stands now: what runs, what is open, what is overdue, who passes by which scheme — from open findings, not frozen."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices import Check, FindingState, Severity, SiteState
from yunshu.domains.inspection.choices_schemes import ObjectKind
from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.models import Account, Finding, FindingStep, SchemeVersion, Site
from yunshu.domains.inspection.rules.fixing import Case, Plan, best_plan
from yunshu.domains.inspection.rules.schemes import detail_keys
from yunshu.domains.inspection.rules.scoring import FAILED, Score
from yunshu.domains.inspection.rules.snapshots import cases
from yunshu.domains.inspection.selectors.reach import within
from yunshu.domains.inspection.selectors.schemes import indicators_of, versions_in_force
from yunshu.domains.inspection.selectors.snapshot import OPEN, account_facts, finding_facts, midnight, site_facts
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound

MONTHS = 12
SIZES = (3, 7, 15)
"""How many findings a unit is offered to put right at a time."""


def visible_sites(viewer: Viewer) -> QuerySet[Site]:
    """Return the running sites in sight."""
    return Site.objects.filter(within(viewer, VIEW, "org__path"), state=SiteState.RUNNING).select_related("org")


def visible_accounts(viewer: Viewer) -> QuerySet[Account]:
    """Return the running accounts in sight."""
    return Account.objects.filter(within(viewer, VIEW, "org__path"), state=SiteState.RUNNING).select_related("org")


def open_findings(viewer: Viewer) -> QuerySet[Finding]:
    """Return the confirmed findings in sight that are not put right."""
    return Finding.objects.filter(within(viewer, VIEW, "org__path"), state__in=OPEN)


@dataclass(frozen=True, kw_only=True)
class Live:
    """Everything in sight as a snapshot, not kept."""

    snapshot: dict[str, Any]
    versions: list[SchemeVersion]

    def cases(self, version: SchemeVersion) -> dict[str, Case]:
        """Return every object under a version."""
        return cases(self.snapshot, version.number, indicators_of(version))


def live(viewer: Viewer, org: Org | None = None) -> Live:
    """Return what is in sight (of one unit) with the versions in force."""
    versions = versions_in_force()
    keys = detail_keys([each for v in versions for each in indicators_of(v)])
    narrow = Q(org=org) if org else Q()
    faults = open_findings(viewer).filter(narrow).select_related("site", "account")
    sites, accounts = visible_sites(viewer).filter(narrow), visible_accounts(viewer).filter(narrow)
    snapshot = {
        "objects": [*(site_facts(s) for s in sites), *(account_facts(a) for a in accounts)],
        "findings": [finding_facts(f, keys) for f in faults],
        "grants": [],
    }
    return Live(snapshot=snapshot, versions=versions)


@dataclass(frozen=True, kw_only=True)
class Passing:
    """How many sites and accounts pass by a version now."""

    version: SchemeVersion
    sites: int
    sites_passed: int
    accounts: int
    accounts_passed: int


@dataclass(frozen=True, kw_only=True)
class UnitLine:
    """How a unit stands; ``failed`` by any version in force."""

    org: Org
    objects: int
    open: int
    overdue: int
    failed: int


def passing(found: Live) -> list[Passing]:
    """Return the pass rates by version in force."""
    return [_passing(found, version) for version in found.versions]


def _passing(found: Live, version: SchemeVersion) -> Passing:
    kinds, passed = Counter[bool](), Counter[bool]()
    for case in found.cases(version).values():
        is_account = case.subject.kind == ObjectKind.ACCOUNT
        kinds[is_account] += 1
        passed[is_account] += case.without(()).grade != FAILED
    return Passing(
        version=version,
        sites=kinds[False],
        sites_passed=passed[False],
        accounts=kinds[True],
        accounts_passed=passed[True],
    )


def failing(found: Live) -> set[str]:
    """Return the numbers of the objects that fail by any version in force."""
    return {
        number
        for version in found.versions
        for number, case in found.cases(version).items()
        if case.without(()).grade == FAILED
    }


def units(viewer: Viewer, found: Live, now: datetime) -> list[UnitLine]:
    """Return every unit in sight that has sites or accounts, the worst first."""
    failed = failing(found)
    objects = Counter(o["org_id"] for o in found.snapshot["objects"])
    bad = Counter(o["org_id"] for o in found.snapshot["objects"] if o["number"] in failed)
    rows = open_findings(viewer).values("org_id").annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    counts = {row["org_id"]: (row["n"], row["late"]) for row in rows.order_by()}
    orgs = Org.objects.filter(pk__in={*objects, *counts})
    lines = [
        UnitLine(
            org=org,
            objects=objects[org.pk],
            open=counts.get(org.pk, (0, 0))[0],
            overdue=counts.get(org.pk, (0, 0))[1],
            failed=bad[org.pk],
        )
        for org in orgs
    ]
    return sorted(lines, key=lambda u: (-u.failed, -u.overdue, -u.open, u.org.code))


def by_kind(viewer: Viewer) -> list[tuple[str, dict[str, int]]]:
    """Return open findings by check (label) and severity, the most first; ``total`` is the sum of a check."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys([*Severity.values, "total"], 0))
    rows = open_findings(viewer).values("kind", "severity").annotate(n=Count("pk")).order_by()
    for row in rows:
        found[row["kind"]][row["severity"]] += row["n"]
        found[row["kind"]]["total"] += row["n"]
    order = sorted(found.items(), key=lambda item: (-item[1]["total"], item[0]))
    return [(str(Check(kind).label), counts) for kind, counts in order]


def overdue(viewer: Viewer, now: datetime) -> int:
    """Return how many open findings in sight are past their deadline."""
    return open_findings(viewer).filter(due_at__lt=now).count()


def months_back(day: date, count: int) -> list[date]:
    """Return the first days of the last ``count`` months, the present one last."""
    first = day.replace(day=1)
    found = [first]
    while len(found) < count:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def trend(viewer: Viewer, now: datetime) -> list[tuple[str, int, int]]:
    """Return for each of the last twelve months how many findings were confirmed, and how many put right."""
    months = months_back(clock.city_date(now), MONTHS)
    seen = within(viewer, VIEW, "org__path")
    confirmed = Finding.objects.filter(seen, confirmed_at__gte=midnight(months[0])).annotate(
        month=TruncMonth("confirmed_at", tzinfo=clock.CITY_ZONE)
    )
    mended = FindingStep.objects.filter(
        within(viewer, VIEW, "finding__org__path"), target=FindingState.VERIFIED, at__gte=midnight(months[0])
    ).annotate(month=TruncMonth("at", tzinfo=clock.CITY_ZONE))
    new, done = _by_month(confirmed), _by_month(mended)
    return [(f"{m:%Y-%m}", new[f"{m:%Y-%m}"], done[f"{m:%Y-%m}"]) for m in months]


def _by_month(rows: QuerySet[Any]) -> Counter[str]:
    counted = rows.order_by().values("month").annotate(n=Count("pk"))
    return Counter({f"{row['month']:%Y-%m}": row["n"] for row in counted})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one object stands under a version, and what putting findings right would bring."""

    number: str
    name: str
    kind: str
    score: Score
    plans: tuple[Plan, ...]
    open: int


def get_unit(viewer: Viewer, code: str) -> Org:
    """Return a unit that the viewer may see inspected; raise NotFound (``unit_not_found``)."""
    row = Org.objects.filter(within(viewer, VIEW, "path"), code=code).first()
    if row is None:
        raise NotFound("unit_not_found")
    return row


def standings(found: Live, version: SchemeVersion) -> list[Standing]:
    """Return how each object of a unit stands under a version."""
    facts = {o["number"]: o for o in found.snapshot["objects"]}
    return [
        Standing(
            number=number,
            name=facts[number]["name"],
            kind=str(ObjectKind(case.subject.kind).label),
            score=case.without(()),
            plans=tuple(plans_of(case)),
            open=len(case.faults),
        )
        for number, case in found.cases(version).items()
    ]


def plans_of(case: Case, sizes: Iterable[int] = SIZES) -> list[Plan]:
    """Return the plans worth offering: each brings more than the one before it."""
    found: list[Plan] = []
    for size in sizes:
        plan = best_plan(case, size)
        if (plan.gain > 0 or plan.lifts_veto) and (not found or plan.findings != found[-1].findings):
            found.append(plan)
    return found


def words_of(found: Live) -> dict[str, dict[str, Any]]:
    """Return the open findings of a live snapshot by number."""
    return {row["number"]: row for row in found.snapshot["findings"]}
