"""What a desk has beside its tickets, for the demonstration: a roster of two weeks, expected calls, checks with an appeal. Made once."""

from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db import transaction

from yunshu.config.world.hotline import Cast
from yunshu.domains.hotline.choices_roster import Pick
from yunshu.domains.hotline.models import CallVolume, QualityCheck, RosterWeek, SampleDraw, SamplingPlan
from yunshu.domains.hotline.rules.roster import monday_of
from yunshu.domains.hotline.selectors import roster as selectors
from yunshu.domains.hotline.services import checking, roster_asking, rostering
from yunshu.domains.hotline.services.checking import Marks
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

WEEK = timedelta(days=7)
BUSY = (0, 0, 0, 0, 0, 0, 0, 1, 4, 9, 11, 8, 4, 5, 9, 10, 8, 5, 3, 3, 3, 2, 1, 1)
"""Calls in half an hour by the clock's hour: made up."""
SHIFTS = ("early", "late", "day")
PLANS = (
    ("demo-random", "登记随机抽检（示例）", "ticket", Pick.RANDOM, 2, 0),
    ("demo-low", "低分必检（示例）", "reply", Pick.LOW, 0, 2),
)
SEED = "demo"
LOST = (0, 4, 9)


@transaction.atomic
def make(people: Cast, now: datetime) -> list[str]:
    """Make what is not there yet; return what was made, in words."""
    monday = monday_of(clock.city_date(now))
    made = []
    if not RosterWeek.objects.exists():
        made.append(f"两周排班 {_roster(people, monday, now)} 个班")
    if not CallVolume.objects.exists():
        _volumes(people)
        made.append("每半小时来电量")
    if not SampleDraw.objects.exists():
        made.append(f"质检 {_checks(people, monday, now)} 件")
    return made


def _roster(people: Cast, monday: date, now: datetime) -> int:
    desk, planner = desk_org(), people.manager
    agents = selectors.agents_of(desk, now)
    skills = list(selectors.skill_names())
    count = 0
    for n, card in enumerate(agents):
        has = skills[: n % 3 + 1]
        rostering.save_skills(actor=planner, desk_code=desk.code, person_id=card.id, skills=has, now=now)
        for day in range(14):
            if (day + n) % 7 < 5:
                on = monday + timedelta(days=day)
                spec = rostering.DutySpec(person_id=card.id, on=on, shift=SHIFTS[(n + day // 7) % len(SHIFTS)])
                rostering.plan_duty(actor=planner, desk_code=desk.code, spec=spec, now=now)
                count += 1
    rostering.publish_week(actor=planner, desk_code=desk.code, monday=monday, now=now)
    return count


def _volumes(people: Cast) -> None:
    desk = desk_org()
    for days, share in (([0, 1, 2, 3, 4], 1.0), ([5, 6], 0.5)):
        calls = {slot: BUSY[slot // 2] * share for slot in range(48) if BUSY[slot // 2]}
        roster_asking.save_volumes(actor=people.manager, desk_code=desk.code, weekdays=days, calls=calls)


def _checks(people: Cast, monday: date, now: datetime) -> int:
    desk = desk_org()
    for code, name, form, pick, each, stars in PLANS:
        words = {"name": name, "desk": desk, "form_code": form, "pick": pick, "each": each, "stars": stars}
        SamplingPlan.objects.get_or_create(code=code, defaults=words)
        with suppress(Refused):  # a week without such work
            checking.draw(actor=people.manager, plan_code=code, monday=monday - WEEK, seed=SEED, now=now)
    rows = list(QualityCheck.objects.exclude(person_id=people.reviewer.person_id).order_by("pk"))
    for n, row in enumerate(rows[:-1]):
        items = list(row.form.items.all())
        points = {
            item.pk: max(item.points - LOST[(n + item.ordinal) % len(LOST)], 0) for item in items if not item.is_veto
        }
        said = "要素基本齐全。（示例）"
        checking.score(actor=people.reviewer, number=row.number, marks=Marks(points=points), words=said, now=now)
    own = next((row for row in rows[:-1] if row.person_id == people.agent.person_id), None)
    if own is not None:
        checking.appeal(actor=people.agent, number=own.number, words="标题没有错，请复核。（示例）", now=now)
    return len(rows)
