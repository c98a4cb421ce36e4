"""Who may do what, and why: read from assignments and delegations, for the page that explains it."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import API_KEY_EDIT, ROLE_EDIT, Grant, PersonCard, Viewer
from yunshu.domains.directory.models import ApiKey, Assignment, Delegation, Org, Person, Role
from yunshu.domains.directory.selectors.organisations import get_org, get_person, person_card, visible_orgs
from yunshu.domains.directory.selectors.viewers import assignments_in_force, grants_by, grants_of, loans_in_force
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.permissions import permissions as declared


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One permission somebody holds: where, through what, until when (None: for good)."""

    permission: str
    permission_name: str
    place: str
    subtree: bool
    role_name: str
    via: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A person who may, and each way by which."""

    person: PersonCard
    number: str
    ways: tuple[Holding, ...]


def people_with(permission: str, org_path: str, now: datetime) -> tuple[PersonCard, ...]:
    """Return every active person who holds ``permission`` for the organisation at ``org_path`` at ``now``."""
    ancestors = ["/" + "/".join(parts) + "/" for parts in _prefixes(org_path)]
    where = Q(org__path=org_path) | Q(org__path__in=ancestors, subtree=True)
    holders = _assigned(permission, clock.city_date(now)).filter(where).values_list("person_id", flat=True)
    takers = Delegation.objects.filter(
        giver_id__in=set(holders), revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now
    ).values_list("taker_id", flat=True)
    people = Person.objects.filter(pk__in={*holders, *takers}, is_active=True).select_related("org").order_by("pk")
    grants = grants_of(people, now)
    return tuple(person_card(p) for p in people if _holds(grants.get(p.pk, ()), permission, org_path))


def places_with(permission: str, now: datetime) -> tuple[tuple[str, bool], ...]:
    """Return (path, with all below it) of every organisation in which somebody holds ``permission`` at ``now``. One query."""
    rows = _assigned(permission, clock.city_date(now)).order_by("org__path").values_list("org__path", "subtree")
    return tuple(rows.distinct())


def _assigned(permission: str, today: date) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(
        role__permissions__contains=[permission],
        role__is_active=True,
        org__is_active=True,
        revoked_at__isnull=True,
        starts_on__lte=today,
        person__is_active=True,
    )
    return rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))


def people_holding(permission: str, now: datetime) -> tuple[PersonCard, ...]:
    """Return every active person who holds ``permission`` anywhere at ``now``."""
    people = Person.objects.filter(is_active=True).select_related("org").order_by("pk")
    held = Assignment.objects.filter(role__permissions__contains=[permission], revoked_at__isnull=True)
    candidates = people.filter(
        Q(pk__in=held.values("person_id")) | Q(pk__in=Delegation.objects.filter(ends_at__gt=now).values("taker_id"))
    )
    grants = grants_of(candidates, now)
    return tuple(person_card(p) for p in candidates if any(g.permission == permission for g in grants.get(p.pk, ())))


def _prefixes(org_path: str) -> list[list[str]]:
    parts = org_path.strip("/").split("/")
    return [parts[:n] for n in range(1, len(parts) + 1)]


def _holds(grants: tuple[Grant, ...], permission: str, org_path: str) -> bool:
    return any(
        g.permission == permission and (g.org_path == org_path or (g.subtree and org_path.startswith(g.org_path)))
        for g in grants
    )


def holdings(viewer: Viewer, number: str, now: datetime) -> list[Holding]:
    """Return every permission a person holds now. Raises NotFound if the person is out of sight."""
    return _holdings(get_person(viewer, number), now)


def _holdings(person: Person, now: datetime) -> list[Holding]:
    in_force = assignments_in_force(clock.city_date(now))
    loans = list(loans_in_force(now).filter(taker=person))
    rows = list(in_force.filter(person_id__in={person.pk, *(loan.giver_id for loan in loans)}))
    found: list[tuple[Grant, Assignment, Delegation | None]] = [
        (g, row, None) for row in rows if row.person_id == person.pk for g in grants_by(row)
    ]
    for loan in loans:
        lent = (
            (row, rules.lent(grants_by(row), loan.org.path, loan.giver.name))
            for row in rows
            if row.person_id == loan.giver_id
        )
        found += [(g, row, loan) for row, grants in lent for g in grants]
    places = dict(Org.objects.filter(path__in={g.org_path for g, _, _ in found}).values_list("path", "name"))
    shown = [_holding(g, row, loan, places) for g, row, loan in found]
    return sorted(shown, key=lambda h: (h.permission, h.place, h.via))


def _holding(grant: Grant, row: Assignment, loan: Delegation | None, places: dict[str, str]) -> Holding:
    known = declared().get(grant.permission)
    ends = [datetime.combine(row.ends_on, time.max, clock.CITY_ZONE)] if row.ends_on else []
    ends += [loan.ends_at] if loan else []
    return Holding(
        permission=grant.permission,
        permission_name=_(known.name) if known else grant.permission,
        place=places.get(grant.org_path, grant.org_path),
        subtree=grant.subtree,
        role_name=row.role.name,
        via=loan.giver.name if loan else "",
        reason=loan.reason if loan else row.reason,
        until=min(ends, default=None),
    )


def holders(viewer: Viewer, permission: str, org_code: str, now: datetime) -> list[Holder]:
    """Return everybody who may do something at an organisation, and why. Raises NotFound (``org_not_found``)."""
    org = get_org(viewer, org_code)
    cards = people_with(permission, org.path, now)
    people = Person.objects.select_related("org").in_bulk([c.id for c in cards])
    above = {
        *Org.objects.filter(pk__in=[int(i) for i in org.path.strip("/").split("/")]).values_list("name", flat=True)
    }
    return [
        Holder(
            person=card,
            number=people[card.id].number,
            ways=tuple(
                h
                for h in _holdings(people[card.id], now)
                if h.permission == permission and (h.place == org.name or (h.subtree and h.place in above))
            ),
        )
        for card in cards
    ]


def visible_assignments(viewer: Viewer) -> QuerySet[Assignment]:
    """Return the assignments at organisations the viewer may see, the latest first."""
    rows = Assignment.objects.filter(org__in=visible_orgs(viewer))
    return rows.select_related("person", "person__org", "role", "org").order_by("-pk")


def grantable_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the active organisations at which the viewer may give and take roles."""
    return _reached(viewer.reach(ROLE_EDIT))


def keyed_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the active organisations whose API keys the viewer keeps."""
    return _reached(viewer.reach(API_KEY_EDIT))


def _reached(reach: tuple[tuple[str, bool], ...]) -> QuerySet[Org]:
    where = Q(pk__in=[])
    for path, subtree in reach:
        where |= Q(path__startswith=path) if subtree else Q(path=path)
    return Org.objects.filter(where, is_active=True)


def visible_delegations(viewer: Viewer) -> QuerySet[Delegation]:
    """Return the viewer's own delegations, given and taken, and those where the viewer may give roles."""
    me = getattr(viewer, "person_id", None)
    mine = Q(giver_id=me) | Q(taker_id=me) | Q(org__in=grantable_orgs(viewer))
    return Delegation.objects.filter(mine).select_related("giver", "taker", "org").order_by("-starts_at")


def visible_api_keys(viewer: Viewer) -> QuerySet[ApiKey]:
    """Return the keys of the organisations whose keys the viewer keeps, the latest first."""
    return ApiKey.objects.filter(org__in=keyed_orgs(viewer)).select_related("org").order_by("-pk")


def roles() -> QuerySet[Role]:
    """Return all roles; their names and permissions are no secret among staff."""
    return Role.objects.all()


def places_of_work(viewer: Viewer) -> QuerySet[Org]:
    """Return the organisations whose powers the viewer may lend: own grants, own post, and where roles may be given."""
    held = {g.org_id for g in viewer.grants} | {getattr(viewer, "org_id", 0)}
    return Org.objects.filter(Q(pk__in=held) | Q(pk__in=grantable_orgs(viewer)), is_active=True)
