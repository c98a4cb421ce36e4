"""One form for every channel; WeChat, 粤省事 and letters on paper become tickets, once."""

import hashlib
import threading
import time
import tomllib
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import etree
from tests.factories.directory import signed_in_client
from tests.hotline.open_world import OpenHotline

from yunshu.channels.portal import wechat
from yunshu.channels.portal.hotline import DemandForm
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline import api, gateway
from yunshu.domains.hotline.management.commands.hotline_gateway import Users, server
from yunshu.domains.hotline.models import ChannelBinding, Contact, Ticket
from yunshu.domains.hotline.rest import DemandIn
from yunshu.lib.kernel import clock
from yunshu.lib.ui.throttle import Throttle

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WORDS = "榕华大道路灯三天不亮，请维修。"


@pytest.fixture
def hotline(db: None) -> OpenHotline:
    return OpenHotline(now=clock.now())


# the form --------------------------------------------------------------------------------------------------------------


def test_portal_schema_and_interface_ask_the_same(hotline: OpenHotline) -> None:
    schema = api.demand_schema()
    form = DemandForm()
    for name, told in schema["properties"].items():
        field = form.fields[name]
        assert field.label == told["title"]
        assert field.required == (name in schema["required"])
        assert getattr(field, "max_length", None) in (None, told.get("maxLength"))
    limits = DemandIn.model_json_schema()["properties"]
    assert all(
        limits[name].get("maxLength", told.get("maxLength")) >= told.get("maxLength", 0)
        for name, told in schema["properties"].items()
        if told["type"] == "string"
    )


def test_a_program_gets_the_form_with_todays_choices(hotline: OpenHotline) -> None:
    headers = {"Authorization": f"Bearer {hotline.key}"}
    told = Client().get("/api/v1/hotline/demands/schema", headers=headers).json()
    assert told["additionalProperties"] is False
    assert {"const": "help", "title": "求助"} in told["properties"]["kind"]["oneOf"]
    assert Client().get("/api/v1/hotline/demands/schema").status_code == 401


def test_what_a_program_sends_again_under_its_number_is_the_same_demand(hotline: OpenHotline) -> None:
    words = {"kind": "help", "title": "路灯不亮", "content": "东门路灯不亮。"}
    sent = [
        {**words, "source_number": "W-1"},
        {**words, "source_number": "W-1"},
        {**words, "source_number": "W-2"},
        words,
        words,
    ]
    program = Client(headers={"Authorization": f"Bearer {hotline.key}"})
    told = [program.post("/api/v1/hotline/demands", each, "application/json").json() for each in sent]

    assert told[0] == told[1]
    assert len({answer["number"] for answer in told}) == 4
    assert Ticket.objects.filter(source_number="W-1").count() == 1


# WeChat ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def follower(hotline: OpenHotline, settings) -> "Follower":
    settings.HOTLINE_WECHAT_TOKEN = "token"
    return Follower()


class Follower:
    """The platform, speaking for somebody who follows the account."""

    name = "o-follower"

    def signed(self, age_s: int = 0) -> str:
        stamp, nonce = str(int(time.time()) - age_s), "7"
        text = "".join(sorted(["token", stamp, nonce])).encode()
        return f"signature={hashlib.sha1(text).hexdigest()}&timestamp={stamp}&nonce={nonce}&echostr=hello"

    def post(self, body: bytes, query: str = "") -> object:
        return Client().post(f"/12345/wechat?{query or self.signed()}", body, content_type="text/xml")

    def say(self, text: str, message: str = "1") -> str:
        root = etree.Element("xml")
        words = {"ToUserName": "gh", "FromUserName": self.name, "MsgType": "text", "Content": text, "MsgId": message}
        for name, value in words.items():
            etree.SubElement(root, name).text = value
        answer = etree.fromstring(self.post(etree.tostring(root)).content)
        assert answer.findtext("ToUserName") == self.name
        return str(answer.findtext("Content"))


def test_the_platform_is_answered_only_with_its_signature(follower: Follower) -> None:
    assert Client().get(f"/12345/wechat?{follower.signed()}").content == b"hello"
    assert Client().get("/12345/wechat?signature=x&timestamp=1&nonce=1&echostr=h").status_code == 403
    assert Client().get(f"/12345/wechat?{follower.signed(age_s=900)}").status_code == 403


def test_without_a_token_the_callback_is_closed(hotline: OpenHotline) -> None:
    assert Client().get("/12345/wechat?signature=x").status_code == 404


def test_words_become_a_ticket_and_are_found_again(follower: Follower) -> None:
    said = follower.say(WORDS)
    row = Ticket.objects.get()
    assert row.number in said
    assert (row.channel, row.source_number, row.content) == ("wechat", "1", WORDS)
    assert row.number in follower.say("查询", "2")
    assert follower.name not in str(list(ChannelBinding.objects.values()))


def test_a_message_sent_again_is_the_same_ticket(follower: Follower) -> None:
    first, again = follower.say(WORDS), follower.say(WORDS)
    assert Ticket.objects.count() == 1
    assert "查询码" in first
    assert "查询码" not in again


def test_a_ticket_of_somebody_else_takes_its_code(follower: Follower, hotline: OpenHotline) -> None:
    row = hotline.registered()
    assert "没有找到" in follower.say(f"{row.number} 000000")
    assert "路灯不亮" in follower.say(f"{row.number} 13812345678")


def test_short_words_get_a_hint_and_many_are_slowed(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "何时、何地" in follower.say("你好")
    monkeypatch.setattr(wechat, "FOLLOWERS", Throttle("test", 1, 60))
    follower.say(WORDS, "1")
    assert "太频繁" in follower.say(WORDS, "2")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml><Encrypt>x</Encrypt></xml>",
        b"<xml></xml>",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><FromUserName></FromUserName></xml>',
    ],
)
def test_what_is_no_message_is_refused(follower: Follower, body: bytes) -> None:
    assert follower.post(body).status_code == 422
    assert not Ticket.objects.exists()


# 粤省事 ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def users(hotline: OpenHotline, settings) -> Iterator[Users]:
    given = Users("secret", tomllib.loads(gateway.SHIPPED.read_text()))
    given.given["t1"] = ("u-1", "陈大明", "13812345678")
    serving = server(0, given)
    thread = threading.Thread(target=serving.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    settings.HOTLINE_GATEWAY_URL = f"http://127.0.0.1:{serving.server_port}"
    settings.HOTLINE_GATEWAY_SECRET, settings.HOTLINE_GATEWAY_APP = "secret", "city"
    yield given
    serving.shutdown()
    serving.server_close()


def enter(client: Client, ticket: str) -> int:
    return client.get(reverse("portal:enter"), {"ticket": ticket}).status_code


def test_a_ticket_of_the_gateway_fills_the_form_and_binds_the_demand(users: Users) -> None:
    client = Client()
    assert enter(client, "t1") == 302
    page = client.get(reverse("portal:demand")).content.decode()
    assert "陈大明" in page
    client.post(reverse("portal:demand"), {"kind": "help", "title": "路灯", "content": WORDS, "phone": "13812345678"})
    row = Ticket.objects.get()
    assert row.channel == "app"
    assert "u-1" not in str(list(ChannelBinding.objects.values()))
    users.given["t2"] = ("u-1", "陈大明", "")
    later = Client()
    enter(later, "t2")
    assert later.get(reverse("portal:ticket", args=[row.number])).status_code == 200


def test_a_ticket_opens_once_and_a_wrong_secret_never(users: Users) -> None:
    assert (enter(Client(), "t1"), enter(Client(), "t1"), enter(Client(), "none")) == (302, 403, 403)
    users.given["t3"] = ("u-3", "", "")
    users.secret = "other"
    assert enter(Client(), "t3") == 403


def test_a_gateway_that_is_away_or_not_set_up_says_so(hotline: OpenHotline, settings) -> None:
    assert enter(Client(), "t1") == 404
    settings.HOTLINE_GATEWAY_URL = "http://127.0.0.1:9"
    page = Client().get(reverse("portal:enter"), {"ticket": "t1"}, follow=True)
    assert "没有应答" in page.content.decode()


# letters ---------------------------------------------------------------------------------------------------------------


def letter(hotline: OpenHotline, **more: object) -> dict[str, object]:
    scan = SimpleUploadedFile("信.pdf", PDF, content_type="application/pdf")
    words = {"desk": hotline.bureau.code, "arrived_on": clock.city_date(hotline.now).isoformat(), "kind": "help"}
    return words | {"urgency": "normal", "title": "来信", "content": WORDS, "attachments": scan, "name": "陈某"} | more


def test_a_letter_is_registered_with_its_scan(hotline: OpenHotline) -> None:
    client = signed_in_client(Person.objects.get(pk=hotline.agent.person_id))
    answer = client.post(reverse("hotline:new_letter"), letter(hotline))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    row = Ticket.objects.get()
    assert (row.channel, row.state, Contact.objects.get(ticket=row).name) == ("letter", "registered", "陈某")
    assert "收信日期" in row.steps.last().words


@pytest.mark.parametrize("more", [{"attachments": ""}, {"arrived_on": "2999-01-01"}])
def test_a_letter_without_scan_or_from_tomorrow_is_not(hotline: OpenHotline, more: dict[str, object]) -> None:
    client = signed_in_client(Person.objects.get(pk=hotline.agent.person_id))
    assert client.post(reverse("hotline:new_letter"), letter(hotline, **more)).status_code == 422
    assert not Ticket.objects.exists()


def test_a_unit_registers_no_letters(hotline: OpenHotline) -> None:
    client = signed_in_client(Person.objects.get(pk=hotline.handler.person_id))
    assert client.get(reverse("hotline:new_letter")).status_code == 403
