"""Pages of trainings and tests: what an organiser, a guest and a tester do there."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import TEST_APPROVE, TEST_EDIT, TEST_VIEW, TRAINING_EDIT, TRAINING_VIEW
from yunshu.domains.operations.models import Defect, TestPlan, Training
from yunshu.domains.operations.services import trainings
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def org(db: None) -> Org:
    return OrgFactory()


@pytest.fixture
def organiser(org: Org) -> Client:
    return signed_in_client(staff_person((TRAINING_VIEW, TRAINING_EDIT), org=org))


def address(name: str, *args: object) -> str:
    return reverse(f"operations:{name}", args=args)


@pytest.fixture
def training(organiser: Client, org: Org) -> Training:
    now = clock.now().astimezone(clock.CITY_ZONE)
    words = {"org": org.code, "title": "12345 系统培训", "trainer": "示例", "scope": "12345", "pass_mark": 60}
    words |= {
        "starts_at": f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}",
    }
    answer = organiser.post(address("new_training"), words)
    assert answer.status_code == 302, answer.content.decode()
    return Training.objects.get()


def test_a_guest_signs_in_by_the_code_and_answers_the_quiz(organiser: Client, training: Training, org: Org) -> None:
    page = address("training", training.number)
    question = {"deed": "question", "text": "热线号码", "options": "12345\n12306", "right": 1}
    assert organiser.post(page, question).status_code == 302
    assert training.code in organiser.get(address("sign_in_sheet", training.number)).content.decode()
    guest = signed_in_client(staff_person((), org=org))
    here = address("sign_in", training.code)
    early = guest.post(here, {"deed": "quiz", "q1": "1"})
    assert (early.status_code, "请先签到" in early.content.decode()) == (422, True)
    assert "已签到" in guest.post(here, follow=True).content.decode()
    assert "100 分" in guest.post(here, {"deed": "quiz", "q1": "1"}, follow=True).content.decode()
    shown = organiser.get(page)
    assert (shown.context["figures"].came, shown.context["figures"].passed) == (1, 1)


def test_a_paper_list_is_entered_and_the_session_confirmed_only_after_its_end(
    organiser: Client, training: Training
) -> None:
    page = address("training", training.number)
    organiser.post(page, {"deed": "invite", "lines": "示例甲,示例单位\n示例乙,示例单位"})
    first = training.attendees.first()
    assert first is not None
    assert organiser.post(page, {"deed": "sign", "attendee": first.pk}).status_code == 302
    refused = organiser.post(page, {"deed": "held", "closing": "小结"})
    assert (refused.status_code, "还没有结束" in refused.content.decode()) == (422, True)
    assert organiser.post(page, {"deed": "cancel", "closing": "改期"}).status_code == 302
    assert "已取消" in organiser.get(address("trainings")).content.decode()


def test_material_is_attached_and_seen_by_those_who_see_the_training(organiser: Client, training: Training) -> None:
    file = SimpleUploadedFile("notes.txt", "培训讲义".encode(), "text/plain")
    answer = organiser.post(address("training_material", training.number), {"attachments": file})
    assert answer.status_code == 302, answer.content.decode()
    assert "notes.txt" in organiser.get(address("training", training.number)).content.decode()
    assert trainings.files.attachments_of(trainings.MATERIAL, [training.number])[training.number]


def test_a_stranger_sees_neither_training_nor_plan(training: Training) -> None:
    stranger = signed_in_client(staff_person((TRAINING_VIEW, TEST_VIEW)))
    assert stranger.get(address("training", training.number)).status_code == 404
    assert stranger.get(address("sign_in_sheet", training.number)).status_code == 403


def test_a_plan_is_run_mended_and_signed_off_on_pages(org: Org) -> None:
    tester = signed_in_client(staff_person((TEST_VIEW, TEST_EDIT), org=org))
    chief = signed_in_client(staff_person((TEST_VIEW, TEST_EDIT, TEST_APPROVE), org=org))
    tester.post(address("new_test_plan"), {"org": org.code, "title": "协同办公部署测试", "scope": "oa"})
    plan = TestPlan.objects.get()
    words = {"title": "登录", "kind": "function", "steps": "登录", "expected": "进入首页", "is_required": "on"}
    assert tester.post(address("add_test_case", plan.number), words | {"code": "f1"}).status_code == 302
    case = address("test_case", plan.number, "f1")
    assert tester.post(case, {"result": "fail", "actual": "白屏"}).status_code == 422
    assert tester.post(case, {"result": "fail", "actual": "白屏", "severity": "major"}).status_code == 302
    defect = Defect.objects.get()
    refused = chief.post(address("accept_defect", plan.number, defect.number), {"words": "可以接受"})
    assert (refused.status_code, "不能带着验收" in refused.content.decode()) == (422, True)
    tester.post(address("mend_defect", plan.number, defect.number), {"words": "已改"})
    tester.post(case, {"result": "pass", "actual": "进入首页"})
    assert tester.get(address("sign_off", plan.number)).status_code == 403
    assert chief.post(address("sign_off", plan.number), {"words": "同意"}).status_code == 302
    shown = chief.get(address("test_plan", plan.number)).content.decode()
    assert all(word in shown for word in ("已签认", "复测通过", "100.00 %"))
    assert "协同办公部署测试" in chief.get(address("test_plans")).content.decode()
    assert tester.get(case).context["form"] is None
