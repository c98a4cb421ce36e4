"""WeChat's 安全模式 and 兼容模式 at the callback: ``wechatpy`` speaks as the platform; attacks on the way are refused."""

import base64
import time

import pytest
from django.test import Client
from lxml import etree
from tests.hotline.open_world import OpenHotline
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from yunshu.domains.hotline.models import Ticket
from yunshu.lib.kernel import clock

APP, KEY, FOLLOWER = "wx0123456789abcdef", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "o-follower"
WORDS = "榕华大道路灯三天不亮，请维修。"


def xml(**words: str) -> str:
    root = etree.Element("xml")
    for name, value in words.items():
        etree.SubElement(root, name).text = value
    return etree.tostring(root, encoding="unicode")


def signed(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data("token", *parts)
    return signer.signature


class Platform:
    """The platform in one of its modes, speaking for somebody who follows the account."""

    def __init__(self, key: str = KEY, app: str = APP) -> None:
        self.crypto = WeChatCrypto("token", key, app)

    def sealed(self, message: str = "1", **more: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return what an address and a body hold for a message under this number."""
        words = {"ToUserName": "gh", "FromUserName": FOLLOWER, "MsgType": "text", "Content": WORDS, "MsgId": message}
        stamp, nonce = str(int(time.time())), "7"
        told = etree.fromstring(self.crypto.encrypt_message(xml(**words | more), nonce, stamp))
        asked = {"timestamp": stamp, "nonce": nonce, "signature": signed(stamp, nonce), "encrypt_type": "aes"}
        asked["msg_signature"] = told.findtext("MsgSignature")
        return asked, {"ToUserName": "gh", "Encrypt": told.findtext("Encrypt")}

    def post(self, asked: dict[str, str], body: dict[str, str]):
        return Client().post("/12345/wechat", xml(**body), "text/xml", query_params=asked)

    def heard(self, answer) -> str:
        """Return the words of a sealed answer."""
        told = etree.fromstring(answer.content)
        said = [told.findtext(name) for name in ("MsgSignature", "TimeStamp", "Nonce")]
        plain = self.crypto.decrypt_message(answer.content.decode(), *said)
        assert WORDS not in answer.content.decode()
        assert etree.fromstring(plain).findtext("ToUserName") == FOLLOWER
        return str(etree.fromstring(plain).findtext("Content"))


@pytest.fixture
def platform(db: None, settings) -> Platform:
    OpenHotline(now=clock.now())
    settings.HOTLINE_WECHAT_TOKEN, settings.HOTLINE_WECHAT_KEY, settings.HOTLINE_WECHAT_APP = "token", KEY, APP
    return Platform()


def code(answer) -> tuple[int, str]:
    assert not Ticket.objects.exists()
    return answer.status_code, answer.content.decode()


def test_sealed_words_become_a_ticket_and_the_answer_is_sealed(platform: Platform) -> None:
    said = platform.heard(platform.post(*platform.sealed()))
    row = Ticket.objects.get()
    assert (row.channel, row.source_number, row.content) == ("wechat", "1", WORDS)
    assert row.number in said
    assert row.number in platform.heard(platform.post(*platform.sealed("2", Content="查询")))


def test_beside_a_sealed_message_plain_words_are_not_believed(platform: Platform) -> None:
    asked, body = platform.sealed()
    forged = {"FromUserName": "o-other", "MsgType": "text", "Content": "伪造的一句很长的话", "MsgId": "9"}
    platform.heard(platform.post(asked, forged | body))
    assert Ticket.objects.get().content == WORDS


def test_the_address_is_checked_as_before(platform: Platform) -> None:
    asked, _ = platform.sealed()
    assert Client().get("/12345/wechat", asked | {"echostr": "hello"}).content == b"hello"


def test_a_message_is_acted_upon_once_and_answered_as_often_as_the_platform_sends(platform: Platform) -> None:
    sent = platform.sealed()
    answers = [platform.post(*sent) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]
    assert Ticket.objects.count() == 1
    assert ["查询码" in platform.heard(answer) for answer in answers[:3]] == [True, False, False]


def test_plain_words_are_refused_where_there_is_a_key(platform: Platform) -> None:
    asked, _ = platform.sealed()
    body = {"ToUserName": "gh", "FromUserName": FOLLOWER, "MsgType": "text", "Content": WORDS, "MsgId": "1"}
    status, page = code(platform.post(asked, body))
    assert (status, "只收加密" in page) == (422, True)


def changed(body: dict[str, str], place: int) -> dict[str, str]:
    secret = bytearray(base64.b64decode(body["Encrypt"]))
    secret[place] ^= 1
    return body | {"Encrypt": base64.b64encode(secret).decode()}


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_changed_byte_is_refused_before_it_is_opened(platform: Platform, place: int) -> None:
    asked, body = platform.sealed()
    assert code(platform.post(asked, changed(body, place)))[0] == 403


@pytest.mark.parametrize("place", [40, -1])
def test_even_under_a_right_signature_a_changed_byte_makes_no_ticket(platform: Platform, place: int) -> None:
    asked, body = platform.sealed()
    body = changed(body, place)
    asked["msg_signature"] = signed(asked["timestamp"], asked["nonce"], body["Encrypt"])
    assert code(platform.post(asked, body))[0] == 422


@pytest.mark.parametrize("wrong", [{"msg_signature": "x"}, {"msg_signature": ""}, {"nonce": "8"}, {"timestamp": "1"}])
def test_a_signature_of_something_else_is_refused(platform: Platform, wrong: dict[str, str]) -> None:
    asked, body = platform.sealed()
    assert code(platform.post(asked | wrong, body))[0] == 403


def test_a_stale_message_is_refused_however_well_it_is_signed(platform: Platform) -> None:
    asked, body = platform.sealed()
    asked["timestamp"] = str(int(time.time()) - 900)
    asked["signature"] = signed(asked["timestamp"], "7")
    asked["msg_signature"] = signed(asked["timestamp"], "7", body["Encrypt"])
    assert code(platform.post(asked, body))[0] == 403


def test_another_accounts_message_is_refused(platform: Platform) -> None:
    status, page = code(platform.post(*Platform(app="wx-another").sealed()))
    assert (status, "AppID" in page) == (403, True)


def test_a_message_under_another_key_is_refused(platform: Platform) -> None:
    status, page = code(platform.post(*Platform(key=KEY[::-1]).sealed()))
    assert (status, "密钥" in page) == (422, True)


def test_an_oversized_message_is_refused_unopened(platform: Platform) -> None:
    asked, body = platform.sealed(Content="长" * 40_000)
    assert code(platform.post(asked, body))[0] == 422


@pytest.mark.parametrize("wrong", [{"HOTLINE_WECHAT_KEY": KEY[:-1]}, {"HOTLINE_WECHAT_APP": ""}])
def test_a_key_that_cannot_be_used_says_so_and_keeps_it(platform: Platform, settings, wrong: dict[str, str]) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)
    status, page = code(platform.post(*platform.sealed()))
    assert (status, "AppID" in page, KEY[:-1] in page) == (404, True, False)


def test_without_a_key_the_plain_words_of_the_compatible_mode_are_read(platform: Platform, settings) -> None:
    settings.HOTLINE_WECHAT_KEY = ""
    asked, body = platform.sealed()
    assert code(platform.post(asked, body))[0] == 422
    plain = {"FromUserName": FOLLOWER, "MsgType": "text", "Content": WORDS, "MsgId": "1"}
    assert platform.post(asked, plain | body).status_code == 200
    assert Ticket.objects.get().content == WORDS
