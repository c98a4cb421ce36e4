"""One telephone in a call: a dialog of sippy's, a port of sound, and what is said at its grave."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sippy.CCEvents import CCEventConnect, CCEventDisconnect, CCEventFail, CCEventPreConnect, CCEventRing, CCEventTry
from sippy.MsgBody import MsgBody
from sippy.UA import UA

from yunshu.lib.cti.sip import sdp
from yunshu.lib.cti.sip.g711 import PCMA, PCMU
from yunshu.lib.cti.sip.settings import SipSettings
from yunshu.lib.kernel.errors import Unavailable

CSEQ_AHEAD = 1000
"""A farewell is written when a dialog begins; its number must be above that of all requests until then."""


class RtpSockets:
    """Even ports of a range, one after the other."""

    def __init__(self, settings: SipSettings) -> None:
        self._address, self._from, self._to = settings.address, settings.rtp_from, settings.rtp_to
        self._next = self._from

    def take(self) -> socket.socket:
        """Return a bound socket. Raises Unavailable ``no_port`` if all are taken."""
        for _ in range(self._from, self._to, 2):
            port, self._next = self._next, self._next + 2
            if self._next >= self._to:
                self._next = self._from
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.settimeout(0)
            try:
                sock.bind((self._address, port))
            except OSError:
                sock.close()
                continue
            return sock
        raise Unavailable("no_port", "话音端口已用尽，请稍后再试或扩大端口范围。")


@dataclass(slots=True)
class Leg:
    """``party`` is its address; empty is the person outside. ``purpose``: ``outside``, ``ring``, ``transfer``, ``conference``, ``originate``."""

    id: str
    call: str
    party: str
    purpose: str
    ua: Any
    host: str
    sock: socket.socket | None = None
    port: int = 0
    rang: bool = False
    up: bool = False
    over: bool = False
    remote: sdp.Sound | None = None
    waits_for_ack: bool = False
    versions: int = 0
    farewell: dict[str, Any] = field(default_factory=dict)

    def body(self, codecs: tuple[int, ...], answers: str = "sendrecv") -> Any:
        """Return a description of ours as sippy sends it."""
        self.versions += 1
        return MsgBody(sdp.write(self.host, self.port, codecs, number=self.versions, answers=answers))

    def answer_body(self) -> Any:
        """Return the answer to what the telephone offered last; an offer if it made none."""
        if self.remote is None or self.remote.codec is None:
            return self.body((PCMA, PCMU))
        return self.body((self.remote.codec,), self.remote.direction)

    def invite(self, caller: str, display: str, number: str) -> None:
        """Ring the telephone."""
        self.ua.recvEvent(CCEventTry((None, caller, number, self.body((PCMA, PCMU)), None, display)))

    def alert(self) -> None:
        """Say that it rings."""
        self.ua.recvEvent(CCEventRing((180, "Ringing", None)))

    def pick_up(self) -> None:
        """Answer the telephone that called."""
        self.up = True
        self.waits_for_ack = self.remote is None
        event = CCEventPreConnect if self.waits_for_ack else CCEventConnect
        self.ua.recvEvent(event((200, "OK", self.answer_body())))

    def agree(self) -> None:
        """Answer an offer in the middle of a call (hold at the telephone, session refresh)."""
        self.ua.recvEvent(CCEventConnect((200, "OK", self.answer_body())))

    def bye(self, code: int = 480, reason: str = "Temporarily Unavailable") -> None:
        """Hang up: BYE, CANCEL, or a refusal where it was not answered yet."""
        if not self.over:
            self.over = True
            self.ua.recvEvent(CCEventDisconnect() if self.up or self.party else CCEventFail((code, reason)))

    def write_farewell(self) -> bool:
        """Write what would end this dialog if the process died now; return whether that changed."""
        before, self.farewell = self.farewell, {} if self.over else self._farewell()
        return before != self.farewell

    def _farewell(self) -> dict[str, Any]:
        if self.up:
            return self._bye_text()
        if self.party and self.ua.tr is not None and self.ua.tr.cancel is not None:
            return _said("request", self.ua.tr.cancel, self.ua.tr.userv, self.ua.tr.address)
        if not self.party and self.ua.uasResp is not None:
            response = self.ua.uasResp.getCopy()
            response.setSCode(480, "Temporarily Unavailable")
            server = self.ua.global_config["_sip_tm"].l4r.getServer(self.ua.rAddr[0])
            return _said("response", response, server, response.getHFBody("via").getTAddr())
        return {}

    def _bye_text(self) -> dict[str, Any]:
        if self.farewell.get("up"):
            return self.farewell
        self.ua.lCSeq += CSEQ_AHEAD
        request = self.ua.genRequest("BYE")
        self.ua.lCSeq -= CSEQ_AHEAD + 1
        address = request.getTarget()[0]
        server = self.ua.global_config["_sip_tm"].l4r.getServer(address)
        return {**_said("request", request, server, address), "up": True}


def _said(kind: str, message: Any, server: Any, address: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "text": message.localStr(server.getSIPaddr()),
        "host": str(address[0]),
        "port": int(address[1]),
    }


def new_ua(config: dict[str, Any], settings: SipSettings, heard: Callable[[Any, Any], None], to: Any = None) -> Any:
    """Return a dialog that tells ``heard`` what happens; ``to`` is (host, port) of whom it calls."""
    ua = UA(config, event_cb=heard, nh_address=to)
    ua.kaInterval = settings.keepalive_s
    return ua
