"""To whom a ticket goes: dispatch by the duty directory, objections and their decision, assisting units, splitting, merging, meetings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import DutyRole, Relation
from yunshu.domains.hotline.contracts import TICKET_HANDLE
from yunshu.domains.hotline.models import Assignment, Contact, DutyRule, HardCase, Objection, ObjectionReason, Ticket
from yunshu.domains.hotline.rules import life, routing
from yunshu.domains.hotline.selectors.lists import demand_of, duty_rows, rules_in_force
from yunshu.domains.hotline.selectors.tickets import visible_tickets
from yunshu.domains.hotline.services import steps
from yunshu.domains.hotline.services.registering import begin
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

FEWEST_PARTS = 2


@dataclass(frozen=True, kw_only=True)
class DispatchSpec:
    """To which unit (its code), with which assisting ones, on which line of the directory (its code, empty: none)."""

    unit: str
    assists: Sequence[str] = ()
    rule: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class PartSpec:
    """One matter of a ticket that is split."""

    unit: str
    title: str


@transaction.atomic
def dispatch(*, actor: Viewer, number: str, spec: DispatchSpec, now: datetime) -> Ticket:
    """Send a ticket to a unit, or after an objection to another.

    Raises NotFound (``org_not_found``, ``rule_not_found``), NotPermitted, Conflict and Refused (``complained_about``,
    ``pushed_down``, ``nobody_there``, ``same_unit``, ``unit_twice``).
    """
    row = steps.locked(actor, number)
    verb = "redispatch" if row.state == life.OBJECTED else "dispatch"
    units = [
        _unit(row, code, "unit" if n == 0 else "assists", now) for n, code in enumerate((spec.unit, *spec.assists))
    ]
    if len({unit.pk for unit in units}) < len(units):
        raise Refused("unit_twice", _("主办和协办单位不能重复。"), where="assists")
    if verb == "redispatch" and row.unit_id == units[0].pk:
        raise Refused("same_unit", _("已同意退单，请派给另一个单位。"), where="unit")
    rule, previous = _rule(spec.rule, now), row.unit
    row.unit = units[0]
    data = {"unit": units[0].code, "from": previous.code if previous else "", "rule": spec.rule}
    words = spec.words or (_("同意退单，改派。") if verb == "redispatch" else "")
    steps.take(row, verb, actor, now, words, data=data, parties={life.UNIT: units[0].pk})
    _note(row, units[0], DutyRole.MAIN, actor, now, spec.words, rule)
    for unit in units[1:]:
        part = _part(row, unit, Relation.ASSIST, row.title, now)
        _note(row, unit, DutyRole.ASSIST, actor, now, spec.words, None, part)
    return row


def _unit(row: Ticket, code: str, where: str, now: datetime) -> Org:
    """Return a unit that the ticket may go to."""
    unit = Org.objects.filter(code=code, is_active=True).first()
    if unit is None:
        raise NotFound("org_not_found", _("没有这个单位。"), where=where)
    target = routing.Target(org_id=unit.pk, path=unit.path, kind=unit.kind)
    accused = row.accused.path if row.accused else ""
    said = routing.refusal(target, duty_rows(clock.city_date(now)), demand_of(row), accused)
    if said is not None:
        raise Refused(said[0], _(said[1]) % {"basis": said[2]} if said[2] else _(said[1]), where=where)
    if not people_with(TICKET_HANDLE.code, unit.path, now):
        raise Refused(
            "nobody_there", _("%(unit)s还没有承办人员，请先为其人员授予承办角色。") % {"unit": unit.name}, where=where
        )
    return unit


def _rule(code: str, now: datetime) -> DutyRule | None:
    if not code:
        return None
    found = rules_in_force(clock.city_date(now)).filter(code=code).first()
    if found is None:
        raise NotFound("rule_not_found", _("派单目录中没有这一条，或已失效。"), where="rule")
    return found


def _note(
    row: Ticket,
    unit: Org,
    role: DutyRole,
    actor: Viewer,
    now: datetime,
    words: str,
    rule: DutyRule | None,
    part: Ticket | None = None,
) -> None:
    Assignment.objects.create(
        ticket=row, unit=unit, role=role, rule=rule, subticket=part, words=words[:500], by=actor.name, at=now
    )


def _part(row: Ticket, unit: Org, relation: Relation, title: str, now: datetime) -> Ticket:
    """Make a ticket that hangs on another and give it to a unit; its clock began when the parent's did not yet count for it: now."""
    part = Ticket.objects.create(
        number=public_number("RX", clock.city_date(now)),
        kind=row.kind,
        category=row.category,
        title=title.strip()[:100],
        content=row.content,
        urgency=row.urgency,
        channel=row.channel,
        is_confidential=row.is_confidential,
        division=row.division,
        street=row.street,
        address=row.address,
        lon=row.lon,
        lat=row.lat,
        desk=row.desk,
        accused=row.accused,
        parent=row,
        relation=relation,
        state=life.RECEIVED,
        state_since=now,
        received_at=now,
        registered_by=steps.WATCHER.name,
    )
    Contact.objects.create(ticket=part)
    begin(part, steps.WATCHER, now)
    steps.take(part, "accept", steps.WATCHER, now)
    part.unit = unit
    steps.take(part, "dispatch", steps.WATCHER, now, data={"unit": unit.code}, parties={life.UNIT: unit.pk})
    steps.append(row, "part", steps.WATCHER, now, unit.name, {"part": part.number, "relation": str(relation)})
    return part


@transaction.atomic
def split(*, actor: Viewer, number: str, parts: Sequence[PartSpec], reason: str, now: datetime) -> Ticket:
    """Split a ticket into the matters of several units; it is answered as one when all are done.

    Raises NotFound, NotPermitted, Conflict and Refused (``too_few_parts``, and as ``dispatch``).
    """
    row = steps.locked(actor, number)
    if len(parts) < FEWEST_PARTS or not all(part.title.strip() for part in parts):
        raise Refused("too_few_parts", _("请至少写明两件事项及其承办单位。"), where="parts")
    units = [_unit(row, part.unit, "parts", now) for part in parts]
    steps.take(row, "split", actor, now, reason)
    for part, unit in zip(parts, units, strict=True):
        _part(row, unit, Relation.SPLIT, part.title, now)
    return row


@transaction.atomic
def merge(*, actor: Viewer, number: str, into: str, reason: str, now: datetime) -> Ticket:
    """Put a ticket under another of the same matter (重复诉求); each caller is still answered. Return the ticket.

    Raises NotFound, NotPermitted, Conflict and Refused (``merge_itself``, ``merge_over``, ``merge_other_desk``).
    """
    if number == into:
        raise Refused("merge_itself", _("不能并入自己。"), where="into")
    parent = visible_tickets(actor).filter(number=into).first()
    if parent is None:
        raise NotFound("ticket_not_found", _("没有这个工单。"), where="into")
    parent = steps.locked_row(parent.pk)
    row = steps.locked(actor, number)
    if parent.state in life.OVER or parent.relation != Relation.NONE:
        raise Refused("merge_over", _("只能并入尚未办结的独立工单。"), where="into")
    if parent.desk_id != row.desk_id:
        raise Refused("merge_other_desk", _("只能并入同一热线机构的工单。"), where="into")
    steps.take(row, "merge", actor, now, reason, data={"into": into})
    row.parent, row.relation, row.unit = parent, Relation.MERGED, None
    row.save(update_fields=["parent", "relation", "unit"])
    steps.append(parent, "absorb", actor, now, reason, {"merged": number})
    return row


@transaction.atomic
def unmerge(*, actor: Viewer, number: str, reason: str, now: datetime) -> Ticket:
    """Take a ticket out from under another. Raises NotFound, NotPermitted, Conflict and Refused."""
    row = steps.locked(actor, number)
    row.parent, row.relation = None, Relation.NONE
    steps.take(row, "unmerge", actor, now, reason)
    return row


@dataclass(frozen=True, kw_only=True)
class ObjectionSpec:
    """Why a ticket is not a unit's own: a listed reason, words, the basis, and whose it is, if that is known."""

    reason: str
    words: str
    basis: str
    proposed: str = ""


@transaction.atomic
def object_to(*, actor: Viewer, number: str, spec: ObjectionSpec, now: datetime) -> Ticket:
    """Ask that a ticket be taken back, within one working day of its dispatch, with evidence.

    Raises NotFound, NotPermitted, Conflict and Refused (``reason_unknown``, ``basis_missing``, ``objection_late``).
    """
    row = steps.locked(actor, number)
    reason = ObjectionReason.objects.filter(code=spec.reason, is_active=True).first()
    if reason is None:
        raise Refused("reason_unknown", _("请选择退单事由。"), where="reason")
    if not spec.basis.strip():
        raise Refused("basis_missing", _("请写明依据：法律法规条款、三定规定或权责清单。"), where="basis")
    proposed = Org.objects.filter(code=spec.proposed, is_active=True).first() if spec.proposed else None
    steps.take(row, "object", actor, now, spec.words, data={"reason": spec.reason, "basis": spec.basis})
    if row.unit is None:
        raise Conflict("verb_not_possible", _("工单没有承办单位。"))
    Objection.objects.create(
        ticket=row,
        reason=reason,
        words=spec.words.strip(),
        basis=spec.basis.strip()[:300],
        proposed=proposed,
        asked_by=actor.name,
        asker_id=getattr(actor, "person_id", None),
        unit=row.unit,
        asked_at=now,
    )
    return row


@transaction.atomic
def call_meeting(*, actor: Viewer, number: str, verb: str, units: Sequence[str], reason: str, now: datetime) -> Ticket:
    """Call units together over a hard case (疑难会办、街镇吹哨); ``verb`` is call_meeting, whistle or meet_again.

    Raises NotFound, NotPermitted, Conflict and Refused (``verb_missing``, ``reason_missing``).
    """
    if verb not in ("call_meeting", "whistle", "meet_again"):
        raise Refused("verb_missing", _("请选择操作。"))
    row = steps.locked(actor, number)
    steps.take(row, verb, actor, now, reason, data={"units": list(units)})
    meeting = HardCase.objects.create(ticket=row, called_by=actor.name, called_at=now, reason=reason.strip())
    meeting.units.set(Org.objects.filter(code__in=list(units), is_active=True))
    return row


@transaction.atomic
def settle_meeting(*, actor: Viewer, number: str, minutes: str, now: datetime) -> HardCase:
    """Write down what a meeting settled; the dispatch follows it. Raises NotFound, NotPermitted, Conflict, Refused."""
    row = steps.locked(actor, number)
    actor.require(life.BY_VERB["call_meeting"].permission, row.desk.path)
    meeting = row.meetings.filter(settled_at__isnull=True).last()
    if meeting is None:
        raise Conflict("no_meeting", _("没有待议定的会办。"))
    if not minutes.strip():
        raise Refused("minutes_missing", _("请写明议定的主办、协办单位和措施。"), where="minutes")
    meeting.minutes, meeting.written_by, meeting.settled_at = minutes.strip(), actor.name, now
    meeting.save(update_fields=["minutes", "written_by", "settled_at"])
    steps.append(row, "minutes", actor, now, minutes)
    return meeting
