"""The rota: turns planned in a circle, taken away, swapped with the consent of who takes over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import CONFIGURE, INCIDENT_HANDLE, PROOF_KIND, Proven
from yunshu.domains.operations.incident_choices import Tier
from yunshu.domains.operations.models import DutySwap, DutyTurn
from yunshu.domains.operations.rules import duty as rules
from yunshu.domains.operations.selectors.duty import open_swaps, visible_turns
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

MOST_TURNS = 366


@dataclass(frozen=True, kw_only=True)
class RotaSpec:
    """``turns`` turns of ``days`` days from ``first``, handed over at ``handover``; ``people`` are ids in their order."""

    tier: str
    people: Sequence[int]
    first: date
    turns: int
    days: int
    handover: time


@transaction.atomic
def plan_duty(*, actor: Viewer, org_code: str, spec: RotaSpec, now: datetime) -> list[DutyTurn]:
    """Plan turns. Raises NotFound, NotPermitted and Refused (``rota_incomplete``, ``person_may_not``, ``turn_overlaps``)."""
    org = Org.objects.select_for_update().filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    actor.require(CONFIGURE, org.path)
    if spec.tier not in Tier.values or not 1 <= spec.turns <= MOST_TURNS or not 1 <= spec.days <= MOST_TURNS:
        raise Refused("rota_incomplete", _("请填写班次、轮数（1—366）和每轮天数。"), where="turns")
    if not spec.people:
        raise Refused("rota_incomplete", _("请选择值班人员。"), where="people")
    _demand_able(spec.people, org, now)
    turns = list(rules.rota(spec.people, spec.first, spec.turns, spec.days, spec.handover, clock.CITY_ZONE))
    taken = DutyTurn.objects.filter(org=org, tier=spec.tier, starts_at__lt=turns[-1].end, ends_at__gt=turns[0].start)
    if (other := taken.first()) is not None:
        words = {"name": other.person.name, "at": f"{other.starts_at.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M}"}
        raise Refused("turn_overlaps", _("与已有排班重叠：%(name)s，%(at)s 起。") % words, where="first")
    rows = [
        DutyTurn.objects.create(
            org=org,
            tier=spec.tier,
            person_id=turn.person,
            starts_at=turn.start,
            ends_at=turn.end,
            planned_by=actor.name,
            planned_at=now,
        )
        for turn in turns
    ]
    span = {"tier": spec.tier, "from": turns[0].start, "to": turns[-1].end, "people": list(spec.people)}
    _prove(org.code, "plan", actor, now, span)
    return rows


@transaction.atomic
def drop_turn(*, actor: Viewer, turn_id: int, now: datetime) -> None:
    """Take a turn away that has not begun. Raises NotFound, NotPermitted and Refused (``turn_begun``)."""
    row = visible_turns(actor).select_for_update(of=("self",)).filter(pk=turn_id).first()
    if row is None:
        raise NotFound("turn_not_found")
    actor.require(CONFIGURE, row.org.path)
    if row.starts_at <= now:
        raise Refused("turn_begun", _("已经开始的值班不能删除，请换班。"))
    _prove(row.org.code, "drop", actor, now, {"tier": row.tier, "from": row.starts_at, "person": row.person_id})
    row.delete()


@transaction.atomic
def ask_swap(
    *, actor: Viewer, turn_id: int, person_id: int, starts_at: datetime, ends_at: datetime, reason: str, now: datetime
) -> DutySwap:
    """Ask somebody to take over a part of a turn: one's own, or anybody's for who plans.

    Raises NotFound (``turn_not_found``), NotPermitted and Refused (``swap_outside``, ``person_may_not``, ``reason_missing``).
    """
    row = visible_turns(actor).select_for_update(of=("self",)).filter(pk=turn_id).first()
    if row is None:
        raise NotFound("turn_not_found")
    if row.person_id != getattr(actor, "person_id", None):
        actor.require(CONFIGURE, row.org.path)
    if not (row.starts_at <= starts_at < ends_at <= row.ends_at) or ends_at <= now:
        raise Refused("swap_outside", _("换班时段须在该次值班之内，且尚未过去。"), where="starts_at")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写换班事由。"), where="reason")
    _demand_able([person_id], row.org, now)
    return DutySwap.objects.create(
        turn=row,
        person_id=person_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
        asked_by=actor.name,
        asked_at=now,
    )


@transaction.atomic
def answer_swap(*, actor: Viewer, swap_id: int, agrees: bool, now: datetime) -> DutySwap:
    """Agree to take over, or not; only who was asked may. Raises NotFound, NotPermitted, Conflict (``swap_over``)."""
    seen = open_swaps(actor).filter(pk=swap_id).first()
    if seen is None:
        raise NotFound("swap_not_found")
    row = DutySwap.objects.select_for_update().select_related("turn__org").get(pk=seen.pk)
    if row.person_id != getattr(actor, "person_id", None):
        raise NotPermitted("not_permitted", _("只有接班人本人可以答复。"))
    if row.agreed_at or row.refused_at or row.ends_at <= now:
        raise Conflict("swap_over", _("该换班已答复或已过期。"))
    row.agreed_at, row.refused_at = (now, None) if agrees else (None, now)
    row.save(update_fields=["agreed_at", "refused_at"])
    words = {"tier": row.turn.tier, "from": row.starts_at, "to": row.ends_at, "person": row.person_id, "agrees": agrees}
    _prove(row.turn.org.code, "swap", actor, now, words)
    return row


def _demand_able(people: Sequence[int], org: Org, now: datetime) -> None:
    able = {card.id for card in people_with(INCIDENT_HANDLE.code, org.path, now)}
    if set(people) - able:
        raise Refused("person_may_not", _("有人员没有“处置故障”的权限，不能值班。"), where="people")


def _prove(subject: str, verb: str, actor: Viewer, now: datetime, words: dict[str, Any]) -> None:
    kind = f"{PROOF_KIND}{Proven.DUTY.value}"
    ledger.record(kind=kind, subject=subject, payload={"verb": verb, **words}, by=actor, now=now)
