"""The six methods and the discovery file, as the specification and its validators want them."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import xmltodict
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from tests.georeport.desk import ASKED, DESK, LAMP, ROAD

from yunshu.lib.georeport import Fault, Faults, reading, writing

ROOT = "/open311/v2/"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
FORM = {"api_key": "right", "service_code": ROAD.code, "lat": "23.55", "long": "116.37", "description": "坑"}
RIGHT = {**FORM, "attribute[danger]": "yes"}


def post(caller, how="json", **fields):
    return caller.post(f"{ROOT}requests.{how}", {**RIGHT, **fields})


def faults(response):
    return [(row["code"], row["description"]) for row in response.json()]


@pytest.mark.parametrize(("how", "kind"), [("xml", "text/xml"), ("json", "application/json")])
def test_the_discovery_file_has_its_bare_content_type(caller, how, kind):
    """SeeClickFix/open311-validator compares the header with the bare type."""
    response = caller.get(f"/open311/discovery.{how}")
    assert (response.status_code, response.headers["Content-Type"]) == (200, kind)


def test_the_discovery_file_leads_to_the_services(caller):
    told = caller.get("/open311/discovery.json").json()
    (endpoint,) = told["endpoints"]
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["url"] == "http://testserver/open311/v2"
    assert endpoint["type"] == "production"
    assert told["key_service"]


@pytest.mark.parametrize(
    "path",
    ["discovery", "v2/services", f"v2/services/{ROAD.code}", "v2/requests", "v2/requests/RX001", "v2/tokens/t-RX002"],
)
def test_xml_and_json_say_the_same(caller, path):
    post(caller)
    caller.post(f"{ROOT}requests.json", {**FORM, "service_code": LAMP.code})
    told = caller.get(f"/open311/{path}.json").json()
    tree = xmltodict.parse(caller.get(f"/open311/{path}.xml").content)
    (root,) = tree.values()
    assert _flat(root) == _flat(told)


def _flat(value):
    """Return the texts of a tree in order: XML knows neither lists of one nor types."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _flat(one)]
    if isinstance(value, list):
        return [text for one in value for text in _flat(one)]
    said = json.dumps(value) if isinstance(value, bool) else str(value or "")
    return [said] if said else []


def test_a_request_is_taken_and_published(caller, desk):
    (receipt,) = post(caller, **{"attribute[lanes][]": ["1", "2"], "attribute[depth]": "12.5"}).json()
    (told,) = caller.get(f"{ROOT}requests/{receipt['service_request_id']}.json").json()
    assert (told["lat"], told["description"], told["status"]) == (23.55, "坑", "open")
    assert desk.kept[0][1].attributes == {"danger": ["yes"], "lanes": ["1", "2"], "depth": ["12.5"]}


def test_the_single_request_answers_under_both_spellings(caller):
    post(caller)
    assert caller.get(f"{ROOT}request/RX001.json").json() == caller.get(f"{ROOT}requests/RX001.json").json()


def test_a_token_leads_to_the_number(caller):
    (receipt,) = caller.post(f"{ROOT}requests.json", {**FORM, "service_code": LAMP.code}).json()
    assert caller.get(f"{ROOT}tokens/{receipt['token']}.json").json()[0]["service_request_id"] == "RX001"


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"service_code": ""}, 400, "service_code is required"),
        ({"service_code": "999"}, 404, "service_code 999"),
        ({"api_key": "wrong"}, 403, "api_key"),
        ({"attribute[danger]": ""}, 400, "attribute[danger] is required"),
        ({"attribute[danger]": "maybe"}, 400, "none of yes, no"),
        ({"attribute[depth]": "deep"}, 400, "not a number"),
        ({"attribute[depth]": "nan"}, 400, "not a number"),
        ({"attribute[seen]": "yesterday"}, 400, "not a date"),
        ({"attribute[colour]": "red"}, 400, "not asked for"),
        ({"lat": "", "long": ""}, 400, "address_string"),
        ({"lat": "23.5", "long": ""}, 400, "must both"),
        ({"lat": "123", "long": "20"}, 400, "WGS84"),
        ({"lat": "inf", "long": "20"}, 400, "WGS84"),
        ({"description": "长" * 4001}, 400, "4000"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"media_url": "https://[::1"}, 400, "media_url"),
        ({"phone": "1" * 101}, 400, "phone"),
        ({"jurisdiction_id": "elsewhere"}, 404, "elsewhere"),
    ],
)
def test_a_fault_is_named_and_nothing_is_kept(caller, desk, fields, code, said):
    response = post(caller, **fields)
    assert response.status_code == code
    assert any(said in description for _, description in faults(response))
    assert not desk.kept


def test_all_faults_of_a_form_are_named_together(caller):
    response = post(caller, lat="x", **{"attribute[danger]": "", "attribute[depth]": "deep"})
    assert [code for code, _ in faults(response)] == [400, 400, 400]


@pytest.mark.parametrize("path", ["services/999", "requests/RX999", "tokens/none"])
@pytest.mark.parametrize("how", ["xml", "json"])
def test_what_is_not_there_says_so_in_the_format_asked_for(caller, path, how):
    response = caller.get(f"{ROOT}{path}.{how}")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith(writing.TYPES[how])
    assert b"was not found" in response.content


def test_an_address_alone_is_a_place(caller, desk):
    assert post(caller, lat="", long="", address_string="榕城区临江北路").status_code == 200
    assert desk.kept[0][1].lat is None


def test_without_dates_the_last_ninety_days_are_meant():
    asked = reading.query(QueryDict(""), NOW)
    assert (asked.start, asked.end) == (NOW - timedelta(days=90), NOW)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("start_date=2026-01-01T00:00:00Z", "2026-01-01", "2026-04-01"),
        ("end_date=2026-04-01T00:00:00Z", "2026-01-01", "2026-04-01"),
        ("start_date=2026-11-27T08:00:00%2B08:00", "2026-11-27", "2026-11-28"),
        ("start_date=2026-11-27T08:00:00+08:00", "2026-11-27", "2026-11-28"),
    ],
)
def test_one_date_gives_the_other(asked, start, end):
    found = reading.query(QueryDict(asked), NOW)
    assert (found.start.astimezone(UTC).date().isoformat(), found.end.date().isoformat()) == (start, end)


@pytest.mark.parametrize(
    "asked",
    [
        "start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z",
        "start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z",
        "start_date=2026-01-01",
        "end_date=0001-01-01T00:00:00Z",
        "status=lost",
        "page=0",
        "page_size=many",
    ],
)
def test_a_question_that_cannot_be_read_is_refused(asked):
    with pytest.raises(Faults) as refusal:
        reading.query(QueryDict(asked), NOW)
    assert refusal.value.faults[0].code == 400


def test_numbers_override_all_other_arguments():
    asked = reading.query(QueryDict("service_request_id=RX001,RX002&service_request_id=RX003&status=lost"), NOW)
    assert asked.ids == ["RX001", "RX002", "RX003"]


WORDS = st.text(max_size=20)
NAMES = st.sampled_from(["lat", "long", "description", "media_url", "attribute[danger]", "attribute[lanes][]", "email"])


@given(fields=st.dictionaries(NAMES | WORDS, WORDS, max_size=6))
def test_no_form_breaks_the_reader(fields):
    form = QueryDict(mutable=True)
    form.update({**fields, "service_code": ROAD.code})
    with suppress(Faults):
        assert reading.submission(form, ASKED).attributes["danger"]


@given(text=st.text())
def test_any_text_goes_out_as_xml_that_can_be_read(text):
    told = xmltodict.parse(writing.written(writing.faults([Fault(400, text)]), "xml"))
    assert told["errors"]["error"]["code"] == "400"


def test_the_desk_of_these_tests_keeps_the_order_of_its_attributes():
    told = writing.definition(ROAD.code, DESK.attributes(ROAD.code)).fields["attributes"].rows
    assert [row["order"] for row in told] == [1, 2, 3, 4, 5]
