"""The roster is planned, copied and published: nobody at two places, nobody on leave, nobody with a skill they do not have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.choices_roster import DutyState, WeekState
from yunshu.domains.hotline.contracts import ROSTER_MANAGE
from yunshu.domains.hotline.models import RosterDuty, RosterWeek, Shift
from yunshu.domains.hotline.rules import roster as rules
from yunshu.domains.hotline.selectors import roster as selectors
from yunshu.domains.hotline.services import agent_skills
from yunshu.domains.hotline.services import roster_telling as telling
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

NEAR = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DutySpec:
    """Who sits when: a person's id, a day, a shift's code, the codes of the skills they serve in it (empty: all they have)."""

    person_id: int
    on: date
    shift: str
    skills: Sequence[str] = ()


def desk_to_plan(actor: Viewer, code: str) -> Org:
    """Return a desk whose weeks the actor plans; raise NotFound, NotPermitted."""
    desk = selectors.get_desk(actor, code)
    actor.require(ROSTER_MANAGE, desk.path)
    return desk


@transaction.atomic
def save_skills(*, actor: Viewer, desk_code: str, person_id: int, skills: Sequence[str], now: datetime) -> None:
    """Write down what an agent can do. Raises NotFound (``desk_not_found``, ``agent_not_found``), NotPermitted, Refused (``skill_unknown``)."""
    desk = desk_to_plan(actor, desk_code)
    _demand_agent(desk, person_id, now)
    unknown = set(skills) - set(selectors.skill_names())
    if unknown:
        raise Refused("skill_unknown", _("没有这项技能，请从所列技能中选择。"), where="skills")
    agent_skills.give(agent(person_id), skills)


@transaction.atomic
def plan_duty(*, actor: Viewer, desk_code: str, spec: DutySpec, now: datetime) -> RosterDuty:
    """Put somebody on the roster; in a published week they are told.

    Raises NotFound, NotPermitted and Refused (``on_leave``, ``shifts_overlap``, ``skill_lacking``).
    """
    desk = desk_to_plan(actor, desk_code)
    _demand_agent(desk, spec.person_id, now)
    shift = Shift.objects.filter(code=spec.shift, is_active=True).first()
    if shift is None:
        raise NotFound("shift_not_found", _("没有这个班次。"), where="shift")
    week = _week(desk, rules.monday_of(spec.on))
    agent(spec.person_id)
    able = selectors.skills_of([spec.person_id]).get(spec.person_id, [])
    lacking = sorted(set(spec.skills) - set(able))
    if lacking:
        raise Refused("skill_lacking", _("该人员没有登记这项技能，请先在“座席技能”中登记。"), where="skills")
    duty = RosterDuty(week=week, person_id=spec.person_id, on=spec.on, shift=shift, skills=list(spec.skills) or able)
    demand_free(duty)
    duty.save()
    if week.state == WeekState.PUBLISHED:
        telling.of_duty(duty, _("新增排班：%(duty)s"), now)
    return duty


@transaction.atomic
def take_off(*, actor: Viewer, duty_id: int, now: datetime) -> None:
    """Take somebody off: out of a draft for good, in a published week kept as cancelled, and they are told.

    Raises NotFound, NotPermitted, Conflict (``duty_changed``).
    """
    duty = locked_duty(duty_id)
    desk_to_plan(actor, duty.week.desk.code)
    if duty.week.state == WeekState.DRAFT:
        duty.delete()
        return
    duty.state = DutyState.OFF
    duty.save(update_fields=["state"])
    telling.of_duty(duty, _("取消排班：%(duty)s"), now)


@dataclass(frozen=True, kw_only=True)
class Copied:
    """How many duties were copied, and which were not and why."""

    count: int
    skipped: tuple[str, ...]


@transaction.atomic
def copy_week(*, actor: Viewer, desk_code: str, source: date, target: date, now: datetime) -> Copied:
    """Copy a week's duties into another; who is away or would be at two places is left out and named.

    Raises NotFound (``week_not_found``), NotPermitted, Conflict (``published_already``), Refused (``same_week``).
    """
    desk = desk_to_plan(actor, desk_code)
    old = RosterWeek.objects.filter(desk=desk, monday=rules.monday_of(source)).first()
    if old is None:
        raise NotFound("week_not_found", _("来源周还没有排班。"), where="source")
    if old.monday == rules.monday_of(target):
        raise Refused("same_week", _("不能复制到同一周。"), where="target")
    week = _week(desk, rules.monday_of(target))
    if week.state != WeekState.DRAFT:
        raise Conflict("published_already", _("该周已发布，不能整周复制；请逐项调整。"))
    able = {card.id for card in selectors.agents_of(desk, now)}
    count, skipped = 0, []
    for duty in old.duties.filter(state=DutyState.ON).select_related("shift", "person").order_by("person_id", "on"):
        fresh = RosterDuty(
            week=week, person=duty.person, on=week.monday + (duty.on - old.monday), shift=duty.shift, skills=duty.skills
        )
        agent(duty.person_id)
        try:
            if duty.person_id not in able:
                raise Refused("agent_not_found", _("已不是座席"))
            demand_free(fresh)
        except Refused as refusal:
            skipped.append(f"{duty.person.name} {fresh.on:%m-%d}：{refusal.message}")
            continue
        fresh.save()
        count += 1
    return Copied(count=count, skipped=tuple(skipped))


@transaction.atomic
def publish_week(*, actor: Viewer, desk_code: str, monday: date, now: datetime) -> RosterWeek:
    """Publish a week: everybody at the desk sees it, everybody on it is told.

    Raises NotFound, NotPermitted, Conflict (``published_already``), Refused (``week_empty``).
    """
    desk = desk_to_plan(actor, desk_code)
    week = RosterWeek.objects.select_for_update().filter(desk=desk, monday=monday).first()
    if week is None or not week.duties.filter(state=DutyState.ON).exists():
        raise Refused("week_empty", _("该周还没有排班，不能发布。"))
    if week.state == WeekState.PUBLISHED:
        raise Conflict("published_already", _("该周已经发布。"))
    week.state, week.published_by, week.published_at = WeekState.PUBLISHED, actor.name, now
    week.save(update_fields=["state", "published_by", "published_at"])
    telling.of_week(week, now)
    return week


def _week(desk: Org, monday: date) -> RosterWeek:
    RosterWeek.objects.get_or_create(desk=desk, monday=monday)
    return RosterWeek.objects.select_for_update().get(desk=desk, monday=monday)


def agent(person_id: int) -> Person:
    """Return somebody, locked: whoever changes their turns or skills waits for it."""
    return Person.objects.select_for_update(no_key=True).get(pk=person_id)


def locked_duty(duty_id: int) -> RosterDuty:
    """Return a duty that holds, locked; raise NotFound, Conflict (``duty_changed``)."""
    rows = RosterDuty.objects.select_for_update(of=("self",)).select_related("week__desk", "shift", "person")
    duty = rows.filter(pk=duty_id).first()
    if duty is None:
        raise NotFound("duty_not_found", _("这个班已不存在，请刷新。"))
    if duty.state != DutyState.ON:
        raise Conflict("duty_changed", _("这个班已请假或取消，请刷新。"))
    return duty


def demand_free(duty: RosterDuty, *, but: Sequence[int] = ()) -> None:
    """Raise Refused (``on_leave``, ``shifts_overlap``) unless whoever is to sit can. Call it with their ``agent`` row locked."""
    if selectors.is_away(duty.person_id, duty.on):
        raise Refused("on_leave", _("该人员当天请假，不能排班。"), where="on")
    near = RosterDuty.objects.filter(
        person_id=duty.person_id, on__range=(duty.on - NEAR, duty.on + NEAR), state=DutyState.ON
    ).exclude(pk__in=[*but, duty.pk or 0])
    if (other := selectors.clash(duty, list(near.select_related("shift")))) is not None:
        said = _("与 %(on)s %(shift)s 时间重叠。") % {"on": f"{other.on:%m-%d}", "shift": other.shift}
        raise Refused("shifts_overlap", said, where="shift")


def _demand_agent(desk: Org, person_id: int, now: datetime) -> None:
    if person_id not in {card.id for card in selectors.agents_of(desk, now)}:
        raise NotFound("agent_not_found", _("该人员不是本热线机构的座席，请先授予话务或回访角色。"), where="person_id")
