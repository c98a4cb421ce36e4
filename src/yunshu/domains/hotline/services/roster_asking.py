"""Agents swap turns with each other's consent, and ask for leave, which somebody else grants; volumes and what staffing rests on."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.hotline.choices import Answer
from yunshu.domains.hotline.choices_roster import DutyState, LeaveKind, VolumeSource, WeekState
from yunshu.domains.hotline.contracts import ROSTER_MANAGE
from yunshu.domains.hotline.models import CallVolume, Leave, RosterDuty, StaffingBasis, Swap
from yunshu.domains.hotline.rules import roster as rules
from yunshu.domains.hotline.selectors import roster as selectors
from yunshu.domains.hotline.selectors import staffing
from yunshu.domains.hotline.services import roster_telling as telling
from yunshu.domains.hotline.services.rostering import agent, demand_free, desk_to_plan, locked_duty
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

MOST_WEEKS = 26


def _person(actor: Viewer) -> Staff:
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("只有工作人员本人可以申请。"))
    return actor


@transaction.atomic
def ask_swap(*, actor: Viewer, mine: int, theirs: int, words: str, now: datetime) -> Swap:
    """Ask a colleague to swap turns of published weeks; nothing changes until they consent.

    Raises NotFound, NotPermitted, Conflict (``duty_changed``, ``asked_already``) and Refused (``not_own_duty``, ``own_duty``,
    ``duty_begun``, ``not_published``).
    """
    person = _person(actor)
    own, other = locked_duty(mine), locked_duty(theirs)
    if own.person_id != person.person_id:
        raise NotFound("duty_not_found", _("这个班已不存在，请刷新。"), where="mine")
    if other.person_id == person.person_id or own.week.desk_id != other.week.desk_id:
        raise Refused("own_duty", _("请选择同一热线机构其他人的班。"), where="theirs")
    if (own.on, own.shift_id) == (other.on, other.shift_id):
        raise Refused("same_duty", _("两个班是同一天的同一班次，不用换。"), where="theirs")
    for duty in (own, other):
        _demand_swappable(duty, now)
    try:
        with transaction.atomic():
            row = Swap.objects.create(
                mine=own,
                theirs=other,
                asker_id=person.person_id,
                other_id=other.person_id,
                words=words.strip()[:300],
                asked_at=now,
            )
    except IntegrityError as error:
        raise Conflict("asked_already", _("这个班已有换班申请等待答复。")) from error
    telling.of_swap(row, now)
    return row


def _demand_swappable(duty: RosterDuty, now: datetime) -> None:
    if duty.week.state != WeekState.PUBLISHED:
        raise Refused("not_published", _("排班发布后才能换班。"))
    if selectors.span_of(duty).starts <= now:
        raise Refused("duty_begun", _("已经开始的班不能再换。"))


@transaction.atomic
def answer_swap(*, actor: Viewer, swap_id: int, verb: str, now: datetime) -> Swap:
    """Consent (``grant``), decline (``deny``), or take back one's own request (``drop``).

    Raises NotFound, Conflict (``answered_already``, ``duty_changed``), Refused (``on_leave``, ``shifts_overlap``, ``skill_lacking``).
    """
    row = Swap.objects.select_for_update(of=("self",)).select_related("asker", "other").filter(pk=swap_id).first()
    person = getattr(actor, "person_id", 0)
    if row is None or person != {"drop": row.asker_id}.get(verb, row.other_id):
        raise NotFound("swap_not_found", _("没有这个换班申请。"))
    if row.state != Answer.OPEN:
        raise Conflict("answered_already", _("该申请已经答复。"))
    answers = {"grant": Answer.GRANTED, "deny": Answer.DENIED, "drop": Answer.DROPPED}
    if verb not in answers:
        raise Refused("verb_missing", _("请选择操作。"))
    if verb == "grant":
        _exchange(row, now)
    row.state, row.answered_at = answers[verb], now
    row.save(update_fields=["state", "answered_at"])
    if verb != "drop":
        telling.of_swap(row, now)
    return row


def _exchange(row: Swap, now: datetime) -> None:
    for person_id in sorted((row.asker_id, row.other_id)):
        agent(person_id)
    pair = [locked_duty(pk) for pk in sorted(filter(None, (row.mine_id, row.theirs_id)))]
    ids, skills = [duty.pk for duty in pair], selectors.skills_of((row.asker_id, row.other_id))
    for duty in pair:
        if duty.person_id not in (row.asker_id, row.other_id):
            raise Conflict("duty_changed", _("这个班已换给别人，请刷新。"))
        _demand_swappable(duty, now)
        duty.person_id = row.other_id if duty.person_id == row.asker_id else row.asker_id
        if set(duty.skills) - set(skills.get(duty.person_id, [])):
            raise Refused("skill_lacking", _("这个班要求的技能，接班人没有登记，请联系排班人员。"))
        demand_free(duty, but=ids)
    for duty in pair:
        duty.save(update_fields=["person"])


@transaction.atomic
def ask_leave(*, actor: Viewer, kind: str, starts_on: date, ends_on: date, words: str, now: datetime) -> Leave:
    """Ask for leave. Raises NotFound, NotPermitted, Refused (``kind_unknown``, ``leave_order``, ``leave_past``, ``leave_twice``)."""
    person, desk = _person(actor), selectors.get_desk(actor)
    if kind not in LeaveKind.values:
        raise Refused("kind_unknown", _("请从所列选项中选择。"), where="kind")
    if ends_on < starts_on:
        raise Refused("leave_order", _("结束日期不能早于开始日期。"), where="ends_on")
    if starts_on < clock.city_date(now):
        raise Refused("leave_past", _("不能从过去的日期开始请假。"), where="starts_on")
    agent(person.person_id)
    standing = Leave.objects.filter(
        person_id=person.person_id,
        state__in=(Answer.OPEN, Answer.GRANTED),
        starts_on__lte=ends_on,
        ends_on__gte=starts_on,
    )
    if standing.exists():
        raise Refused("leave_twice", _("这几天已经请过假，请先撤回原申请。"), where="starts_on")
    row = Leave.objects.create(
        person_id=person.person_id,
        desk=desk,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        words=words.strip()[:300],
        asked_at=now,
    )
    telling.of_leave(row, now)
    return row


@transaction.atomic
def answer_leave(*, actor: Viewer, leave_id: int, verb: str, words: str, now: datetime) -> Leave:
    """Grant or deny somebody else's leave, or take back one's own. What is granted takes them off the roster of those days.

    Raises NotFound, NotPermitted, Conflict (``answered_already``), Refused (``own_request``, ``reason_missing``).
    """
    row = Leave.objects.select_for_update(of=("self",)).select_related("desk", "person").filter(pk=leave_id).first()
    person = getattr(actor, "person_id", 0)
    if row is None or (row.person_id != person and not actor.may(ROSTER_MANAGE, row.desk.path)):
        raise NotFound("leave_not_found", _("没有这个请假申请。"))
    if row.state != Answer.OPEN:
        raise Conflict("answered_already", _("该申请已经答复。"))
    if verb == "drop" and row.person_id == person:
        row.state, row.answered_at = Answer.DROPPED, now
        row.save(update_fields=["state", "answered_at"])
        return row
    _demand_answer(row, person, verb, words)
    row.state = Answer.GRANTED if verb == "grant" else Answer.DENIED
    row.approver_id, row.answered_at, row.answer = person or None, now, words.strip()[:300]
    row.save(update_fields=["state", "approver", "answered_at", "answer"])
    if verb == "grant":
        agent(row.person_id)
        RosterDuty.objects.filter(
            person_id=row.person_id, on__range=(row.starts_on, row.ends_on), state=DutyState.ON
        ).update(state=DutyState.LEAVE)
    telling.of_leave(row, now)
    return row


def _demand_answer(row: Leave, person: int, verb: str, words: str) -> None:
    if row.person_id == person:
        raise Refused("own_request", _("不能审批自己的申请。"))
    if verb not in ("grant", "deny"):
        raise Refused("verb_missing", _("请选择操作。"))
    if verb == "deny" and not words.strip():
        raise Refused("reason_missing", _("不同意须写明理由。"), where="words")


@transaction.atomic
def save_basis(*, actor: Viewer, desk_code: str, basis: Mapping[str, int]) -> None:
    """Keep what staffing is computed with. Raises NotFound, NotPermitted."""
    desk = desk_to_plan(actor, desk_code)
    StaffingBasis.objects.update_or_create(desk=desk, defaults=dict(basis))


@transaction.atomic
def save_volumes(*, actor: Viewer, desk_code: str, weekdays: list[int], calls: Mapping[int, float]) -> None:
    """Keep the calls that are expected in each half hour of some weekdays. Raises NotFound, NotPermitted, Refused (``volume_unfit``)."""
    desk = desk_to_plan(actor, desk_code)
    sound = all(0 <= slot < rules.SLOTS and 0 <= count <= 100_000 for slot, count in calls.items())
    if not weekdays or not sound or not set(weekdays) <= set(range(rules.WEEKDAYS)):
        raise Refused("volume_unfit", _("来电量须是 0 至 100000 的数。"))
    for weekday in weekdays:
        CallVolume.objects.filter(desk=desk, weekday=weekday).delete()
        CallVolume.objects.bulk_create(
            CallVolume(desk=desk, weekday=weekday, slot=slot, calls=count, source=VolumeSource.ENTERED)
            for slot, count in calls.items()
        )


@transaction.atomic
def count_volumes(*, actor: Viewer, desk_code: str, weeks: int, now: datetime) -> int:
    """Take the mean of the last weeks' registered calls as what is expected; return how many half hours have some.

    Raises NotFound, NotPermitted, Refused (``weeks_unfit``, ``nothing_counted``).
    """
    desk = desk_to_plan(actor, desk_code)
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused("weeks_unfit", _("请填写 1 至 %(n)s 周。") % {"n": MOST_WEEKS}, where="weeks")
    found = staffing.counted(desk, weeks, clock.city_date(now))
    if not found:
        raise Refused("nothing_counted", _("这几周没有电话登记的工单，请手工填写。"), where="weeks")
    CallVolume.objects.filter(desk=desk).delete()
    CallVolume.objects.bulk_create(
        CallVolume(desk=desk, weekday=weekday, slot=slot, calls=count, source=VolumeSource.COUNTED)
        for (weekday, slot), count in found.items()
    )
    return len(found)
