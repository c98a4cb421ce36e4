"""What the phone process and the desk's pages read of the telephones' lists."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.contracts import PersonCard
from yunshu.domains.hotline.contracts import PHONE_ANSWER
from yunshu.domains.hotline.models import (
    AgentSeat,
    AgentSkill,
    BreakReason,
    Call,
    CallQueue,
    CallReason,
    Skill,
    Telephone,
    TransferTarget,
)
from yunshu.domains.hotline.phone_choices import Direction, Seat
from yunshu.lib.cti.queues import Overflow, Queue

Choices = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Seated:
    """Somebody to be signed in again after the process died."""

    person: int
    telephone: int
    address: str
    skills: tuple[str, ...]
    on_break: bool
    reason: int | None
    owes: str


def queues() -> list[tuple[Queue, tuple[str, ...]]]:
    """Return the queues for the distributor with the numbers that lead to each, those for the rest first."""
    rows = [(_queue(row), tuple(row.numbers)) for row in CallQueue.objects.filter(is_active=True)]
    return sorted(rows, key=lambda pair: bool(pair[1]))


def _queue(row: CallQueue) -> Queue:
    ways = (Overflow(float(row.overflow_after), frozenset(row.overflow_skills)),) if row.overflow_after else ()
    return Queue(
        code=row.code,
        skills=frozenset(row.skills),
        priority=row.priority,
        overflow=ways,
        ring_s=float(row.ring_seconds),
        announce_s=float(row.announce_seconds),
    )


def skills_of(person_id: int) -> tuple[str, ...]:
    """Return the codes of somebody's skills."""
    mine = AgentSkill.objects.filter(person_id=person_id, skill__is_active=True)
    return tuple(mine.order_by("skill__code").values_list("skill__code", flat=True))


def seated() -> list[Seated]:
    """Return who was signed in."""
    rows = AgentSeat.objects.exclude(state=Seat.OUT).filter(telephone__isnull=False).select_related("telephone")
    return [
        Seated(
            person=row.person_id,
            telephone=row.telephone.pk,
            address=row.telephone.address,
            skills=skills_of(row.person_id),
            on_break=row.state == Seat.BREAK,
            reason=row.reason_id,
            owes=next((call.ref for call in owed(row.person_id)), ""),
        )
        for row in rows
        if row.telephone is not None
    ]


def owed(person_id: int) -> QuerySet[Call]:
    """Return the calls that an agent has answered and that have neither ticket nor reason yet."""
    rows = Call.objects.filter(agent_id=person_id, direction=Direction.IN, answered_at__isnull=False)
    return rows.filter(settled_at__isnull=True).select_related("desk", "queue").order_by("answered_at")


def telephones(person_id: int) -> Choices:
    """Return the telephones at which somebody may sign in: in use, and nobody else's now."""
    taken = AgentSeat.objects.exclude(state=Seat.OUT).exclude(person_id=person_id).filter(telephone__isnull=False)
    rows = Telephone.objects.filter(is_active=True).exclude(pk__in=taken.values("telephone_id"))
    return [(row.code, str(row)) for row in rows]


def seat_of(person_id: int) -> AgentSeat | None:
    """Return an agent's seat, if they ever signed in."""
    return AgentSeat.objects.filter(person_id=person_id).select_related("telephone", "reason").first()


def break_reasons() -> Choices:
    """Return the reasons for a break."""
    return list(BreakReason.objects.filter(is_active=True).values_list("code", "name"))


def call_reasons() -> Choices:
    """Return why a call needs no ticket."""
    return list(CallReason.objects.filter(is_active=True).values_list("code", "name"))


def targets() -> list[TransferTarget]:
    """Return to whom calls can be handed over, the emergency lines first."""
    return list(TransferTarget.objects.filter(is_active=True).order_by("-is_emergency", "number"))


def queue_choices() -> Choices:
    """Return the queues in use."""
    return list(CallQueue.objects.filter(is_active=True).values_list("code", "name"))


def skill_rows() -> list[Skill]:
    """Return the skills in use."""
    return list(Skill.objects.filter(is_active=True))


@dataclass(frozen=True, kw_only=True)
class Able:
    """An agent and what they can."""

    person: PersonCard
    skills: frozenset[str]


def agents(desk_path: str, now: datetime) -> list[Able]:
    """Return everybody who may answer the telephone at a desk, with their skills."""
    people = people_with(PHONE_ANSWER.code, desk_path, now)
    held: dict[int, set[str]] = {}
    for person, code in AgentSkill.objects.filter(person_id__in=[p.id for p in people]).values_list(
        "person_id", "skill__code"
    ):
        held.setdefault(person, set()).add(code)
    return [Able(person=one, skills=frozenset(held.get(one.id, ()))) for one in people]
