"""Reminders fire once, late or not; supervision is sent, told and answered; pages let in whom they should."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person
from tests.workflow.flows import DO, FLOW, MONDAY, hours, org_with, started, task_of

from yunshu.domains.notify import handlers
from yunshu.domains.notify.models import Notice
from yunshu.domains.workflow import registry, selectors, services
from yunshu.domains.workflow.contracts import FLOW_RULE_EDIT, SUPERVISE, TASK_ASSIGN, WORKLIST_VIEW
from yunshu.domains.workflow.metrics import on_time_rate
from yunshu.domains.workflow.models import EscalationRule, Reminder, Supervision
from yunshu.events.workflow import DeadlineReminded, SupervisionAnswered, SupervisionOpened
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.measure import Scope
from yunshu.lib.outbox.models import OutboxEntry

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(days=14)
CHIEF = (DO, WORKLIST_VIEW, TASK_ASSIGN, SUPERVISE)


@pytest.fixture(autouse=True)
def _hours() -> None:
    hours()


def told(subject: str) -> list[dict[str, object]]:
    return list(OutboxEntry.objects.filter(subject=subject).order_by("pk").values_list("payload", flat=True))


def test_every_rule_fires_once_for_a_deadline_even_a_week_late() -> None:
    org, doer = org_with(DO)
    task = task_of(started(doer, org))
    assert services.remind(now=MONDAY) == 0

    fired = [services.remind(now=LATER), services.remind(now=LATER)]

    assert fired == [3, 0]
    assert {p["whom"] for p in told("workflow.deadline.reminded.v1")} == {"holder", "manager"}
    assert Reminder.objects.filter(task=task).count() == 3


def test_rules_fire_at_their_share_of_the_time() -> None:
    org, doer = org_with(DO)
    task = task_of(started(doer, org))
    assert task.due_at is not None
    span = task.due_at - task.opened_at
    counts = [services.remind(now=task.opened_at + span * share) for share in (0.79, 0.8, 1.0, 1.19, 1.2)]
    assert counts == [0, 1, 1, 0, 1]


def test_a_new_deadline_is_reminded_of_anew_and_a_paused_one_is_not() -> None:
    org, chief = org_with(*CHIEF)
    case, paused = started(chief, org), started(chief, org, number="T-2")
    services.act(actor=chief, flow=FLOW.code, number=paused.number, verb="pause", reason="等", now=MONDAY)
    services.remind(now=LATER)
    services.extend(actor=chief, task_id=task_of(case).pk, amount=3, reason="补", now=LATER)
    assert services.remind(now=LATER) == 3  # the extended deadline has passed as well
    assert not Reminder.objects.filter(task=task_of(paused)).exists()


def test_a_rule_switched_off_or_for_another_flow_stays_silent() -> None:
    org, doer = org_with(DO)
    started(doer, org)
    EscalationRule.objects.filter(code="near").update(is_active=False)
    EscalationRule.objects.filter(code="overdue").update(flow="other.flow")
    assert services.remind(now=LATER) == 1


def test_a_supervision_is_sent_told_answered_and_told_back() -> None:
    org, chief = org_with(*CHIEF)
    answering = staff_person([WORKLIST_VIEW], org=org)
    task = task_of(started(chief, org))

    row = services.supervise(actor=chief, task_id=task.pk, requirement="三日内办结", due_at=LATER, now=MONDAY)
    handlers.on_supervision_opened(SupervisionOpened.from_payload(told(SupervisionOpened.subject)[0]))
    services.answer_supervision(actor=chief, number=row.number, feedback="已办结", now=LATER)
    handlers.on_supervision_answered(SupervisionAnswered.from_payload(told(SupervisionAnswered.subject)[0]))

    assert Notice.objects.filter(person=answering, title__startswith="收到督办").count() == 1
    assert Notice.objects.filter(person_id=chief.person_id, title__startswith="督办已反馈").count() == 1
    with pytest.raises(Conflict):
        services.answer_supervision(actor=chief, number=row.number, feedback="再次", now=LATER)


@pytest.mark.parametrize(
    ("permissions", "requirement", "days", "error"),
    [
        ((DO,), "办", 3, NotPermitted),
        (CHIEF, " ", 3, Refused),
        (CHIEF, "办", -1, Refused),
    ],
)
def test_a_supervision_needs_its_right_a_demand_and_time(
    permissions: tuple[object, ...], requirement: str, days: int, error: type[Exception]
) -> None:
    org, actor = org_with(*permissions)
    task = task_of(started(actor, org))
    with pytest.raises(error):
        services.supervise(
            actor=actor, task_id=task.pk, requirement=requirement, due_at=MONDAY + timedelta(days=days), now=MONDAY
        )
    assert not Supervision.objects.exists()


def test_a_supervision_elsewhere_is_nobodys_business() -> None:
    org, chief = org_with(*CHIEF)
    row = services.supervise(
        actor=chief, task_id=task_of(started(chief, org)).pk, requirement="办", due_at=LATER, now=MONDAY
    )
    stranger = staff(CHIEF)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        selectors.get_supervision(stranger, row.number)
    with pytest.raises(NotFound):
        services.answer_supervision(actor=stranger, number=row.number, feedback="办", now=LATER)


def test_reminders_reach_the_inbox() -> None:
    org, doer = org_with(DO)
    started(doer, org)
    services.remind(now=LATER)
    for payload in told(DeadlineReminded.subject):
        handlers.on_deadline_reminded(DeadlineReminded.from_payload(payload))
    assert Notice.objects.filter(person_id=doer.person_id).count() == 2


def test_the_rate_of_tasks_done_in_time_is_measured_with_the_late_ones_behind_it() -> None:
    org, doer = org_with(DO)
    for n, now in enumerate((MONDAY, LATER), 1):
        case = started(doer, org, number=f"T-{n}")
        services.act(actor=doer, flow=FLOW.code, number=case.number, verb="submit", reason="", now=now)
    scope = Scope(org_code=org.code, starts_on=MONDAY.date(), ends_on=MONDAY.date() + timedelta(days=3))

    found = on_time_rate(scope)

    # done in time: T-1's first task; late: T-1's review, overdue since Tuesday, and T-2's first task
    assert (found.numerator, found.denominator, str(found.value)) == (1, 3, "33.33")
    assert {(record.number, record.title) for record in found.records} == {("T-1", "审核"), ("T-2", "办理")}
    assert on_time_rate(Scope(org_code="none", starts_on=scope.starts_on, ends_on=scope.ends_on)).value is None


def test_the_case_page_opens_for_whom_it_concerns_and_offers_what_they_may() -> None:
    org = OrgFactory()
    chief, doer = staff_person(CHIEF, org=org), staff_person([DO], org=org)
    case = started(staff([DO], org=org), org)
    address = reverse("workflow:case", args=[FLOW.code, case.number])
    pages = {who: signed_in_client(who).get(address) for who in (chief, doer, staff_person([DO]), staff_person())}

    assert [page.status_code for page in pages.values()] == [200, 200, 404, 404]
    assert "发出督办" in pages[chief].content.decode()
    assert "发出督办" not in pages[doer].content.decode()
    assert "收到之日不计入" in pages[doer].content.decode()
    assert signed_in_client(chief).get(reverse("workflow:case", args=["no.flow", "x"])).status_code == 404


def test_the_organisations_worklist_leads_to_pages_that_its_reader_may_open(monkeypatch: pytest.MonkeyPatch) -> None:
    org = OrgFactory()
    case, chief = started(staff([DO], org=org), org), signed_in_client(staff_person([WORKLIST_VIEW], org=org))
    address = reverse("workflow:case", args=[FLOW.code, case.number])
    monkeypatch.setitem(registry._OPENS, FLOW.code, lambda viewer, number: False)

    listed = chief.get(reverse("workflow:organisation")).content.decode()
    page = chief.get(address).content.decode()

    assert f'href="{address}"' in listed
    assert "打开业务页面" not in page
    assert "业务内容不在您的查看范围内" in page


def test_a_manager_hands_over_extends_and_supervises_on_the_page() -> None:
    org = OrgFactory()
    chief, doer = staff_person(CHIEF, org=org), staff_person([DO], org=org)
    task = task_of(started(staff([DO], org=org), org))
    browser = signed_in_client(chief)

    def post(name: str, **words: object) -> int:
        return browser.post(reverse(f"workflow:{name}", args=[task.pk]), words).status_code

    assert post("hand_over", person=10**9) == 422
    assert post("hand_over", person=doer.pk) == 302
    assert post("extend", amount=99, reason="长") == 422
    assert post("extend", amount=1, reason="材料待补") == 302
    assert post("supervise", requirement="", due_at="2030-01-01T10:00") == 422
    assert post("supervise", requirement="三日内办结", due_at="2030-01-01T10:00") == 302
    row = Supervision.objects.get()
    page = reverse("workflow:supervision", args=[row.number])
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"feedback": ""}).status_code == 422
    assert browser.post(page, {"feedback": "已办结"}).status_code == 302
    assert row.number in browser.get(reverse("workflow:supervisions") + "?state=closed").content.decode()
    assert signed_in_client(doer).post(reverse("workflow:extend", args=[task.pk])).status_code == 403


def test_worklists_filter_by_light_take_in_bulk_and_show_each_persons_load() -> None:
    org = OrgFactory()
    chief, doer = staff_person(CHIEF, org=org), staff_person([DO], org=org)
    tasks = [task_of(started(staff([DO], org=org), org, number=f"T-{n}")) for n in range(2)]
    browser = signed_in_client(doer)

    page = browser.post(reverse("workflow:worklist"), {"action": "take", "id": [t.pk for t in tasks]}, follow=True)
    load = selectors.load_by_person(staff([WORKLIST_VIEW], org=org), datetime(2024, 7, 1, tzinfo=UTC))

    assert "已认领 2 件" in page.content.decode()
    assert [(row.name, row.open, row.late) for row in load] == [(doer.name, 2, 2)]
    assert "T-0" not in browser.get(reverse("workflow:worklist") + "?light=green").content.decode()
    assert doer.name in signed_in_client(chief).get(reverse("workflow:organisation")).content.decode()
    assert browser.get(reverse("workflow:organisation")).status_code == 403


def test_an_official_corrects_the_reminders_on_their_page() -> None:
    editor, stranger = signed_in_client(staff_person([FLOW_RULE_EDIT])), signed_in_client(staff_person())
    address = reverse("ui:reference", args=["escalation-rules"])
    assert "待办超期未办" in editor.get(address).content.decode()
    assert stranger.get(address).status_code == 403


def test_who_sends_letters_need_not_see_the_worklist_and_who_does_neither_finds_no_task() -> None:
    org, doer = org_with(DO)
    task = task_of(started(doer, org))
    words = {"task_id": task.pk, "requirement": "请速办", "due_at": LATER, "now": MONDAY}
    assert services.supervise(actor=staff((SUPERVISE,), org=org), **words).org == org
    with pytest.raises(NotFound, match="task_not_found"):
        services.supervise(actor=staff((WORKLIST_VIEW,)), **words)
