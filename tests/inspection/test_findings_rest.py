"""Findings, review, rectification and results over HTTP: what the pages may, within the same reach."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.factories.directory import signed_in_client, staff_person
from tests.inspection.finding_world import REVIEWER, SUPERVISOR, UNIT, Desk

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Person
from yunshu.domains.inspection.contracts import VIEW

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/inspection"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def browser(who: Staff) -> Client:
    return signed_in_client(Person.objects.get(pk=who.person_id))


def post(client: Client, at: str, body: Any = None) -> Any:
    return client.post(f"{ROOT}/{at}", body or {}, content_type="application/json")


def items(client: Client, at: str) -> list[Any]:
    answer = client.get(f"{ROOT}/{at}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["items"])


def test_a_veto_is_confirmed_over_http_by_two_and_the_course_says_so(desk: Desk) -> None:
    row = desk.finding(severity="veto")
    first, second = browser(desk.reviewer), browser(desk.second)
    assert [one["number"] for one in items(first, "queue")] == [row.number]
    assert post(first, f"findings/{row.number}/review", {"verb": "accept"}).json()["state"] == "second"
    assert post(first, f"findings/{row.number}/review", {"verb": "accept"}).status_code == 422
    assert post(second, f"findings/{row.number}/review", {"verb": "accept"}).json()["state"] == "confirmed"
    assert items(second, "findings?state=confirmed&present=true")[0]["number"] == row.number
    assert items(second, "findings?present=false") == []
    whole = first.get(f"{ROOT}/findings/{row.number}").json()
    assert [step["verb"] for step in whole["steps"]] == ["find", "first", "second"]


def test_a_false_alarm_needs_a_reason_and_a_waiver_a_day(desk: Desk) -> None:
    row, client = desk.finding(), browser(desk.supervisor)
    for body in ({"verb": "false"}, {"verb": "waive", "words": "历史存量"}, {"verb": "guess"}):
        assert post(client, f"findings/{row.number}/review", body).status_code in (409, 422)
    assert post(client, f"findings/{row.number}/review", {"verb": "false", "words": "正常"}).json()["state"] == "false"
    assert post(client, f"findings/{row.number}/review", {"verb": "undo"}).json()["state"] == "new"


def test_a_notice_goes_its_way_over_http(desk: Desk) -> None:
    row = desk.confirmed()
    supervisor, clerk = browser(desk.supervisor), browser(desk.clerk)
    (notice,) = post(supervisor, "notices", {"findings": [row.number], "words": "请整改"}).json()
    assert (notice["findings"], notice["stage"], notice["org"]) == ([row.number], "mending", desk.unit.code)
    assert items(clerk, "mending")[0]["number"] == row.number
    until = (desk.now + timedelta(days=30)).isoformat()
    asked = post(clerk, f"findings/{row.number}/extensions", {"until": until, "reason": "供应商"}).json()
    assert post(supervisor, f"extensions/{asked['number']}/decide", {"is_granted": True}).json()["state"] == "granted"
    assert post(clerk, f"findings/{row.number}/submit", {"words": "已更换"}).json()["words"] == "已更换"
    done = [
        post(supervisor, f"findings/{row.number}/decide", {"verb": verb, "words": "已看"})
        for verb in ("verify", "close")
    ]
    assert [one.json()["state"] for one in done] == ["verified", "closed"]
    assert clerk.get(f"{ROOT}/notices/{notice['number']}").json()["stage"] == "done"


def test_an_appeal_is_made_withdrawn_and_made_again(desk: Desk) -> None:
    row = desk.notified()
    supervisor, clerk = browser(desk.supervisor), browser(desk.clerk)
    first = post(clerk, f"findings/{row.number}/appeals", {"words": "没有错"}).json()["number"]
    assert post(clerk, f"appeals/{first}/withdraw").json()["state"] == "withdrawn"
    assert post(clerk, f"appeals/{first}/withdraw").status_code == 409
    second = post(clerk, f"findings/{row.number}/appeals", {"words": "确实没有错"}).json()["number"]
    decided = post(supervisor, f"appeals/{second}/decide", {"is_upheld": True, "decision": "成立"})
    assert decided.json()["state"] == "upheld"
    assert {one["state"] for one in items(clerk, "appeals")} == {"withdrawn", "upheld"}


STRANGER: tuple[tuple[str, Callable[[Desk], Staff], int], ...] = (
    ("review", lambda desk: desk.clerk, 403),
    ("decide", lambda desk: desk.reviewer, 403),
    ("submit", lambda desk: desk.stranger, 404),
    ("submit", lambda desk: desk.reviewer, 403),
    ("appeals", lambda desk: desk.stranger, 404),
)


@pytest.mark.parametrize(("verb", "who", "status"), STRANGER)
def test_who_may_not_gets_the_same_answer_as_on_the_pages(
    desk: Desk, verb: str, who: Callable[[Desk], Staff], status: int
) -> None:
    row = desk.notified()
    bodies = {"review": {"verb": "accept"}, "decide": {"verb": "verify", "words": "看过"}}
    assert (
        post(browser(who(desk)), f"findings/{row.number}/{verb}", bodies.get(verb, {"words": "已改"})).status_code
        == status
    )


@pytest.mark.parametrize("rights", [REVIEWER, SUPERVISOR, UNIT])
def test_lists_are_within_reach(desk: Desk, rights: Any) -> None:
    row = desk.notified()
    near = signed_in_client(staff_person(rights, org=desk.unit))
    far = signed_in_client(staff_person(rights, org=desk.other))
    assert [one["number"] for one in items(near, "findings")] == [row.number]
    assert (items(far, "findings"), items(far, "notices")) == ([], [])
    assert far.get(f"{ROOT}/findings/{row.number}").status_code == 404
    assert Client().get(f"{ROOT}/findings").status_code == 401


def test_results_need_the_right_to_view(desk: Desk) -> None:
    clerk, viewer = browser(desk.clerk), signed_in_client(staff_person([VIEW], org=desk.city))
    assert [clerk.get(f"{ROOT}/{at}").status_code for at in ("schemes", "assessments")] == [403, 403]
    assert (items(viewer, "schemes"), items(viewer, "assessments")) == ([], [])
    assert viewer.get(f"{ROOT}/assessments/none/objects/1").status_code == 404
