"""Reading the rota: who is on duty at a moment, and whose turns come."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.contracts import CONFIGURE, INCIDENT_APPROVE, INCIDENT_HANDLE, TARGET_VIEW
from yunshu.domains.operations.incident_choices import Tier
from yunshu.domains.operations.models import DutySwap, DutyTurn
from yunshu.domains.operations.rules import duty
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound


def visible_turns(viewer: Viewer) -> QuerySet[DutyTurn]:
    """Return the turns of the organisations where the viewer watches, mends, approves or plans."""
    reach = Q(person_id=getattr(viewer, "person_id", 0))
    for permission in (TARGET_VIEW, INCIDENT_HANDLE, INCIDENT_APPROVE, CONFIGURE):
        reach |= within(viewer, permission, "org__path")
    return DutyTurn.objects.filter(reach).select_related("org", "person")


def on_duty(org: Org, tier: Tier, at: datetime) -> Person | None:
    """Return who is on duty for an organisation in a tier: its own rota, else that of the nearest one above it."""
    above = [org.path[: n + 1] for n, c in enumerate(org.path) if c == "/"]
    for path in reversed(above):
        turns = list(DutyTurn.objects.filter(org__path=path, tier=tier, starts_at__lte=at, ends_at__gt=at))
        if not turns:
            continue
        person = duty.on_duty(_turns(turns), _swaps(turns, at), at)
        return None if person is None else Person.objects.filter(pk=person, is_active=True).first()
    return None


def _turns(rows: list[DutyTurn]) -> list[duty.Turn]:
    return [duty.Turn(person=row.person_id, start=row.starts_at, end=row.ends_at) for row in rows]


def _swaps(rows: list[DutyTurn], at: datetime) -> list[duty.Swap]:
    found = DutySwap.objects.filter(turn__in=rows, agreed_at__isnull=False, starts_at__lte=at, ends_at__gt=at)
    return [
        duty.Swap(person=row.person_id, start=row.starts_at, end=row.ends_at, at=row.agreed_at)
        for row in found
        if row.agreed_at is not None
    ]


def open_swaps(viewer: Viewer) -> QuerySet[DutySwap]:
    """Return the swaps that wait for an answer: the viewer's own, and those of turns in sight."""
    rows = DutySwap.objects.filter(agreed_at__isnull=True, refused_at__isnull=True)
    mine = Q(person_id=getattr(viewer, "person_id", 0))
    return rows.filter(mine | Q(turn__in=visible_turns(viewer))).select_related("turn__person", "person")


def turn_url(turn_id: int) -> str:
    """Return the page of a turn."""
    return reverse("operations:turn", args=[turn_id])


def get_turn(viewer: Viewer, turn_id: int) -> DutyTurn:
    """Return one turn; raise NotFound (``turn_not_found``)."""
    row = visible_turns(viewer).filter(pk=turn_id).first()
    if row is None:
        raise NotFound("turn_not_found")
    return row


def now_on_duty(viewer: Viewer, now: datetime) -> list[tuple[Org, str, Person]]:
    """Return who is on duty now where the viewer sees the rota: organisation, tier's name, person."""
    rows = visible_turns(viewer).filter(starts_at__lte=now, ends_at__gt=now).order_by("org__path", "tier")
    found = [(row, on_duty(row.org, Tier(row.tier), now)) for row in rows]
    return [(row.org, row.get_tier_display(), person) for row, person in found if person]


def able_people(viewer: Viewer, now: datetime) -> list[tuple[str, str]]:
    """Return everybody who may be on duty where the viewer plans, as choices."""
    paths = [path for path, _subtree in viewer.reach(CONFIGURE)]
    found = {card.id: card for path in paths for card in people_with(INCIDENT_HANDLE.code, path, now)}
    return [(str(card.id), f"{card.name} · {card.org.name}") for card in found.values()]


def able_people_of(row: DutyTurn, now: datetime) -> list[tuple[str, str]]:
    """Return everybody else who may take over a turn, as choices."""
    cards = people_with(INCIDENT_HANDLE.code, row.org.path, now)
    return [(str(card.id), f"{card.name} · {card.org.name}") for card in cards if card.id != row.person_id]
