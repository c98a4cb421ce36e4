"""Reading the directory: viewers, organisations, people, calendar."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import (
    ORG_VIEW,
    Anonymous,
    Citizen,
    CompanyAgent,
    Grant,
    OrgCard,
    PersonCard,
    Staff,
    Viewer,
)
from yunshu.domains.directory.models import (
    Account,
    Assignment,
    CalendarDay,
    CalendarYear,
    Delegation,
    Org,
    Person,
    WorkSegment,
)
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.worktime import WorkingCalendar


def viewer_for_account(account: Account | AnonymousUser, now: datetime | None = None) -> Viewer:
    """Return who is looking: staff with their grants of today, a citizen, a company's agent, or nobody."""
    if not isinstance(account, Account) or not account.is_active:
        return Anonymous()
    if account.kind == Account.Kind.STAFF:
        person = Person.objects.select_related("org").filter(account=account, is_active=True).first()
        return _staff(account, person, now or clock.now()) if person else Anonymous()
    if account.kind == Account.Kind.COMPANY:
        return CompanyAgent(
            name=account.username, account_id=account.pk, uscc=account.uscc, real_name_level=account.real_name_level
        )
    return Citizen(name=account.username, account_id=account.pk, real_name_level=account.real_name_level)


def _staff(account: Account, person: Person, now: datetime) -> Staff:
    return Staff(
        name=person.name,
        grants=grants_of([person], now).get(person.pk, ()),
        account_id=account.pk,
        person_id=person.pk,
        org_id=person.org_id,
        org_code=person.org.code,
        org_path=person.org.path,
        org_name=person.org.name,
    )


def grants_of(people: Iterable[Person], now: datetime) -> dict[int, tuple[Grant, ...]]:
    """Return each person's grants at ``now`` by person id: own assignments, and what was lent by delegation."""
    ids = [p.pk for p in people]
    loans = list(
        Delegation.objects.filter(taker_id__in=ids, revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now)
        .select_related("giver", "org")
        .order_by("pk")
    )
    own = _own_grants({*ids, *(d.giver_id for d in loans)}, now)
    result = {i: list(own.get(i, ())) for i in ids}
    for loan in loans:
        if loan.giver.is_active:
            result[loan.taker_id] += rules.lent(own.get(loan.giver_id, ()), loan.org.path, loan.giver.name)
    return {i: tuple(g) for i, g in result.items()}


def _own_grants(person_ids: set[int], now: datetime) -> dict[int, tuple[Grant, ...]]:
    today = clock.city_date(now)
    rows = (
        Assignment.objects.filter(person_id__in=person_ids, revoked_at__isnull=True, starts_on__lte=today)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), role__is_active=True, org__is_active=True)
        .select_related("role", "org")
        .order_by("pk")
    )
    grants: dict[int, list[Grant]] = {}
    for row in rows:
        grants.setdefault(row.person_id, []).extend(
            Grant(
                permission=permission,
                org_id=row.org_id,
                org_path=row.org.path,
                subtree=row.subtree,
                role_code=row.role.code,
                role_name=row.role.name,
            )
            for permission in row.role.permissions
        )
    return {person_id: tuple(g) for person_id, g in grants.items()}


def visible_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the organisations ``viewer`` may see: where the permission reaches, and the own one."""
    reach = Q(pk=getattr(viewer, "org_id", 0))
    for path, subtree in viewer.reach(ORG_VIEW):
        reach |= Q(path__startswith=path) if subtree else Q(path=path)
    return Org.objects.filter(reach).select_related("parent")


def get_org(viewer: Viewer, code: str) -> Org:
    """Return one organisation; raise NotFound if absent or out of sight."""
    org = visible_orgs(viewer).filter(code=code).first()
    if org is None:
        raise NotFound("org_not_found")
    return org


def visible_people(viewer: Viewer) -> QuerySet[Person]:
    """Return the people of the organisations ``viewer`` may see."""
    return Person.objects.filter(org__in=visible_orgs(viewer)).select_related("org", "account")


def get_person(viewer: Viewer, number: str) -> Person:
    """Return one person; raise NotFound if absent or out of sight."""
    person = visible_people(viewer).filter(number=number).first()
    if person is None:
        raise NotFound("person_not_found")
    return person


def org_card(org: Org) -> OrgCard:
    """Return the organisation as other domains see it."""
    return OrgCard(id=org.pk, code=org.code, name=org.name, path=org.path, kind=org.kind, is_sample=org.is_sample)


def person_card(person: Person) -> PersonCard:
    """Return the person as other domains see them."""
    return PersonCard(id=person.pk, name=person.name, title=person.title, org=org_card(person.org))


def people_with(permission: str, org_path: str, now: datetime) -> tuple[PersonCard, ...]:
    """Return every active person who holds ``permission`` for the organisation at ``org_path`` at ``now``."""
    ancestors = ["/" + "/".join(parts) + "/" for parts in _prefixes(org_path)]
    today = clock.city_date(now)
    holders = (
        Assignment.objects.filter(
            Q(org__path=org_path) | Q(org__path__in=ancestors, subtree=True),
            role__permissions__contains=[permission],
            role__is_active=True,
            org__is_active=True,
            revoked_at__isnull=True,
            starts_on__lte=today,
            person__is_active=True,
        )
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
        .values_list("person_id", flat=True)
    )
    takers = Delegation.objects.filter(
        giver_id__in=set(holders), revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now
    ).values_list("taker_id", flat=True)
    people = Person.objects.filter(pk__in={*holders, *takers}, is_active=True).select_related("org").order_by("pk")
    grants = grants_of(people, now)
    return tuple(person_card(p) for p in people if _holds(grants.get(p.pk, ()), permission, org_path))


def _prefixes(org_path: str) -> list[list[str]]:
    parts = org_path.strip("/").split("/")
    return [parts[:n] for n in range(1, len(parts) + 1)]


def _holds(grants: tuple[Grant, ...], permission: str, org_path: str) -> bool:
    return any(
        g.permission == permission and (g.org_path == org_path or (g.subtree and org_path.startswith(g.org_path)))
        for g in grants
    )


def working_calendar() -> WorkingCalendar:
    """Return the city's working time as the tables say now. Two queries and a third for the segments."""
    years = list(CalendarYear.objects.order_by("year"))
    segments: dict[object, list[tuple[object, object]]] = {}
    for row in WorkSegment.objects.order_by("valid_from", "starts_at"):
        segments.setdefault(row.valid_from, []).append((row.starts_at, row.ends_at))
    return WorkingCalendar.of(
        segments=segments,
        special_days=dict(CalendarDay.objects.values_list("on", "kind")),
        known_years=[y.year for y in years],
        version=sum(y.version for y in years),
    )
