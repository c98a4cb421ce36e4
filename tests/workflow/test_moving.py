"""A case moves: by whom, with what effect on its clock; its history cannot be rewritten unseen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from tests.factories.directory import staff
from tests.workflow.flows import CHECK, DO, FLOW, MONDAY, hours, org_with, started, task_of

from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import CalendarDay, CalendarYear
from yunshu.domains.workflow import selectors, services
from yunshu.domains.workflow.contracts import TASK_ASSIGN, WORKLIST_VIEW, Light
from yunshu.domains.workflow.models import Case, FlowEvent, Task
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.outbox.models import OutboxEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hours() -> None:
    hours()


def act(actor: object, case: Case, verb: str, now: datetime = MONDAY, reason: str = "意见") -> Case:
    return services.act(actor=actor, flow=FLOW.code, number=case.number, verb=verb, reason=reason, now=now)  # type: ignore[arg-type]


def city(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour - 8, minute, tzinfo=UTC)


def test_each_state_opens_its_task_and_closes_the_one_before() -> None:
    org, doer = org_with(DO, CHECK)
    case = started(doer, org)
    titles = []
    for verb in ("submit", "pass", "finish"):
        titles.append(task_of(case).title)
        case = act(doer, case, verb)

    assert titles == ["办理", "审核", "公示"]
    assert not Task.objects.filter(done_at__isnull=True).exists()
    assert case.closed_at == MONDAY
    subjects = list(OutboxEntry.objects.order_by("pk").values_list("subject", flat=True))
    assert subjects.count("workflow.task.opened.v1") == subjects.count("workflow.task.closed.v1") == 3


@pytest.mark.parametrize(
    ("verbs", "due"),
    [
        ((), city(2024, 6, 6, 17, 30)),  # three working days after Monday
        (("submit",), city(2024, 6, 4, 11, 30)),  # eight working hours: 5 on Monday, 3 on Tuesday
        (("submit", "pass"), city(2024, 6, 11, 17, 30)),  # the seventh day is 10 June, the Dragon Boat Festival
    ],
)
def test_deadlines_count_working_days_working_hours_and_natural_days(verbs: tuple[str, ...], due: datetime) -> None:
    CalendarDay.objects.create(on=date(2024, 6, 10), kind="holiday", name="端午节", source="测试")
    org, doer = org_with(DO, CHECK)
    case = started(doer, org)
    for verb in verbs:
        case = act(doer, case, verb)
    assert task_of(case).due_at == due


def test_a_year_no_notice_has_settled_makes_the_deadline_provisional() -> None:
    org, doer = org_with(DO)
    assert task_of(started(doer, org)).provisional


def test_a_paused_clock_gives_back_what_was_left() -> None:
    org, doer = org_with(DO, CHECK)
    case = started(doer, org)
    act(doer, case, "pause", now=city(2024, 6, 4, 10))
    paused = task_of(case)
    case = act(doer, case, "resume", now=city(2024, 6, 11, 10))
    running = task_of(case)

    assert selectors.task_light(paused, city(2024, 6, 30, 10)) is Light.GREY
    assert running.pk == paused.pk
    assert running.due_at == city(2024, 6, 13, 17, 30)  # a week later, as long as the pause
    assert running.paused_s == timedelta(days=7).total_seconds()


def test_what_was_overdue_when_it_paused_stays_overdue() -> None:
    org, doer = org_with(DO)
    case = started(doer, org)
    due = task_of(case).due_at
    act(doer, case, "pause", now=city(2024, 6, 7, 10))
    case = act(doer, case, "resume", now=city(2024, 6, 11, 10))
    assert task_of(case).due_at == due


@pytest.mark.parametrize(
    ("verb", "permissions", "reason", "error"),
    [
        ("submit", (CHECK,), "", NotPermitted),
        ("pass", (DO, CHECK), "", Conflict),
        ("nonsense", (DO,), "", Conflict),
        ("pause", (DO,), "  ", Refused),
    ],
)
def test_a_step_is_refused_to_who_may_not_at_the_wrong_time_or_without_a_reason(
    verb: str, permissions: tuple[object, ...], reason: str, error: type[Exception]
) -> None:
    org, actor = org_with(*permissions)
    case = started(actor, org)
    with pytest.raises(error):
        act(actor, case, verb, reason=reason)
    assert case.steps.count() == 1


def test_another_organisations_people_cannot_move_a_case() -> None:
    org, doer = org_with(DO)
    case = started(doer, org)
    with pytest.raises(NotPermitted):
        act(staff([DO]), case, "submit")
    with pytest.raises(NotFound):
        services.act(actor=doer, flow=FLOW.code, number="T-none", verb="submit", reason="", now=MONDAY)


def test_a_case_starts_once() -> None:
    org, doer = org_with(DO)
    started(doer, org)
    with pytest.raises(Conflict):
        started(doer, org)


def test_of_two_people_who_act_at_once_the_second_is_told() -> None:
    org, doer = org_with(DO, CHECK)
    case = started(doer, org)
    act(doer, case, "submit")
    with pytest.raises(Conflict, match="重新打开"):
        act(doer, case, "submit")


def test_history_is_append_only_and_a_tampering_owner_is_found() -> None:
    org, doer = org_with(DO, CHECK)
    case = started(doer, org)
    act(doer, case, "submit")
    for rewrite in (lambda: FlowEvent.objects.update(actor="别人"), lambda: FlowEvent.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rewrite()
    call_command("workflow_verify")


def test_a_free_task_is_taken_handed_on_and_given_back() -> None:
    org, doer = org_with(DO)
    other = staff([DO], org=org)
    case = started(doer, org)
    task = task_of(case)

    services.hand_over(actor=doer, task_id=task.pk, person_id=doer.person_id, now=MONDAY)
    assert list(selectors.my_tasks(other)) == []
    with pytest.raises(NotFound):
        services.hand_over(actor=other, task_id=task.pk, person_id=other.person_id, now=MONDAY)
    services.hand_over(actor=doer, task_id=task.pk, person_id=other.person_id, now=MONDAY)
    assert list(selectors.my_tasks(other)) == [task]
    services.hand_over(actor=other, task_id=task.pk, person_id=None, now=MONDAY)
    assert task in selectors.my_tasks(doer)


def test_a_manager_gives_anybodys_task_to_anybody_who_may_do_it() -> None:
    org, doer = org_with(DO)
    able, unable = staff([DO], org=org), staff(org=org)
    manager = staff([WORKLIST_VIEW, TASK_ASSIGN], org=org)
    task = task_of(started(doer, org))
    services.hand_over(actor=doer, task_id=task.pk, person_id=doer.person_id, now=MONDAY)

    services.hand_over(actor=manager, task_id=task.pk, person_id=able.person_id, now=MONDAY)
    with pytest.raises(Refused, match="没有办理"):
        services.hand_over(actor=manager, task_id=task.pk, person_id=unable.person_id, now=MONDAY)
    with pytest.raises(NotFound):
        services.hand_over(actor=manager, task_id=task.pk, person_id=10**9, now=MONDAY)
    task.refresh_from_db()
    assert task.holder_id == able.person_id


def test_many_tasks_are_taken_together_and_those_others_took_are_left() -> None:
    org, doer = org_with(DO)
    other = staff([DO], org=org)
    tasks = [task_of(started(doer, org, number=f"T-{n}")) for n in range(3)]
    services.hand_over(actor=other, task_id=tasks[0].pk, person_id=other.person_id, now=MONDAY)
    ids = [task.pk for task in tasks]

    assert services.take_all(actor=doer, task_ids=ids, now=MONDAY) == 2
    assert services.release_all(actor=doer, task_ids=ids, now=MONDAY) == 2


def test_a_deadline_is_extended_once_with_a_reason_and_within_its_length() -> None:
    org, manager = org_with(DO, WORKLIST_VIEW, TASK_ASSIGN)
    task = task_of(started(manager, org))

    def extend(amount: int, reason: str = "材料待补") -> Task:
        return services.extend(actor=manager, task_id=task.pk, amount=amount, reason=reason, now=MONDAY)

    for amount, reason in ((4, "长"), (0, "短"), (1, " ")):
        with pytest.raises(Refused):
            extend(amount, reason)
    assert extend(2).due_at == city(2024, 6, 10, 17, 30)
    with pytest.raises(Refused, match="一次"):
        extend(1)
    assert FlowEvent.objects.filter(verb="extend").count() == 1


def test_a_typhoon_day_moves_open_deadlines_but_not_extended_or_paused_ones() -> None:
    org, manager = org_with(DO, WORKLIST_VIEW, TASK_ASSIGN)
    plain, extended, paused = (started(manager, org, number=f"T-{n}") for n in range(3))
    services.extend(actor=manager, task_id=task_of(extended).pk, amount=1, reason="补", now=MONDAY)
    act(manager, paused, "pause")
    granted = task_of(extended).due_at
    CalendarDay.objects.create(on=date(2024, 6, 5), kind="closure", name="台风停工", source="测试")
    CalendarYear.objects.create(year=2024, source="测试", version=7)
    moved = services.recalculate(actor=System(name="calendar"), now=MONDAY)

    assert moved == 1
    assert task_of(plain).due_at == city(2024, 6, 7, 17, 30)
    assert task_of(extended).due_at == granted
    assert services.recalculate(actor=System(name="calendar"), now=MONDAY) == 0


def test_the_days_between_receipt_and_deadline_are_told_one_by_one() -> None:
    CalendarDay.objects.create(on=date(2024, 6, 5), kind="closure", name="台风停工", source="测试")
    org, doer = org_with(DO)
    days = selectors.why_due(task_of(started(doer, org)))
    assert [(day.on.day, day.counts, day.kind) for day in days] == [
        (3, False, "received"),
        (4, True, "workday"),
        (5, False, "closure"),
        (6, True, "workday"),
        (7, True, "workday"),
    ]


@pytest.mark.parametrize("light", list(Light))
def test_the_filter_by_light_finds_what_the_light_says(light: Light) -> None:
    org, doer = org_with(DO, CHECK)
    for n in range(4):
        started(doer, org, number=f"T-{n}")
    act(doer, Case.objects.get(number="T-1"), "pause")
    act(doer, Case.objects.get(number="T-2"), "submit")
    for now in (MONDAY, city(2024, 6, 4, 11), city(2024, 6, 6, 10), city(2024, 6, 20, 9)):
        rows = list(selectors.my_tasks(doer))
        expected = {task.pk for task in rows if selectors.task_light(task, now) is light}
        assert (
            set(selectors.my_tasks(doer).filter(selectors.of_light(light.value, now)).values_list("pk", flat=True))
            == expected
        )
