"""From what probes say to incidents, on the tables: grouped, merged, recovered, excused; calls as promises run out."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.operations.incident_world import MENDED, Ops

from yunshu.domains.directory.models import CalendarDay, Person
from yunshu.domains.notify.models import Notice
from yunshu.domains.operations.models import (
    DutyHours,
    DutyTurn,
    Incident,
    IncidentCalled,
    ServiceHours,
    ServicePromise,
    TargetSignal,
)
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.services import incidents
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import Refused

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def ops(db: None) -> Ops:
    return Ops()


def test_a_rooms_power_loss_is_one_grave_incident_with_everything_under_it(ops: Ops) -> None:
    more = [ops.target(f"more-{n}", f"更多{n}", needs=[ops.room]) for n in range(40)]
    for target in (*ops.systems, *more, ops.room):
        ops.tell(target, "down")
    heard = ops.now
    assert [ops.form(), ops.form()] == [1, 0]
    row = Incident.objects.get()
    assert (row.target, row.priority, row.origin) == (ops.room, "P1", "probe")
    assert (row.opened_at, row.members.count(), row.reporter) == (heard, 44, ops.unit)
    assert row.steps.count() == 1


def test_a_room_without_a_sensor_is_found_by_what_hangs_on_it(ops: Ops) -> None:
    for target in ops.systems:
        ops.tell(target, "down")
    ops.form()
    assert Incident.objects.get().target == ops.room


def test_news_that_comes_one_by_one_ends_as_one_incident_whose_clock_began_with_the_first(ops: Ops) -> None:
    ops.tell(ops.room, "up")
    first = ops.now
    ops.tell(ops.systems[0], "down")
    ops.form()
    row = Incident.objects.get()
    incidents.move_incident(actor=ops.engineer, number=row.number, verb="respond", reason="在查。", now=ops.now)
    ops.tell(ops.systems[1], "down")
    ops.form()
    assert Incident.objects.filter(stage__in=life.OPEN).count() == 2
    ops.tell(ops.room, "down")
    ops.form()
    kept = Incident.objects.get(stage__in=life.OPEN)
    assert (kept, kept.target, kept.opened_at, kept.priority) == (row, ops.room, first, "P1")
    assert {m.target.code for m in kept.members.all()} == {"sys-1", "sys-2", "room-1"}
    assert Incident.objects.get(stage=life.MERGED).merged_into == kept


def test_the_probes_evidence_ends_the_restore_clock_before_anybody_reports(ops: Ops) -> None:
    ops.tell(ops.systems[0], "down")
    ops.form()
    row = Incident.objects.get()
    incidents.move_incident(actor=ops.engineer, number=row.number, verb="respond", reason="在查。", now=ops.now)
    with pytest.raises(Refused) as refused:
        incidents.restore_incident(actor=ops.engineer, number=row.number, spec=MENDED, now=ops.now)
    assert refused.value.code == "still_down"
    up = ops.later(hours=1)
    ops.tell(ops.systems[0], "up")
    ops.form()
    ops.later(hours=8)
    row = ops.restore(row)
    assert row.recovered_at == up
    assert selectors.course_of(row).ends["restore"] == up


def test_what_falls_again_before_it_is_confirmed_is_the_same_fault(ops: Ops) -> None:
    ops.tell(ops.systems[0], "down")
    ops.form()
    row = Incident.objects.get()
    incidents.move_incident(actor=ops.engineer, number=row.number, verb="respond", reason="在查。", now=ops.now)
    ops.tell(ops.systems[0], "up", at=ops.later(minutes=5))
    ops.form()
    ops.restore(row)
    ops.tell(ops.systems[0], "down", at=ops.later(minutes=5))
    assert ops.form() == 0
    row.refresh_from_db()
    assert (row.stage, row.restored_at, row.recovered_at, row.members.count()) == (life.HANDLING, None, None, 2)


def test_what_people_reported_and_probes_confirm_is_one_fault(ops: Ops) -> None:
    row = ops.report(target=ops.systems[0].number, title="打不开")
    ops.later(minutes=1)
    for target in (*ops.systems, ops.room):
        ops.tell(target, "down")
    assert [ops.form(), ops.form()] == [0, 0]
    row.refresh_from_db()
    assert (row.target, row.priority, row.members.count()) == (ops.room, "P1", 4)
    for target in (*ops.systems, ops.room):
        ops.tell(target, "up", at=ops.later(minutes=9))
    ops.form()
    row.refresh_from_db()
    assert row.recovered_at is not None
    assert not row.members.filter(until__isnull=True).exists()


def test_who_has_an_outage_in_hand_is_told_by_its_targets(ops: Ops) -> None:
    for target in (*ops.systems[:2], ops.room):
        ops.tell(target, "down")
    ops.form()
    other = ops.report(target=ops.target("x", "另一个").number)
    found = selectors.open_by_target([ops.room.number, ops.systems[0].number, ops.systems[2].number, "T-x"])
    grave = Incident.objects.get(origin="probe")
    assert found == {ops.room.number: grave, ops.systems[0].number: grave, "T-x": other}


@pytest.mark.parametrize("says", ["restored", "void"])
def test_who_approves_may_say_that_the_probes_are_wrong_and_is_not_asked_again(ops: Ops, says: str) -> None:
    ops.tell(ops.systems[0], "down")
    ops.form()
    row = Incident.objects.get()
    ways = {"restored": (life.RESTORED, ops.restore), "void": (life.VOID, lambda r, who: ops.move(r, "void", who))}
    ops.move(row, "respond", ops.manager)
    stage, act = ways[says]
    act(row, ops.manager)
    assert [ops.form(), ops.form()] == [0, 0]
    row.refresh_from_db()
    assert (row.stage, row.members.filter(until__isnull=True).count()) == (stage, 0)
    ops.tell(ops.systems[0], "up", at=ops.later(hours=1))
    ops.form()
    ops.tell(ops.systems[0], "down", at=ops.later(hours=1))
    assert (
        ops.form() == {"restored": 0, "void": 1}[says]
    )  # another outage: what was mended never was; a new fault after a false alarm


def test_an_older_complaint_is_another_fault(ops: Ops) -> None:
    row = ops.report(target=ops.systems[0].number, title="打印慢", priority="P4")
    ops.later(days=2)
    ops.tell(ops.systems[0], "down")
    assert ops.form() == 1
    assert Incident.objects.filter(stage__in=life.OPEN).count() == 2
    assert not row.members.exists()


def test_a_fault_that_spreads_to_12345_is_counted_with_it_and_keeps_the_stricter_promise(ops: Ops) -> None:
    ops.tell(ops.room, "down")
    ops.form()
    row = Incident.objects.get()
    assert row.level.code == "standard"
    promised = row.promises
    hotline = ops.target("hotline", "12345 系统", needs=[ops.room], scopes=["12345"])
    ops.tell(hotline, "down")
    assert ops.form() == 0
    row.refresh_from_db()
    assert (row.promises, row.scopes) == (promised, ["12345"])  # P1 was promised more than what 12345 is promised
    steps = row.steps.count()
    ops.form()
    assert row.steps.count() == steps


def test_news_is_heard_once_and_old_news_not_at_all(ops: Ops) -> None:
    ops.tell(ops.systems[0], "down")
    at = ops.now
    ops.tell(ops.systems[0], "up", at=ops.later(minutes=1))
    ops.tell(ops.systems[0], "down", at=at)
    assert TargetSignal.objects.get().state == "up"
    assert ops.form() == 0


def test_a_fault_is_given_to_who_is_on_duty_and_only_they_are_told(ops: Ops) -> None:
    person = Person.objects.get(pk=ops.engineer.person_id)
    span = {"starts_at": ops.now - timedelta(hours=1), "ends_at": ops.now + timedelta(days=1)}
    DutyTurn.objects.create(org=ops.city, tier="first", person=person, planned_by="x", planned_at=ops.now, **span)
    row = ops.report()
    task = workflow.open_task_of(workflow.get_case(life.CODE, row.number))
    assert task is not None
    assert (row.holder, task.holder) == (person, person)


def test_each_tier_is_called_once_as_the_promise_runs_out(ops: Ops) -> None:
    row = ops.report(priority="P1")
    assert incidents.call_due(now=ops.later(minutes=10)) == 0
    assert [incidents.call_due(now=ops.later(minutes=6)) for _ in range(2)] == [1, 0]
    assert incidents.call_due(now=ops.later(minutes=60)) == 2
    assert list(IncidentCalled.objects.order_by("pk").values_list("rule__code", flat=True)) == [
        "respond-50",
        "respond-100",
        "respond-150",
    ]
    assert Notice.objects.filter(person_id=ops.manager.person_id, kind="operations.call").count() == 3
    assert row.steps.filter(verb="call").count() == 3


def test_an_open_deadline_follows_the_calendar_and_a_duty_date_has_its_own_hours(ops: Ops) -> None:
    ops.now = datetime.combine(next_friday(ops.now.date()), time(17, 0), ZONE)
    saturday = ops.now.date() + timedelta(days=1)
    hours = ServiceHours.objects.get(code="duty")
    ServicePromise.objects.filter(clock="respond", priority="P3", level__code="standard").update(
        minutes=60, hours=hours
    )
    row = ops.report(priority="P3")
    monday = datetime.combine(saturday + timedelta(days=2), time(9, 0), ZONE)
    assert row.respond_due_at == monday
    DutyHours.objects.create(code="d", hours=hours, on=saturday, starts_at=time(20), ends_at=time(0))
    incidents.follow_calendar(now=ops.now)
    row.refresh_from_db()
    assert row.respond_due_at == datetime.combine(saturday, time(20, 30), ZONE)
    DutyHours.objects.all().delete()
    CalendarDay.objects.create(on=saturday, kind="workday", name="调休", source="测试")
    incidents.follow_calendar(now=ops.now)
    row.refresh_from_db()
    assert row.respond_due_at == datetime.combine(saturday, time(9, 0), ZONE)


def next_friday(day: date) -> date:
    return day + timedelta(days=(4 - day.weekday()) % 7)


def test_the_boards_queries_do_not_grow_with_the_incidents(ops: Ops) -> None:
    def queries(count: int) -> int:
        for n in range(count):
            ops.report(title=f"故障{n}")
        with CaptureQueriesContext(connection) as seen:
            assert selectors.board(ops.engineer, ops.now)
        return len(seen)

    assert queries(1) == queries(6)


def test_the_board_shows_what_is_late_first(ops: Ops) -> None:
    ops.report(title="轻", priority="P4")
    late = ops.report(title="急", priority="P1")
    ops.later(minutes=40)
    fresh = ops.report(title="新", priority="P1")
    lines = selectors.board(ops.engineer, ops.now)
    assert [line.incident for line in lines][:2] == [late, fresh]
    assert lines[0].clock is not None
    assert lines[0].clock.left_s == pytest.approx(-600)


def test_the_board_counts_the_target_named_in_the_report_until_it_is_mended(ops: Ops) -> None:
    row = ops.report(target=ops.systems[0].number)
    vague = ops.report(title="不知道哪里坏了")
    counted = {line.incident.number: line.affected for line in selectors.board(ops.engineer, ops.now)}
    assert counted == {row.number: 1, vague.number: 0}
    ops.move(row, "respond")
    ops.restore(row)
    assert {line.affected for line in selectors.board(ops.engineer, ops.now)} == {0}
