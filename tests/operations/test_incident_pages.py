"""The pages of incidents: each opens, refuses strangers, and its forms do what the services do."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.directory import signed_in_client as browser
from tests.factories.directory import staff_person
from tests.operations.incident_world import ENGINEER, USER, Ops

from yunshu.domains.directory.models import Person
from yunshu.domains.operations.models import Change, DutyTurn, Incident, Penalty, Problem, ServiceClause
from yunshu.domains.operations.rules import clocks
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import service_months
from yunshu.domains.operations.templatetags import operations as filters
from yunshu.lib.kernel import clock
from yunshu.lib.worktime import WorkingCalendar

SATURDAY = datetime(2026, 11, 28, 2, tzinfo=UTC)
FIVE_DAYS = WorkingCalendar.of(segments={date(2020, 1, 1): [(time(8, 30), time(17))]}, special_days={}, known_years=[])


@pytest.fixture
def ops(db: None) -> Ops:
    return Ops()


def as_(ops: Ops, who: str) -> Client:
    return browser(Person.objects.get(pk=getattr(ops, who).person_id))


def read(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"operations:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_fault_goes_from_the_report_form_to_the_board_and_its_end(ops: Ops) -> None:
    user, engineer = as_(ops, "user"), as_(ops, "engineer")
    words = {"title": "系统打不开", "org": ops.unit.code, "priority": "P3", "target": ops.systems[0].number}
    user.post(reverse("operations:new_incident"), words)
    row = Incident.objects.get()
    again = user.post(reverse("operations:new_incident"), words | {"title": "还是打不开"}, follow=True)
    assert f"您的报告已并入 {row.number}" in again.content.decode()
    assert Incident.objects.count() == 1
    assert row.number in read(engineer, "board")
    act = reverse("operations:act_incident", args=[row.number])
    engineer.post(act, {"verb": "respond", "reason": "已到场。"})
    mended = {"cause_kind": "power", "cause": "断电", "action": "送电"}
    engineer.post(reverse("operations:incident_form", args=[row.number, "restore"]), mended)
    assert "断电" in read(user, "incident", row.number)
    user.post(act, {"verb": "confirm", "reason": ""})
    row.refresh_from_db()
    assert row.stage == life.CLOSED
    assert row.number not in read(engineer, "board")


def test_what_a_form_lacks_is_said_beside_the_field_and_nothing_is_done(ops: Ops) -> None:
    row = ops.report()
    engineer = as_(ops, "engineer")
    answer = engineer.post(reverse("operations:act_incident", args=[row.number]), {"verb": "respond", "reason": ""})
    assert answer.status_code == 422
    answer = engineer.post(reverse("operations:new_incident"), {"title": ""})
    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.stage == life.REPORTED


@pytest.mark.parametrize("verb", ["restore", "ask_pause", "merge", "grade", "assign", "note"])
def test_every_form_of_an_incident_opens(ops: Ops, verb: str) -> None:
    row = ops.report()
    assert "<form" in read(as_(ops, "engineer"), "incident_form", row.number, verb)
    assert as_(ops, "engineer").get(reverse("operations:incident_form", args=[row.number, "x"])).status_code == 404


@pytest.mark.parametrize(("verb", "name"), [("restore", "cause_kind"), ("ask_pause", "ground")])
def test_no_cause_is_chosen_before_somebody_chose_it(ops: Ops, verb: str, name: str) -> None:
    row, engineer = ops.report(), as_(ops, "engineer")
    ops.move(row, "respond")
    address = reverse("operations:incident_form", args=[row.number, verb])
    first = next(iter(engineer.get(address).context["form"][name].subwidgets))
    assert (first.data["value"], str(first.data["label"])) == ("", "请选择")
    answer = engineer.post(address, {name: "", "cause": "断电", "action": "送电", "reason": "等备件"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [name])


def test_a_clock_says_in_whose_time_it_counts_and_agrees_with_the_worklist(
    ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops.now = SATURDAY
    row = ops.report(priority="P3")
    monkeypatch.setattr(clock, "now", lambda: SATURDAY)
    engineer = as_(ops, "engineer")
    page, worklist = read(engineer, "incident", row.number), engineer.get(reverse("workflow:worklist")).content.decode()
    assert ("工作时间" in page, "全天候" in page, "80 工作小时" in page, "3天8小时" in page) == (
        True,
        False,
        True,
        False,
    )
    assert "剩余 2天（2 工作小时）" in page
    assert "剩余 2天<" in worklist
    grave = read(engineer, "incident", ops.report(priority="P2", target=ops.room.number).number)
    assert "全天候" in grave
    assert "剩余 1小时<" in grave


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=80), "80 工作小时"),
        (timedelta(minutes=90), "1 工作小时 30 分钟"),
        (timedelta(minutes=9), "9 工作分钟"),
    ],
)
def test_working_time_is_written_in_hours_and_never_in_days(span: timedelta, words: str) -> None:
    working = clocks.read("close", clocks.Course(start=SATURDAY, ends={}), 1, FIVE_DAYS, SATURDAY)
    assert filters.time_of(span, working) == words


def test_a_stranger_sees_no_incident_and_an_empty_board(ops: Ops) -> None:
    row = ops.report()
    stranger = browser(staff_person(USER))
    assert stranger.get(reverse("operations:incident", args=[row.number])).status_code == 404
    assert row.number not in read(stranger, "board")


@pytest.mark.parametrize("name", ["board", "incidents", "changes", "change_month", "problems", "duty", "penalties"])
def test_every_list_opens_empty_and_is_exported(ops: Ops, name: str) -> None:
    engineer = as_(ops, "engineer")
    assert read(engineer, name)
    assert engineer.get(reverse(f"operations:{name}"), {"format": "csv"}).status_code == 200


def test_a_window_is_asked_for_approved_and_stands_in_the_calendar(ops: Ops) -> None:
    engineer, manager = as_(ops, "engineer"), as_(ops, "manager")
    start = clock.now().astimezone(clock.CITY_ZONE) + timedelta(hours=2)
    words = {
        "title": "更换电池",
        "org": ops.bureau.code,
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "targets": [ops.room.number],
        "with_dependents": "on",
        "risk": "low",
        "reason": "到期",
        "steps": "逐组",
        "rollback": "装回",
    }
    engineer.post(reverse("operations:new_change"), words)
    row = Change.objects.get()
    manager.post(reverse("operations:act_change", args=[row.number]), {"verb": "approve", "reason": ""})
    assert "更换电池" in engineer.get(reverse("operations:change_month"), {"month": f"{start:%Y-%m}"}).content.decode()
    assert "系统1" in read(manager, "change", row.number)
    assert engineer.get(reverse("operations:change_month"), {"month": "x"}).status_code == 404


def test_a_window_over_midnight_says_on_later_days_until_when_it_goes_on(ops: Ops) -> None:
    start = datetime(2026, 11, 28, 14, tzinfo=UTC)
    ops.now = start - timedelta(days=1)
    ops.change(title="一夜", starts_at=start, ends_at=start + timedelta(hours=3))
    ops.change(title="两夜", starts_at=start, ends_at=start + timedelta(hours=27))
    page = as_(ops, "engineer").get(reverse("operations:change_month"), {"month": "2026-11"})
    days = {
        day.day: [said for said, _row in rows] for week in page.context["weeks"] for day, inside, rows in week if inside
    }
    assert (days[28], days[29], days[30]) == (["22:00", "22:00"], ["至 01:00", "全天"], ["至 01:00"])
    assert "至 01:00 一夜" in page.content.decode()


def test_a_problem_is_registered_and_solved_on_its_page(ops: Ops) -> None:
    row = ops.report()
    engineer = as_(ops, "engineer")
    words = {
        "title": "老化",
        "org": ops.bureau.code,
        "description": "三次断电",
        "incidents": row.number,
        "state": "open",
    }
    engineer.post(reverse("operations:new_problem"), words)
    problem = Problem.objects.get()
    more = {"state": "solved", "root_cause": "电池", "solution": "更换"}
    engineer.post(reverse("operations:problem", args=[problem.number]), words | more)
    problem.refresh_from_db()
    assert problem.state == "solved"
    assert row.number in read(engineer, "problem", problem.number)


def test_a_number_that_is_nowhere_is_said_beside_its_field(ops: Ops) -> None:
    row, engineer = ops.report(), as_(ops, "engineer")
    words = {"title": "老化", "org": ops.bureau.code, "description": "三次断电", "state": "open", "change": "BG1"}
    answers = [
        engineer.post(reverse("operations:new_problem"), words),
        engineer.post(
            reverse("operations:incident_form", args=[row.number, "merge"]), {"into": "GZ1", "reason": "同一故障"}
        ),
    ]
    assert [(a.status_code, dict(a.context["form"].errors)) for a in answers] == [
        (422, {"change": ["没有找到。"]}),
        (422, {"into": ["没有找到。"]}),
    ]


def test_the_rota_is_planned_and_a_swap_agreed_on_the_page(ops: Ops) -> None:
    other = staff_person(ENGINEER, org=ops.city)
    manager, engineer = as_(ops, "manager"), as_(ops, "engineer")
    now = clock.now().astimezone(clock.CITY_ZONE)
    words = {
        "org": ops.city.code,
        "tier": "first",
        "people_0": other.pk,
        "people_1": ops.engineer.person_id,
        "first": f"{now:%Y-%m-%d}",
        "handover": f"{now:%H:%M}",
        "days": 7,
        "turns": 2,
    }
    unplanned = manager.post(reverse("operations:plan_duty"), words | {"people_0": "", "people_1": ""})
    assert unplanned.context["form"].errors["people"]
    manager.post(reverse("operations:plan_duty"), words)
    first, turn = DutyTurn.objects.order_by("starts_at")
    assert (first.person_id, turn.person_id) == (other.pk, ops.engineer.person_id)
    assert ops.engineer.name in read(engineer, "duty")
    start = turn.starts_at.astimezone(clock.CITY_ZONE) + timedelta(hours=1)
    swap = {
        "person": other.pk,
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "reason": "看病",
    }
    engineer.post(reverse("operations:turn", args=[turn.pk]), swap)
    asked = turn.swaps.get()
    browser(other).post(reverse("operations:answer_swap", args=[asked.pk]), {"verb": "agree"})
    asked.refresh_from_db()
    assert asked.agreed_at is not None
    assert "看病" in read(engineer, "turn", turn.pk)


def test_a_deduction_is_computed_confirmed_and_printed_with_its_clause(ops: Ops) -> None:
    first = clock.city_date(clock.now()).replace(day=1) - timedelta(days=1)
    start, _end = service_months.bounds(first)
    ops.now = start + timedelta(days=3)
    target = ops.target("oa", "办公系统", contract="HT-1")
    ops.report(target=target.number, priority="P1")
    ServiceClause.objects.create(
        code="c1",
        contract="HT-1",
        vendor="某服务商",
        org=ops.bureau,
        clause="第八条",
        words="每次扣 500 元。",
        metric="late_response",
        base="yuan",
        rate=500,
        valid_from=start.date() - timedelta(days=400),
    )
    manager, month = as_(ops, "manager"), f"{start:%Y-%m}"
    manager.post(reverse("operations:propose_penalties"), {"month": month})
    row = Penalty.objects.get()
    manager.post(reverse("operations:decide_penalty", args=[row.number]), {"verb": "confirm", "reason": ""})
    row.refresh_from_db()
    assert row.state == "confirmed"
    assert "每次扣 500 元。" in read(manager, "penalty", row.number)
    assert "每次扣 500 元。" in read(manager, "month", month)
    assert read(as_(ops, "manager"), "month", "1999-01")
    assert manager.get(reverse("operations:month", args=["x"])).status_code == 404
