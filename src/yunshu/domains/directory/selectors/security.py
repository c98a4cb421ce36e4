"""What the security administrator looks after: names that are locked, administrators and their second factor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Max, Q

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import SECURITY_EDIT, Viewer
from yunshu.domains.directory.models import Account, Assignment, Delegation, Person, SignIn
from yunshu.domains.directory.selectors.viewers import grants_of, require_everywhere
from yunshu.domains.directory.services.separation import NAMES

MOST_HOLDERS = 20
STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A name that was turned away for too many failures, and when last."""

    username: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """Somebody who holds one of the three duties, and whether a second factor is set up."""

    person: Person
    duty: str
    has_second_factor: bool


def locked_names(viewer: Viewer, now: datetime) -> list[Lock]:
    """Return the accounts that were locked within the time of a lock and not released since. Raises NotPermitted."""
    require_everywhere(viewer, SECURITY_EDIT)
    since = now - timedelta(minutes=settings.LIMITS["lock_minutes"])
    known = Account.objects.filter(username__in=SignIn.objects.filter(at__gt=since).values("username"))
    rows = SignIn.objects.filter(at__gt=since, username__in=known.values("username")).values("username")
    rows = rows.annotate(
        locked=Max("at", filter=Q(outcome="locked")), released=Max("at", filter=Q(outcome__in=("released", "ok")))
    )
    held = [r for r in rows if r["locked"] and (r["released"] is None or r["released"] < r["locked"])]
    return [Lock(username=r["username"], at=r["locked"]) for r in sorted(held, key=lambda r: r["locked"], reverse=True)]


def administrators(viewer: Viewer, now: datetime) -> list[Administrator]:
    """Return the people who hold one of the three duties now, own or lent. Raises NotPermitted."""
    require_everywhere(viewer, SECURITY_EDIT)
    codes = [code for duty in rules.DUTIES.values() for code in duty]
    own = Assignment.objects.filter(role__permissions__overlap=codes, revoked_at__isnull=True).values("person_id")
    lent = Delegation.objects.filter(giver_id__in=own, revoked_at__isnull=True).values("taker_id")
    people = Person.objects.filter(Q(pk__in=own) | Q(pk__in=lent), is_active=True).select_related("org", "account")
    grants = grants_of(people, now)
    strong = set(Authenticator.objects.filter(type__in=STRONG).values_list("user_id", flat=True))
    return [
        Administrator(person=p, duty=str(NAMES[duty]), has_second_factor=p.account_id in strong)
        for p in people.order_by("org__path", "number")
        for duty in rules.duties_of(g.permission for g in grants.get(p.pk, ()))
    ]


def holders(viewer: Viewer, who: str) -> list[Person]:
    """Return people with a second factor whose sign-in name is ``who`` or whose name holds it. Raises NotPermitted."""
    require_everywhere(viewer, SECURITY_EDIT)
    if not who:
        return []
    bound = Person.objects.filter(account__in=Authenticator.objects.filter(type__in=STRONG).values("user_id"))
    found = bound.filter(Q(account__username=who) | Q(name__icontains=who), is_active=True)
    return list(found.select_related("org", "account").order_by("org__path", "number")[:MOST_HOLDERS])
