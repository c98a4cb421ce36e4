"""12345 on WeChat: the official account's message callback; a follower's words become a ticket, or find one.

Source: 微信公众平台 · 接入指南 and 接收普通消息 [R]: signature = SHA-1 over token, timestamp and nonce in their order; the platform sends a
message up to three times until it is answered within five seconds. With a key (安全模式, 兼容模式) only what is sealed is believed:
the plain fields of 兼容模式 are covered by no signature. Without one, plain messages are read (decision 0046).
"""

import re
import secrets
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from lxml import etree

from yunshu.domains.directory.contracts import Anonymous
from yunshu.domains.hotline import api as hotline
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, YunshuError
from yunshu.lib.ui.access import public
from yunshu.lib.ui.throttle import Throttle
from yunshu.lib.wechat import EnvelopeError, is_signed, opened, read_keys, sealed, signature

CHANNEL = "wechat"
MOST_BYTES, MOST_CHARACTERS, FEWEST = 64 << 10, 2000, 8
OLDEST_S = 300
ASK = re.compile(r"(RX\d{8}-[2-9A-HJ-NP-Z]{8})\s+(\S{4,20})")
UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2)."""
FOLLOWERS = Throttle("hotline-wechat", 20, 3600)
"""How often a follower may file or look up in an hour; ours."""
DELIVERIES = Throttle("hotline-wechat-message", 3, 2 * OLDEST_S)
"""How often one message is answered: as often as the platform sends it. It is acted upon once; more is a replay."""


@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest) -> HttpResponse:
    """Answer the platform's check of the address, or a message.

    Raises NotFound (``channel_closed``, ``channel_misconfigured``), NotPermitted, Refused, Conflict (``message_repeated``).
    """
    if not settings.HOTLINE_WECHAT_TOKEN:
        raise NotFound("channel_closed", _("本市还没有接入微信公众号。"))
    _require_signed(request.GET)
    if request.method == "GET":
        return HttpResponse(request.GET.get("echostr", "")[:200], content_type="text/plain; charset=utf-8")
    keys = _keys()
    words = _unsealed(request.body, request.GET, keys) if keys else _message(request.body)
    _require_once(words)
    reply = _reply(words, _answer(words))
    return HttpResponse(_sealed(reply, keys[0]) if keys else reply, content_type="application/xml; charset=utf-8")


def _require_signed(asked: Mapping[str, str]) -> None:
    stamp, nonce = asked.get("timestamp", ""), asked.get("nonce", "")
    fresh = stamp.isascii() and stamp.isdecimal() and abs(clock.now().timestamp() - int(stamp[:12])) < OLDEST_S
    if not is_signed(asked.get("signature", ""), settings.HOTLINE_WECHAT_TOKEN, stamp, nonce) or not fresh:
        raise NotPermitted("signature_wrong", _("微信消息的签名不对或已过时。"))


def _keys() -> tuple[bytes, ...]:
    if not settings.HOTLINE_WECHAT_KEY:
        return ()
    try:
        keys = read_keys(settings.HOTLINE_WECHAT_KEY)
    except EnvelopeError:
        keys = ()
    if not keys or not settings.HOTLINE_WECHAT_APP:
        said = _("微信公众号没有设好：消息加解密密钥应为 43 位字母数字，并须填写 AppID。请管理员检查设置。")
        raise NotFound("channel_misconfigured", said)
    return keys


def _unsealed(body: bytes, asked: Mapping[str, str], keys: tuple[bytes, ...]) -> dict[str, str]:
    secret = _fields(body).get("Encrypt", "")
    if not secret:
        raise Refused("message_not_encrypted", _("本公众号只收加密的消息，请在公众平台选安全模式或兼容模式。"))
    parts = (asked.get("timestamp", ""), asked.get("nonce", ""), secret)
    if not is_signed(asked.get("msg_signature", ""), settings.HOTLINE_WECHAT_TOKEN, *parts):
        raise NotPermitted("signature_wrong", _("微信消息的签名不对或已过时。"))
    try:
        return _message(opened(secret, keys, settings.HOTLINE_WECHAT_APP))
    except EnvelopeError as error:
        if error.code == "app_wrong":
            raise NotPermitted("app_wrong", _("这条微信消息不是发给本公众号的，请核对 AppID。")) from None
        raise Refused("message_undecipherable", _("微信消息解不开，请核对消息加解密密钥。")) from None


def _message(body: bytes) -> dict[str, str]:
    words = _fields(body)
    if not words.get("FromUserName") and words.get("Encrypt"):
        raise Refused(
            "message_encrypted", _("收到加密的微信消息，但没有设密钥：请填写消息加解密密钥，或改用明文模式。")
        )
    if not words.get("FromUserName") or (words.get("MsgType") == "text" and not words.get("MsgId")):
        raise Refused("message_malformed", _("微信消息读不出来。"))
    return words


def _fields(body: bytes) -> dict[str, str]:
    if len(body) > MOST_BYTES:
        raise Refused("message_too_long", _("微信消息太长。"))
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise Refused("message_malformed", _("微信消息读不出来。")) from error
    return {str(each.tag): (each.text or "").replace("\0", "").strip() for each in root}


def _require_once(words: Mapping[str, str]) -> None:
    name = words.get("MsgId") or f"{words.get('CreateTime', '')}{words.get('Event', '')}"
    if not DELIVERIES.count(f"{hotline.subject_of(CHANNEL, words['FromUserName'])}:{name}"):
        raise Conflict("message_repeated", _("这条微信消息已经处理过。"))


def _answer(words: Mapping[str, str]) -> str:
    kind, text = words.get("MsgType", ""), words.get("Content", "")[:MOST_CHARACTERS]
    subject = hotline.subject_of(CHANNEL, words["FromUserName"])
    if kind != "text":
        return _hint()
    if not FOLLOWERS.count(subject):
        return _("您发得太频繁了，请过一会儿再来，或拨打 12345。")
    user = hotline.ChannelUser(channel=CHANNEL, subject=subject)
    try:
        if found := ASK.fullmatch(text.upper()):
            return _told(hotline.look_up(found[1], found[2]))
        if text.lower() in ("查询", "进度", "我的诉求", "query"):
            return "\n\n".join(map(_told, hotline.numbers_of(user)[:5])) or _("您还没有通过微信提交过诉求。")
        return _filed(user, text, words.get("MsgId", "")) if len(text) >= FEWEST else _hint()
    except YunshuError as error:
        return error.message or _hint()


def _filed(user: hotline.ChannelUser, text: str, message: str) -> str:
    spec = hotline.TicketSpec(
        kind="help", title=text.splitlines()[0][:100], content=text, channel=CHANNEL, source_number=message[:60]
    )
    number, code = hotline.file_for(by=Anonymous(), user=user, spec=spec, now=clock.now())
    if not code:
        return _told(number)
    return _("已收到。编号 %(n)s，查询码 %(code)s。发“查询”看进度；要留电话、传照片，请打开 12345 诉求页面。") % {
        "n": number,
        "code": code,
    }


def _told(number: str) -> str:
    card = hotline.ticket_card(number)
    lines = [f"{card.number} {card.title}", card.state_name, card.answer]
    return "\n".join(line for line in lines if line)[:MOST_CHARACTERS]


def _hint() -> str:
    return _(
        "请用一两句话写明何时、何地、何事、要求，发送即登记；发“查询”看进度；发“编号 查询码”查其他诉求。急事请拨 12345。"
    )


def _reply(words: Mapping[str, str], said: str) -> bytes:
    root = etree.Element("xml")
    told = {
        "ToUserName": words["FromUserName"],
        "FromUserName": words.get("ToUserName", ""),
        "CreateTime": str(int(clock.now().timestamp())),
        "MsgType": "text",
        "Content": said,
    }
    for name, value in told.items():
        etree.SubElement(root, name).text = UNFIT.sub("", value)
    return _written(root)


def _sealed(reply: bytes, key: bytes) -> bytes:
    secret = sealed(reply, key, settings.HOTLINE_WECHAT_APP)
    stamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(8)
    root = etree.Element("xml")
    told = {
        "Encrypt": secret,
        "MsgSignature": signature(settings.HOTLINE_WECHAT_TOKEN, stamp, nonce, secret),
        "TimeStamp": stamp,
        "Nonce": nonce,
    }
    for name, value in told.items():
        etree.SubElement(root, name).text = value
    return _written(root)


def _written(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, encoding="UTF-8")
    return written
