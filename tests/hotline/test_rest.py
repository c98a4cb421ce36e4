"""The hotline's JSON: a department's own system handles what it was given; a channel files and follows; nobody else."""

from typing import Any

import pytest
from django.test import Client
from tests.hotline.open_world import OpenHotline, key_of

from yunshu.domains.hotline import contracts, rest
from yunshu.domains.hotline.models import ObjectionReason, Ticket
from yunshu.lib.kernel import clock
from yunshu.lib.ui.throttle import Throttle

ROOT = "/api/v1/hotline"


@pytest.fixture
def hotline(db: None) -> OpenHotline:
    return OpenHotline(now=clock.now())


class Program:
    """A program with a key."""

    def __init__(self, key: str) -> None:
        self._client, self._headers = Client(), {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(f"{ROOT}{path}", headers=self._headers | headers)

    def post(self, path: str, headers: dict[str, str] | None = None, **body: object) -> Any:
        sent = self._headers | (headers or {})
        return self._client.post(f"{ROOT}{path}", body, content_type="application/json", headers=sent)


@pytest.fixture
def urban(hotline: OpenHotline) -> Program:
    return Program(key_of(hotline.urban, contracts.TICKET_HANDLE, contracts.TICKET_VIEW))


@pytest.fixture
def channel(hotline: OpenHotline) -> Program:
    return Program(hotline.key)


def test_a_department_sees_what_was_dispatched_to_it_masked(hotline: OpenHotline, urban: Program) -> None:
    row = hotline.dispatch(hotline.registered(content="请联系 13812345678"))
    hotline.registered()
    (told,) = urban.get("/tickets?state=dispatched").json()["items"]
    assert (told["number"], told["state_name"], told["unit"]) == (row.number, "待签收", hotline.urban.code)
    whole = urban.get(f"/tickets/{row.number}").json()
    assert "13812345678" not in str(whole)
    assert whole["caller"]["phone"] == "*******5678"


def test_a_department_signs_and_replies(hotline: OpenHotline, urban: Program) -> None:
    row = hotline.dispatch(hotline.registered())
    assert urban.post(f"/tickets/{row.number}/sign").json()["state"] == "handling"
    said = urban.post(f"/tickets/{row.number}/reply", words="已修复。", measures="更换灯具。").json()
    assert (said["state"], said["steps"][-1]["verb"]) == ("replied", "reply")
    row.refresh_from_db()
    assert "试用程序" in row.replies.get().written_by


def test_a_department_objects_and_takes_it_back(hotline: OpenHotline, urban: Program) -> None:
    row = hotline.dispatch(hotline.registered())
    reason = ObjectionReason.objects.filter(is_active=True).first()
    assert reason is not None
    body = {"reason": reason.code, "words": "属供电局。", "basis": "三定规定第三条", "proposed": hotline.power.code}
    assert urban.post(f"/tickets/{row.number}/objection", **body).json()["state"] == "objected"
    assert urban.post(f"/tickets/{row.number}/withdraw-request").json()["state"] == "handling"


def test_a_department_asks_for_more_time(hotline: OpenHotline, urban: Program) -> None:
    row = hotline.handled()
    told = urban.post(f"/tickets/{row.number}/extension", amount=5, reason="待备件。").json()
    assert told["state"] == "extending"
    again = urban.post(f"/tickets/{row.number}/extension", amount=5, reason="待备件。")
    assert (again.status_code, again.json()["code"]) == (409, "verb_not_possible")


def test_what_is_not_yours_is_not_there(hotline: OpenHotline, urban: Program, channel: Program) -> None:
    row = hotline.dispatch(hotline.registered(), hotline.power)
    assert urban.get(f"/tickets/{row.number}").status_code == 404
    assert urban.post(f"/tickets/{row.number}/sign").status_code == 404
    assert channel.get("/tickets").status_code == 403
    assert Program("").get("/tickets").status_code == 401


def test_a_report_names_nobody(hotline: OpenHotline, urban: Program) -> None:
    row = hotline.dispatch(hotline.registered(kind="report"))
    whole = urban.get(f"/tickets/{row.number}").json()
    assert whole["caller"] == {"name": "", "phone": "", "email": "", "is_masked": True, "is_sealed": True}


def test_a_channel_files_and_a_citizen_follows(hotline: OpenHotline, channel: Program) -> None:
    body = {"kind": "help", "title": "路灯不亮", "content": "请维修。", "channel": "wechat", "source_number": "WX1"}
    made = channel.post("/demands", **body)
    assert made.status_code == 201
    number, code = made.json()["number"], {"X-Lookup-Code": made.json()["code"]}
    assert channel.get(f"/demands/{number}", **code).json()["state_name"] == "待受理"
    assert channel.post(f"/demands/{number}/supplement", code, words="又灭了一盏。").status_code == 200
    early = channel.post(f"/demands/{number}/rating", code, solved=True, result_score=5, process_score=5)
    assert early.json()["code"] == "not_closed"
    assert Ticket.objects.get(number=number).channel == "wechat"


@pytest.mark.parametrize("channel_name", ["phone", "province"])
def test_a_channel_cannot_pretend_to_be_another(channel: Program, channel_name: str) -> None:
    answer = channel.post("/demands", kind="help", title="路灯", content="请修。", channel=channel_name)
    assert (answer.status_code, answer.json()["code"]) == (403, "channel_not_yours")


def test_a_department_may_not_file_or_follow(hotline: OpenHotline, urban: Program) -> None:
    row = hotline.registered()
    assert urban.post("/demands", kind="help", title="路灯", content="请修。").status_code == 403
    assert urban.get(f"/demands/{row.number}", **{"X-Lookup-Code": "13812345678"}).status_code == 403


def test_codes_cannot_be_guessed(hotline: OpenHotline, channel: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "GUESSES", Throttle("test", 2, 60))
    row = hotline.registered()
    wrong = [channel.get(f"/demands/{row.number}", **{"X-Lookup-Code": "000000"}).status_code for _n in range(3)]
    assert wrong == [404, 404, 429]
    assert channel.get(f"/demands/{row.number}", **{"X-Lookup-Code": "13812345678"}).status_code == 429


def test_a_character_that_no_database_keeps_is_dropped(hotline: OpenHotline, channel: Program, urban: Program) -> None:
    made = channel.post("/demands", kind="help", title="路灯\0不亮", content="请\0修。")
    assert Ticket.objects.get(number=made.json()["number"]).title == "路灯不亮"
    for address in ("/tickets?state=%00", "/tickets/%00"):
        refused = urban.get(address)
        assert (refused.status_code, refused.json()["code"]) == (400, "address_malformed")
