"""The hotline over GeoReport v2: what is taken, what is public and what never is."""

from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jsonschema_rs
import pytest
from django.db import IntegrityError
from django.test import Client
from tests.hotline.georeport_shape import ANSWERS
from tests.hotline.open_world import OpenHotline, key_of

from yunshu.domains.hotline import public_urls
from yunshu.domains.hotline.choices import MediaState
from yunshu.domains.hotline.contracts import TICKET_VIEW
from yunshu.domains.hotline.models import Contact, OpenRequest, OpenService, Ticket
from yunshu.domains.hotline.services import opening
from yunshu.lib.crawl import Reach
from yunshu.lib.kernel import clock
from yunshu.lib.ui.throttle import Throttle

ROOT = "/open311/v2/"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def hotline(db: None) -> OpenHotline:
    return OpenHotline(now=clock.now())


@pytest.fixture
def caller() -> Client:
    return Client()


def form(hotline: OpenHotline, **more: str) -> dict[str, str]:
    words = {"api_key": hotline.key, "service_code": "0301", "lat": "23.54321", "long": "116.37654"}
    return words | {"description": "榕华大道路灯不亮，陈大明 13812345678", "attribute[danger]": "否"} | more


def filed(caller: Client, hotline: OpenHotline, **more: str) -> dict[str, str]:
    response = caller.post(f"{ROOT}requests.json", form(hotline, **more))
    assert response.status_code == 200, response.content
    return response.json()[0]


def accepted(hotline: OpenHotline, number: str) -> Ticket:
    return hotline.move(Ticket.objects.get(number=number), "accept", hotline.agent)


def read(caller: Client, number: str) -> dict[str, object]:
    return caller.get(f"{ROOT}requests/{number}.json").json()[0]


def test_every_operation_answers_in_the_published_shape(hotline: OpenHotline, caller: Client) -> None:
    number = filed(caller, hotline)["service_request_id"]
    token = filed(caller, hotline, service_code="0401", **{"attribute[danger]": ""})["token"]
    accepted(hotline, number)
    places = {
        "GET services": "services", "GET services/{service_code}": "services/0301", "GET requests": "requests",
        "GET request/{service_request_id}": f"request/{number}", "GET tokens/{token_id}": f"tokens/{token}",
    }  # fmt: skip
    for name, place in places.items():
        found = caller.get(f"{ROOT}{place}.json").json()
        rows = found if isinstance(found, list) else [found]
        assert rows, name
        for row in rows:
            jsonschema_rs.validate(ANSWERS[name], row)


def test_only_what_was_opened_is_a_service(hotline: OpenHotline, caller: Client) -> None:
    told = caller.get(f"{ROOT}services.json").json()
    assert [(row["service_code"], row["type"], row["metadata"]) for row in told] == [
        ("0301", "realtime", True),
        ("0401", "batch", False),
    ]
    assert caller.get(f"{ROOT}services/0501.json").status_code == 404


def test_the_discovery_file_names_the_city_and_the_last_change(hotline: OpenHotline, caller: Client) -> None:
    told = caller.get("/open311/discovery.json").json()
    assert "市数据局" in told["contact"]
    assert told["endpoints"][0]["url"].endswith("/open311/v2")
    assert caller.get(f"{ROOT}services.json?jurisdiction_id=445200").status_code == 200
    assert caller.get(f"{ROOT}services.json?jurisdiction_id=elsewhere").status_code == 404


def test_a_request_is_a_ticket_with_its_caller_kept_apart(hotline: OpenHotline, caller: Client) -> None:
    told = filed(caller, hotline, first_name="大明", last_name="陈", email="chen@example.com", phone="13812345678")
    row = Ticket.objects.get(number=told["service_request_id"])
    assert told["service_notice"] == "两个工作日内受理。"
    assert (row.channel, row.kind, row.state, row.lat) == ("api", "help", "received", 23.54321)
    assert row.content.endswith("是否影响通行：否")
    contact = Contact.objects.get(ticket=row)
    assert (contact.name, contact.phone, contact.email) == ("陈 大明", "13812345678", "chen@example.com")


def test_words_are_public_only_after_the_desk_has_read_them(hotline: OpenHotline, caller: Client) -> None:
    number = filed(caller, hotline)["service_request_id"]
    before = read(caller, number)
    assert (before["description"], before["lat"], before["status"]) == (None, None, "open")
    accepted(hotline, number)
    after = read(caller, number)
    assert "榕华大道路灯不亮" in str(after["description"])
    assert "13812345678" not in str(after)
    assert after["lat"] == 23.54321


def test_the_callers_own_name_is_masked_in_what_they_wrote(hotline: OpenHotline, caller: Client) -> None:
    number = filed(caller, hotline, last_name="陈大明")["service_request_id"]
    accepted(hotline, number)
    assert "陈大明" not in str(read(caller, number))


def test_a_ticket_from_the_telephone_shows_its_state_and_a_broad_place_only(
    hotline: OpenHotline, caller: Client
) -> None:
    row = hotline.registered(category="0301", street="榕华街道", address="3号楼502", lat=23.54321, lon=116.37654)
    told = read(caller, row.number)
    assert (told["description"], told["address"], told["lat"]) == (None, "榕华街道", 23.543)


@pytest.mark.parametrize(
    "more",
    [{"kind": "report"}, {"kind": "complain"}, {"is_confidential": True}, {"category": "0501"}, {"category": ""}],
)
def test_what_never_is_public_is_not_there(hotline: OpenHotline, caller: Client, more: dict[str, object]) -> None:
    row = hotline.registered(**{"category": "0301"} | more)
    assert caller.get(f"{ROOT}requests/{row.number}.json").status_code == 404
    assert caller.get(f"{ROOT}requests.json").json() == []


def test_who_is_complained_about_is_not_public(hotline: OpenHotline, caller: Client) -> None:
    row = hotline.registered(category="0301", accused=hotline.power.code)
    assert caller.get(f"{ROOT}requests/{row.number}.json").status_code == 404


def test_a_closed_ticket_shows_its_answer(hotline: OpenHotline, caller: Client) -> None:
    number = filed(caller, hotline)["service_request_id"]
    accepted(hotline, number)
    row = hotline.move(hotline.dispatch(Ticket.objects.get(number=number)), "sign")
    hotline.reply(row, words="已修复，维修工电话 13900001111。")
    hotline.review(row)
    hotline.call(row)
    hotline.close(row)
    told = read(caller, number)
    assert (told["status"], told["agency_responsible"]) == ("closed", "市城管局")
    assert told["status_notes"] == "已修复，维修工电话 139****1111。"


def test_a_token_gives_its_number_once_the_desk_accepted(hotline: OpenHotline, caller: Client) -> None:
    told = filed(caller, hotline, service_code="0401", **{"attribute[danger]": ""})
    token = told["token"]
    assert "service_request_id" not in told
    assert caller.get(f"{ROOT}tokens/{token}.json").json()[0]["service_request_id"] == ""
    number = OpenRequest.objects.get(token=token).ticket.number
    accepted(hotline, number)
    assert caller.get(f"{ROOT}tokens/{token}.json").json()[0]["service_request_id"] == number
    assert (read(caller, number)["description"], read(caller, number)["lat"]) == (None, None)


@pytest.mark.parametrize(("status", "expected"), [("open", 1), ("closed", 0), ("open,closed", 1)])
def test_lists_are_narrowed_as_asked(hotline: OpenHotline, caller: Client, status: str, expected: int) -> None:
    hotline.registered(category="0301")
    assert len(caller.get(f"{ROOT}requests.json?status={status}&service_code=0301").json()) == expected


def test_without_dates_ninety_days_are_meant(hotline: OpenHotline, caller: Client) -> None:
    hotline.now -= timedelta(days=91)
    row = hotline.registered(category="0301")
    assert caller.get(f"{ROOT}requests.json").json() == []
    assert read(caller, row.number)["service_request_id"] == row.number


@pytest.mark.parametrize("key", ["", "ys_none.none", "foreign"])
def test_a_key_that_may_not_files_nothing(hotline: OpenHotline, caller: Client, key: str) -> None:
    key = key_of(hotline.urban, TICKET_VIEW) if key == "foreign" else key
    response = caller.post(f"{ROOT}requests.json", form(hotline, api_key=key))
    assert response.status_code == 403
    assert not Ticket.objects.exists()


def test_a_key_files_so_many_an_hour(hotline: OpenHotline, caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_AN_HOUR", 1)
    filed(caller, hotline)
    response = caller.post(f"{ROOT}requests.json", form(hotline))
    assert (response.status_code, response.json()[0]["code"]) == (429, 429)


def test_an_address_asks_so_often_a_minute(
    hotline: OpenHotline, caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_urls, "ASKED", Throttle("test", 2, 60))
    answers = [caller.get(f"{ROOT}services.xml") for _n in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert b"<code>429</code>" in answers[2].content


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.png", "http://10.0.0.1/a.png", "http://[::1]/a.png", "http://localhost/"]
)
def test_a_picture_inside_this_network_is_refused_in_words(hotline: OpenHotline, caller: Client, url: str) -> None:
    response = caller.post(f"{ROOT}requests.json", form(hotline, media_url=url))
    assert response.status_code == 400
    assert "公网" in response.json()[0]["description"]


class Pictures(BaseHTTPRequestHandler):
    """Serves a picture, a page, and nothing else."""

    def do_GET(self) -> None:
        kind, body = {"/lamp.png": ("image/png", PNG), "/page": ("text/html", b"<p>x</p>")}.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        return


@pytest.mark.parametrize(
    ("path", "state", "said"),
    [
        ("lamp.png", MediaState.KEPT, "已取得"),
        ("page", MediaState.REFUSED, "没有取到"),
        ("none.png", MediaState.REFUSED, "HTTP 404"),
    ],
)
def test_a_picture_is_fetched_or_the_timeline_says_why_not(
    hotline: OpenHotline, caller: Client, path: str, state: MediaState, said: str
) -> None:
    number = filed(caller, hotline, media_url=f"http://photo.example/{path}")["service_request_id"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        Thread(target=partial(server.serve_forever, 0.05), daemon=True).start()
        reach = Reach(placed={"photo.example": ("127.0.0.1", server.server_port)})
        assert opening.fetch_media(number, hotline.now, reach) == state
        assert opening.fetch_media(number, hotline.now, reach) is None
        server.shutdown()
    step = Ticket.objects.get(number=number).steps.last()
    assert step is not None
    assert said in step.words


def test_a_name_that_leads_inside_is_not_fetched(hotline: OpenHotline, caller: Client) -> None:
    async def inside(_name: str) -> list[str]:
        return ["127.0.0.1"]

    number = filed(caller, hotline, media_url="http://rebind.example/lamp.png")["service_request_id"]
    assert opening.fetch_media(number, hotline.now, Reach(lookup=inside)) == MediaState.REFUSED
    assert OpenRequest.objects.get(ticket__number=number).media_words == "address_refused"


def test_complaints_cannot_be_opened(hotline: OpenHotline) -> None:
    with pytest.raises(IntegrityError, match="hotline_open_service_kind"):
        OpenService.objects.create(code="bad", category=hotline.secret, kind="report")
