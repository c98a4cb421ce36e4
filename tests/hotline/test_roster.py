"""The roster: who may sit where and when, copying, publishing, swapping with consent, leave, and how many are needed."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from tests.at_once import AT_ONCE, together
from tests.factories.directory import signed_in_client, staff
from tests.hotline.hotline_world import AGENT, Hotline

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.choices_roster import DutyState
from yunshu.domains.hotline.models import CallVolume, RosterDuty
from yunshu.domains.hotline.rules import roster as rules
from yunshu.domains.hotline.rules.roster import Basis
from yunshu.domains.hotline.selectors import roster as selectors
from yunshu.domains.hotline.selectors import staffing
from yunshu.domains.hotline.services import roster_asking, rostering
from yunshu.domains.hotline.services.rostering import DutySpec
from yunshu.domains.notify.models import Notice
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

MONDAY = date(2026, 6, 8)
DAY = timedelta(days=1)


class Desk:
    """A desk with a planner and two agents; the week after the world's now."""

    def __init__(self) -> None:
        self.hotline = Hotline()
        self.desk = self.hotline.bureau
        self.planner = staff((contracts.ROSTER_MANAGE,), org=self.desk)
        self.ann, self.bob = (staff(AGENT, org=self.desk) for _ in range(2))
        self.now = self.hotline.now

    def put(self, who: Staff, on: date = MONDAY, shift: str = "early", skills: tuple[str, ...] = ()) -> RosterDuty:
        spec = DutySpec(person_id=who.person_id, on=on, shift=shift, skills=skills)
        return rostering.plan_duty(actor=self.planner, desk_code=self.desk.code, spec=spec, now=self.now)

    def publish(self, monday: date = MONDAY) -> None:
        rostering.publish_week(actor=self.planner, desk_code=self.desk.code, monday=monday, now=self.now)

    def learn(self, who: Staff, *skills: str) -> None:
        rostering.save_skills(
            actor=self.planner, desk_code=self.desk.code, person_id=who.person_id, skills=skills, now=self.now
        )

    def swap(self, mine: RosterDuty, theirs: RosterDuty, who: Staff) -> int:
        made = roster_asking.ask_swap(actor=who, mine=mine.pk, theirs=theirs.pk, words="家里有事", now=self.now)
        return made.pk

    def answer(self, swap: int, who: Staff, verb: str = "grant") -> None:
        roster_asking.answer_swap(actor=who, swap_id=swap, verb=verb, now=self.now)

    def away(self, who: Staff, first: date = MONDAY, days: int = 1) -> int:
        last = first + (days - 1) * DAY
        made = roster_asking.ask_leave(actor=who, kind="annual", starts_on=first, ends_on=last, words="", now=self.now)
        return made.pk

    def grant(self, leave: int, who: Staff | None = None, verb: str = "grant") -> None:
        roster_asking.answer_leave(actor=who or self.planner, leave_id=leave, verb=verb, words="", now=self.now)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_nobody_sits_at_two_places_nor_over_midnight_into_the_next_shift(desk: Desk) -> None:
    desk.put(desk.ann, shift="late")
    with pytest.raises(Refused, match="重叠"):
        desk.put(desk.ann, shift="day")
    desk.put(desk.ann, MONDAY + DAY, "night")  # the late shift ends at midnight, where the night begins
    with pytest.raises(Refused, match="重叠"):
        desk.put(desk.ann, shift="late")
    assert {
        row.short_rest
        for row in selectors.grid(desk.desk, MONDAY, RosterDuty.objects.get(on=MONDAY).week, desk.now).rows
    } == {True, False}


def test_only_agents_of_the_desk_are_planned_and_only_by_who_may(desk: Desk) -> None:
    with pytest.raises(NotFound, match="不是本热线机构的座席"):
        desk.put(desk.hotline.handler)
    with pytest.raises(NotPermitted):
        rostering.publish_week(actor=desk.ann, desk_code=desk.desk.code, monday=MONDAY, now=desk.now)
    with pytest.raises(NotFound):
        rostering.publish_week(actor=desk.hotline.handler, desk_code=desk.desk.code, monday=MONDAY, now=desk.now)


def test_a_skill_is_served_by_who_has_it(desk: Desk) -> None:
    with pytest.raises(Refused, match="没有登记这项技能"):
        desk.put(desk.ann, skills=("hakka",))
    desk.learn(desk.ann, "hakka", "teochew")
    assert desk.put(desk.ann, skills=("hakka",)).skills == ["hakka"]
    assert desk.put(desk.ann, MONDAY + DAY).skills == ["hakka", "teochew"]
    with pytest.raises(Refused, match="没有这项技能"):
        desk.learn(desk.bob, "klingon")


def test_a_draft_is_not_seen_until_it_is_published_and_then_told(desk: Desk) -> None:
    desk.put(desk.ann)
    assert selectors.week_of(desk.ann, desk.desk, MONDAY) is None
    assert selectors.own_duties(desk.ann, desk.now) == []
    desk.publish()
    assert [duty.on for duty in selectors.own_duties(desk.ann, desk.now)] == [MONDAY]
    assert Notice.objects.get(person_id=desk.ann.person_id).title.startswith("排班已发布")
    with pytest.raises(Conflict, match="已经发布"):
        desk.publish()
    with pytest.raises(Refused, match="还没有排班"):
        desk.publish(MONDAY + timedelta(days=7))


def test_a_week_is_copied_without_those_who_are_away(desk: Desk) -> None:
    desk.put(desk.ann)
    desk.put(desk.bob, MONDAY + DAY)
    after = MONDAY + timedelta(days=7)
    desk.grant(desk.away(desk.bob, after + DAY))
    done = rostering.copy_week(actor=desk.planner, desk_code=desk.desk.code, source=MONDAY, target=after, now=desk.now)
    assert done.count == 1
    assert "请假" in done.skipped[0]
    again = rostering.copy_week(actor=desk.planner, desk_code=desk.desk.code, source=MONDAY, target=after, now=desk.now)
    assert again.count == 0
    assert RosterDuty.objects.filter(on__gte=after).count() == 1


def test_two_swap_their_turns_when_the_other_consents(desk: Desk) -> None:
    mine, theirs = desk.put(desk.ann), desk.put(desk.bob, MONDAY + DAY, "late")
    with pytest.raises(Refused, match="发布后"):
        desk.swap(mine, theirs, desk.ann)
    desk.publish()
    swap = desk.swap(mine, theirs, desk.ann)
    with pytest.raises(Conflict, match="等待答复"):
        desk.swap(mine, theirs, desk.ann)
    with pytest.raises(NotFound):
        desk.answer(swap, desk.ann)
    desk.answer(swap, desk.bob)
    assert {duty.on: duty.person_id for duty in RosterDuty.objects.all()} == {
        MONDAY: desk.bob.person_id,
        MONDAY + DAY: desk.ann.person_id,
    }
    with pytest.raises(Conflict, match="已经答复"):
        desk.answer(swap, desk.bob)


def test_a_swap_that_would_leave_a_skill_or_a_day_uncovered_is_refused(desk: Desk) -> None:
    desk.learn(desk.ann, "hakka")
    mine, theirs = desk.put(desk.ann), desk.put(desk.bob, MONDAY + DAY)
    desk.put(desk.bob, MONDAY + 2 * DAY)
    desk.publish()
    swap = desk.swap(mine, theirs, desk.ann)
    with pytest.raises(Refused, match="接班人没有登记"):
        desk.answer(swap, desk.bob)
    desk.learn(desk.bob, "hakka")
    desk.grant(desk.away(desk.ann, MONDAY + DAY))
    with pytest.raises(Refused, match="请假"):
        desk.answer(swap, desk.bob)
    desk.answer(swap, desk.ann, "drop")


def test_leave_is_granted_by_another_and_takes_one_off(desk: Desk) -> None:
    duty = desk.put(desk.ann)
    leave = desk.away(desk.ann, days=2)
    own = staff((*AGENT, contracts.ROSTER_MANAGE), org=desk.desk)
    with pytest.raises(Refused, match="自己的申请"):
        desk.grant(desk.away(own), own)
    with pytest.raises(NotFound):
        desk.grant(leave, desk.bob)
    with pytest.raises(Refused, match="写明理由"):
        desk.grant(leave, verb="deny")
    desk.grant(leave)
    duty.refresh_from_db()
    assert duty.state == DutyState.LEAVE
    with pytest.raises(Refused, match="请假"):
        desk.put(desk.ann, MONDAY + DAY)
    with pytest.raises(Refused, match="已经请过假"):
        desk.away(desk.ann, MONDAY + DAY)


def test_what_is_taken_off_after_publishing_stays_on_record(desk: Desk) -> None:
    first, second = desk.put(desk.ann), desk.put(desk.bob)
    rostering.take_off(actor=desk.planner, duty_id=first.pk, now=desk.now)
    assert not RosterDuty.objects.filter(pk=first.pk).exists()
    desk.publish()
    rostering.take_off(actor=desk.planner, duty_id=second.pk, now=desk.now)
    assert RosterDuty.objects.get(pk=second.pk).state == DutyState.OFF
    assert Notice.objects.filter(person_id=desk.bob.person_id, title__startswith="取消排班").exists()
    with pytest.raises(Conflict, match="请刷新"):
        rostering.take_off(actor=desk.planner, duty_id=second.pk, now=desk.now)


def test_calls_are_counted_from_what_was_registered_by_telephone(desk: Desk) -> None:
    for minutes in (0, 10, 40):
        desk.hotline.now = desk.now + timedelta(minutes=minutes)
        desk.hotline.registered()
    later = desk.now + timedelta(days=14)
    found = roster_asking.count_volumes(actor=desk.planner, desk_code=desk.desk.code, weeks=2, now=later)
    assert found == 2
    assert staffing.volumes(desk.desk, 0) == {18: 1.0, 19: 0.5}
    with pytest.raises(Refused, match="没有电话登记"):
        roster_asking.count_volumes(
            actor=desk.planner, desk_code=desk.desk.code, weeks=2, now=later + timedelta(days=30)
        )
    assert CallVolume.objects.count() == 2


def test_a_day_says_who_is_missing_when(desk: Desk) -> None:
    roster_asking.save_volumes(actor=desk.planner, desk_code=desk.desk.code, weekdays=[0], calls={20: 30.0})
    desk.put(desk.ann)
    half = staffing.day(desk.planner, desk.desk, MONDAY)[20]
    assert (half.present, half.given.service_level, half.gap) == (1, 0.0, half.needed.rostered - 1)
    assert half.needed.service_level >= 0.95
    assert half.needed.occupancy <= 0.85
    (monday, *rest) = staffing.week_gaps(desk.planner, desk.desk, [MONDAY, MONDAY + DAY])
    assert (monday.worst.slot if monday.worst else None, rest[0].worst) == (20, None)


def test_of_those_who_consent_and_take_off_at_once_one_is_told(committed_db: object) -> None:
    desk = Desk()
    mine, theirs = desk.put(desk.ann), desk.put(desk.bob, MONDAY + DAY)
    desk.publish()
    swap = desk.swap(mine, theirs, desk.ann)
    said = together([lambda: desk.answer(swap, desk.bob)] * AT_ONCE)
    assert said == {"done": 1, "answered_already": AT_ONCE - 1}
    said = together([lambda: desk.put(desk.ann, MONDAY + 3 * DAY)] * AT_ONCE)
    assert said == {"done": 1, "shifts_overlap": AT_ONCE - 1}


@given(starts=st.times(), ends=st.times())
def test_a_span_is_never_longer_than_a_day_and_never_empty(starts: time, ends: time) -> None:
    span = rules.span_of(1, MONDAY, starts, ends, 0)
    assert timedelta(0) < span.ends - span.starts <= DAY
    here, next_day = rules.present([span], MONDAY), rules.present([span], MONDAY + DAY)
    assert sum(here) + sum(next_day) <= (span.ends - span.starts) / timedelta(minutes=30)


@given(calls=st.floats(0, 200), there=st.integers(0, 60))
def test_the_gap_closes_exactly_when_as_many_come_as_are_needed(calls: float, there: int) -> None:
    half = rules.day({5: calls}, [there] * rules.SLOTS, Basis())[5]
    assert (half.gap <= 0) == (there >= half.needed.rostered)
    if half.gap <= 0 and calls:
        assert half.given.service_level >= 0.95


def test_the_pages_of_the_roster(desk: Desk) -> None:
    planner, ann, stranger = (
        signed_in_client(Person.objects.get(pk=who.person_id)) for who in (desk.planner, desk.ann, desk.hotline.handler)
    )
    monday = rules.monday_of(clock.city_date(clock.now())) + timedelta(days=7)
    query = f"?week={monday}"
    words = {"person_id": desk.ann.person_id, "on": str(monday), "shift": "early"}
    assert planner.post(reverse("hotline:plan_roster"), words).status_code == 302
    assert planner.post(reverse("hotline:plan_roster"), words).status_code == 422
    assert "早班" not in ann.get(reverse("hotline:roster") + query).content.decode()
    planner.post(reverse("hotline:change_roster") + query, {"verb": "publish"})
    assert "早班" in ann.get(reverse("hotline:roster") + query).content.decode()
    assert "早班" in ann.get(reverse("hotline:my_roster")).content.decode()
    leave = {"kind": "sick", "starts_on": str(monday), "ends_on": str(monday), "words": ""}
    assert ann.post(reverse("hotline:my_roster"), leave).status_code == 302
    page = planner.get(reverse("hotline:roster") + query).content.decode()
    assert page.index("请假待批") < page.index("添加班次")
    assert "本周" in page
    for name in ("roster", "print_roster", "export_roster", "staffing", "volumes", "agents"):
        assert planner.get(reverse(f"hotline:{name}") + query).status_code == 200
    assert ann.get(reverse("hotline:staffing")).status_code == 403
    assert stranger.get(reverse("hotline:roster")).status_code == 404
    assert planner.post(reverse("hotline:volumes"), {"weekdays": [0, 1], "slot_20": "12.5"}).status_code == 302
    assert CallVolume.objects.count() == 2
    basis = {"handling_s": 300, "within_s": 15, "share_percent": 90, "shrinkage_percent": 20, "occupancy_percent": 80}
    assert planner.post(reverse("hotline:staffing"), basis).status_code == 302
    assert staffing.basis_of(desk.desk).handling_s == 300
    planner.post(reverse("hotline:agents"), {f"skills-{desk.ann.person_id}": ["hakka"]})
    assert selectors.skills_of([desk.ann.person_id]) == {desk.ann.person_id: ["hakka"]}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x"])
def test_a_mistyped_day_shows_today_and_is_refused_in_a_form(desk: Desk, day: str) -> None:
    planner = signed_in_client(Person.objects.get(pk=desk.planner.person_id))
    assert clock.city_date(clock.now()) in planner.get(reverse("hotline:roster"), {"week": day}).context["grid"].days
    assert planner.get(reverse("hotline:staffing"), {"on": day}).status_code == 200
    words = {"person_id": desk.ann.person_id, "on": day, "shift": "early"}
    assert planner.post(reverse("hotline:plan_roster"), words).status_code == 422
