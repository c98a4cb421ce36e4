"""Who is looking, and what they hold: own assignments and what colleagues lent."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import Anonymous, Citizen, CompanyAgent, Grant, Staff, Viewer
from yunshu.domains.directory.models import Account, Assignment, Delegation, Org, Person
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted
from yunshu.lib.kernel.permissions import Permission


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


def is_staff_account(account: object) -> bool:
    """Say whether an account belongs to a member of staff."""
    return isinstance(account, Account) and account.kind == Account.Kind.STAFF


def must_change_password(account: object, now: datetime | None = None) -> bool:
    """Say whether somebody signed in still uses the first password, or, as staff, one that is too old."""
    if not isinstance(account, Account):
        return False
    age = (now or clock.now()) - (account.password_changed_at or account.created_at)
    is_old = account.kind == Account.Kind.STAFF and age > timedelta(days=settings.LIMITS["password_days"])
    return account.must_change_password or is_old


def was_used(account: Account, password: str) -> bool:
    """Say whether a password is one of the last that an account had."""
    last = account.used_passwords.order_by("-at", "-pk")[: settings.LIMITS["password_history"]]
    return any(check_password(password, used.password) for used in last)


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
    loans = list(loans_in_force(now).filter(taker_id__in=ids))
    own = _own_grants({*ids, *(d.giver_id for d in loans)}, now)
    result = {i: list(own.get(i, ())) for i in ids}
    for loan in loans:
        result[loan.taker_id] += rules.lent(own.get(loan.giver_id, ()), loan.org.path, loan.giver.name)
    return {i: tuple(g) for i, g in result.items()}


def _own_grants(person_ids: set[int], now: datetime) -> dict[int, tuple[Grant, ...]]:
    today = clock.city_date(now)
    grants: dict[int, list[Grant]] = {}
    for row in assignments_in_force(today).filter(person_id__in=person_ids):
        grants.setdefault(row.person_id, []).extend(grants_by(row))
    return {person_id: tuple(g) for person_id, g in grants.items()}


def assignments_in_force(on: date) -> QuerySet[Assignment]:
    """Return the assignments that count on a day: not revoked, begun, not ended, role and place active."""
    return (
        Assignment.objects.filter(revoked_at__isnull=True, starts_on__lte=on, role__is_active=True, org__is_active=True)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
        .select_related("person", "role", "org")
        .order_by("pk")
    )


def loans_in_force(now: datetime) -> QuerySet[Delegation]:
    """Return the delegations that count at ``now``, whose giver still works here."""
    return (
        Delegation.objects.filter(revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now, giver__is_active=True)
        .select_related("giver", "taker", "org")
        .order_by("pk")
    )


def grants_by(row: Assignment) -> tuple[Grant, ...]:
    """Return what one assignment gives: each permission of its role."""
    return tuple(
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


def holds_everywhere(viewer: Viewer, permission: Permission) -> bool:
    """Say whether ``permission`` is held in the whole city: at every root organisation and all below it."""
    roots = list(Org.objects.filter(parent__isnull=True).values_list("path", flat=True))
    # a place below the root that does not exist is reached only by a grant that includes what is below
    return viewer.may(permission, "/") or (bool(roots) and all(viewer.may(permission, f"{root}0/") for root in roots))


def require_everywhere(viewer: Viewer, permission: Permission) -> None:
    """Raise NotPermitted (``not_permitted_citywide``) unless ``permission`` is held in the whole city."""
    if not holds_everywhere(viewer, permission):
        message = _("需要在全市范围内拥有“%(name)s”权限。") % {"name": _(permission.name)}
        raise NotPermitted("not_permitted_citywide", message)
