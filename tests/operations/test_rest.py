"""Operations over HTTP: the same reach, the same refusals, the same figures as the pages."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.operations.incident_world import ENGINEER, USER, Ops
from tests.operations.test_figures import seen

from yunshu.domains.directory.contracts import API_KEY_EDIT
from yunshu.domains.directory.models import Person
from yunshu.domains.directory.selectors import viewer_for_account
from yunshu.domains.directory.services.access import ApiKeySpec, issue_api_key
from yunshu.domains.operations import checks, contracts
from yunshu.domains.operations.models import Status
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Icmp

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/operations"


@pytest.fixture
def ops(settings: Any, tmp_path: Path) -> Ops:
    settings.SAMPLES_FOLDER = tmp_path
    return Ops()


def client_of(ops: Ops, rights: Any = ENGINEER, org: Any = None) -> Client:
    return signed_in_client(staff_person(list(rights), org=org or ops.city))


def test_targets_are_listed_with_their_condition_within_reach(ops: Ops) -> None:
    Status.objects.create(target=ops.room, condition="down", since=ops.now, judged_at=ops.now, cause=ops.room)
    found = client_of(ops).get(f"{ROOT}/targets?condition=down").json()
    assert [(row["number"], row["condition"], row["cause"]) for row in found["items"]] == [
        (ops.room.number, "down", ops.room.number)
    ]
    everything = client_of(ops).get(f"{ROOT}/targets").json()["items"]
    assert [row["condition"] for row in everything if row["kind"] == "system"] == [""] * 3
    assert client_of(ops, org=OrgFactory()).get(f"{ROOT}/targets").json()["items"] == []
    assert client_of(ops, rights=USER).get(f"{ROOT}/targets").status_code == 403


def test_availability_has_its_seconds_and_both_bounds(ops: Ops) -> None:
    one = ops.target("probed", "门户", check_form=checks.stored(Icmp("192.0.2.1")), promise=50)
    today = clock.city_date(ops.now)
    seen(one, int(ops.now.timestamp()) - 2 * 86_400, 43_200)
    words = {"starts_on": (today - timedelta(days=3)).isoformat(), "ends_on": today.isoformat()}
    found = client_of(ops).get(f"{ROOT}/targets/{one.number}/availability", words).json()
    assert found["up_s"] == 43_200
    assert found["due_s"] == found["up_s"] + found["unknown_s"]
    assert float(found["low"]) < float(found["high"]) == 100
    assert found["verdict"] == "unproven"


@pytest.mark.parametrize(("first", "last"), [("2026-03-02", "2026-03-01"), ("2024-01-01", "2026-01-01")])
def test_a_period_that_makes_no_sense_is_refused(ops: Ops, first: str, last: str) -> None:
    words = {"starts_on": first, "ends_on": last}
    answer = client_of(ops).get(f"{ROOT}/targets/{ops.room.number}/availability", words)
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (422, "period_wrong", "ends_on")


def test_an_incident_is_reported_by_a_program_and_read_with_its_clocks_and_steps(ops: Ops) -> None:
    keeper = staff_person([API_KEY_EDIT, *USER], org=ops.unit)
    spec = ApiKeySpec(
        org_code=ops.unit.code,
        name="热线对接",
        permissions=(contracts.INCIDENT_REPORT.code,),
        expires_at=clock.now() + timedelta(days=1),
    )
    person = Person.objects.get(pk=keeper.pk)
    _row, text = issue_api_key(actor=viewer_for_account(person.account), spec=spec)
    header = {"Authorization": f"Bearer {text}"}
    body = {"org": ops.unit.code, "title": "系统打不开", "target": ops.systems[0].number}
    answer = Client().post(f"{ROOT}/incidents", body, content_type="application/json", headers=header)
    assert answer.status_code == 200, answer.content
    number = answer.json()["number"]
    again = Client().post(f"{ROOT}/incidents", body, content_type="application/json", headers=header)
    assert again.json()["number"] == number
    found = client_of(ops).get(f"{ROOT}/incidents/{number}").json()
    assert found["reporter"] == ops.unit.code
    assert [c["clock"] for c in found["clocks"]][:1] == ["respond"]
    assert [s["verb"] for s in found["steps"]] == ["open", "also_reported"]
    assert all(s["record"].startswith("CZ") for s in found["steps"])
    assert [row["number"] for row in client_of(ops).get(f"{ROOT}/incidents?is_open=1").json()["items"]] == [number]
    stranger = client_of(ops, org=OrgFactory())
    assert stranger.get(f"{ROOT}/incidents/{number}").status_code == 404
    assert stranger.post(f"{ROOT}/incidents", body, content_type="application/json").status_code == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [({"title": ""}, 422), ({"priority": "P9"}, 422), ({"org": "nowhere"}, 404), ({"happened_at": "tomorrow"}, 422)],
)
def test_a_wrong_report_says_what(ops: Ops, change: dict[str, str], status: int) -> None:
    body = {"org": ops.unit.code, "title": "系统打不开"} | change
    answer = client_of(ops, rights=USER, org=ops.unit).post(f"{ROOT}/incidents", body, content_type="application/json")
    assert answer.status_code == status
    assert {"code", "message", "where"} <= answer.json().keys()
