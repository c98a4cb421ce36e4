"""``Switch``: calls of one person outside and telephones on our side (a back-to-back user agent). Runs in sippy's thread.

Every telephone has a dialog of its own with us and its sound in the call's room: holding, transfer and three-party calls change who is in the
room and who hears whom, never a dialog.
"""

import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventRedirect,
    CCEventRing,
    CCEventTry,
    CCEventUpdate,
)

from yunshu.lib.cti import events as ev
from yunshu.lib.cti.provider import demand_number, no_call, shown, wrong_state
from yunshu.lib.cti.sip import sdp
from yunshu.lib.cti.sip.legs import Leg, RtpSockets, new_ua
from yunshu.lib.cti.sip.rooms import Rooms, read_wav
from yunshu.lib.cti.sip.settings import SipSettings
from yunshu.lib.cti.sip.stack import build
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

_REASONS = {486: "busy", 600: "busy", 480: "no_answer", 603: "declined", 487: "stopped"}
Post = Callable[..., object]
"""Runs a function of the rooms in their thread."""


@dataclass(slots=True)
class Call:
    """``legs`` are our telephones, by address."""

    id: str
    outside: Leg | None = None
    number: str = ""
    caller: str = ""
    legs: dict[str, Leg] = field(default_factory=dict)
    held: bool = False
    recording: Path | None = None
    giver: str = ""

    def speaking(self) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.up]


class Switch:
    """``tell`` sends a line to the provider; ``post`` runs something in the rooms' thread."""

    def __init__(self, settings: SipSettings, rooms: Rooms, post: Post, tell: Callable[[dict[str, Any]], None]) -> None:
        self._settings, self._rooms, self._post, self._tell = settings, rooms, post, tell
        self._sockets = RtpSockets(settings)
        self._calls: dict[str, Call] = {}
        self._config = build(settings, self._received)

    # from outside

    def _received(self, request: Any, transaction: Any) -> Any:
        """Answer a request that belongs to no dialog."""
        if request.getHFBody("to").getTag() is not None:
            return (request.genResponse(481, "Call Leg/Transaction Does Not Exist"), None, None)
        if request.getMethod() == "OPTIONS":
            return (request.genResponse(200, "OK"), None, None)
        if request.getMethod() != "INVITE":
            return (request.genResponse(405, "Method Not Allowed"), None, None)
        call = Call(f"sip-{secrets.token_hex(8)}")
        ua = new_ua(self._config, self._settings, lambda event, _: self._outside(call, event))
        call.outside = Leg(secrets.token_hex(4), call.id, "", "outside", ua, self._settings.address)
        return ua.recvRequest(request, transaction)

    def _outside(self, call: Call, event: Any) -> None:
        """Hear the person outside."""
        leg = call.outside
        if leg is None or leg.over:
            return
        if isinstance(event, CCEventTry):
            self._offered(call, leg, event)
        elif isinstance(event, CCEventUpdate):
            self._hear(leg, event.getData())
            leg.agree()
        elif isinstance(event, CCEventConnect):
            self._outside_up(call, leg, event.getData()[2])
        elif isinstance(event, CCEventDisconnect | CCEventFail | CCEventRedirect):
            leg.over = True
            self._end(call, "caller" if leg.up or leg.purpose == "outside" else "failed")

    def _offered(self, call: Call, leg: Leg, event: Any) -> None:
        _, caller, called, body, _, _ = event.getData()
        leg.remote = sdp.read(str(body)) if body is not None else None
        if leg.remote and leg.remote.codec is None:
            leg.bye(488, "Not Acceptable Here")
            return
        self._calls[call.id] = call
        call.caller = caller or ""
        leg.alert()
        self._say(ev.Offered(call=call.id, at=clock.now(), caller=caller or "", called=called or ""), leg)

    def _outside_up(self, call: Call, leg: Leg, body: Any) -> None:
        """The person outside has answered what we dialled, or sent the description that was still missing."""
        self._hear(leg, body)
        if leg.purpose == "originate" and not leg.up:
            leg.up = True
            [party, *_] = call.speaking()
            self._say(ev.Answered(call=call.id, at=clock.now(), party=party.party), leg)

    # our telephones

    def _invite(self, call: Call, party: str, purpose: str) -> None:
        """Ring a telephone of ours. Raises Refused ``party_malformed``, or if it is in the call already."""
        if party in call.legs:
            raise wrong_state("该话机已在通话中或正在振铃。")
        user, host, port = _address_of(party)
        ua = new_ua(self._config, self._settings, lambda event, _: self._heard(call, leg, event), (host, port))
        leg = Leg(secrets.token_hex(4), call.id, party, purpose, ua, self._settings.address)
        self._enter(leg)
        call.legs[party] = leg
        caller = shown(call.number or call.caller, self._settings.display)
        leg.invite(caller, caller, user)
        self._note(leg)

    def _heard(self, call: Call, leg: Leg, event: Any) -> None:
        """Hear one of our telephones."""
        if leg.over:
            return
        if isinstance(event, CCEventRing):
            if event.getData()[0] > 100 and not leg.rang:
                leg.rang = True
                self._say(ev.Ringing(call=call.id, at=clock.now(), party=leg.party), leg)
        elif isinstance(event, CCEventUpdate):
            self._hear(leg, event.getData())
            leg.agree()
        elif isinstance(event, CCEventConnect):
            self._picked_up(call, leg, event.getData()[2])
        elif isinstance(event, CCEventDisconnect | CCEventFail | CCEventRedirect):
            leg.over = True
            self._hung_up(call, leg, event)

    def _picked_up(self, call: Call, leg: Leg, body: Any) -> None:
        if leg.up:
            return
        leg.up = True
        self._hear(leg, body)
        if leg.purpose == "originate":
            self._note(leg)
            self._dial(call)
            return
        if call.outside and not call.outside.up:
            self._open(call.outside)
        self._say(self._taken(call, leg), leg)

    def _taken(self, call: Call, leg: Leg) -> ev.CallEvent:
        """Return what it means that a telephone was picked up; a transfer lets the others go."""
        if leg.purpose == "conference":
            return ev.Joined(call=call.id, at=clock.now(), party=leg.party)
        if leg.purpose == "transfer":
            others = [other for other in call.speaking() if other is not leg]
            giver = others[0].party if others else call.giver
            for other in others:
                self._let_go(call, other)
            return ev.Transferred(call=call.id, at=clock.now(), giver=giver, party=leg.party)
        return ev.Answered(call=call.id, at=clock.now(), party=leg.party)

    def _hung_up(self, call: Call, leg: Leg, event: Any) -> None:
        """One of our telephones is gone: it did not answer, it left, or the call is over with it."""
        self._let_go(call, leg)
        if not leg.up:
            reason = self._reason(leg, event)
            self._say(ev.Unanswered(call=call.id, at=clock.now(), party=leg.party, reason=reason), leg)
            if leg.purpose == "originate":
                self._end(call, "failed")
            elif call.giver and not call.legs:
                giver, call.giver = call.giver, ""
                self._say(ev.Left(call=call.id, at=clock.now(), party=giver))
        elif call.speaking():
            self._say(ev.Left(call=call.id, at=clock.now(), party=leg.party))
        elif any(other.purpose == "transfer" for other in call.legs.values()):
            call.giver = leg.party
        else:
            self._end(call, "party")

    def _reason(self, leg: Leg, event: Any) -> str:
        data = event.getData()
        code = data[0] if isinstance(event, CCEventFail) and data else 0
        if code == 408:
            return "no_answer" if leg.rang else "unreachable"
        return _REASONS.get(code, "unreachable")

    # commands

    def answer(self, call: str) -> None:
        """Pick up for the person outside."""
        leg = self._outside_of(call)
        if not leg.up:
            self._open(leg)

    def ring(self, call: str, party: str) -> None:
        """Ring a telephone."""
        if any(leg.up for leg in self._call(call).legs.values()):
            raise wrong_state("来电已经接通，请使用转接或三方通话。")
        self._invite(self._call(call), party, "ring")

    def stop_ringing(self, call: str, party: str) -> None:
        """Ring it no longer; a telephone that was picked up meanwhile stays."""
        found = self._call(call)
        leg = found.legs.get(party)
        if leg and not leg.up:
            leg.bye()
            self._let_go(found, leg)
            self._say(ev.Unanswered(call=call, at=clock.now(), party=party, reason="stopped"), leg)

    def hold(self, call: str) -> None:
        """Let the person outside hear nobody."""
        self._set_held(call, held=True)
        self._say(ev.Held(call=call, at=clock.now()))

    def resume(self, call: str) -> None:
        """Let them speak again."""
        self._set_held(call, held=False)
        self._say(ev.Resumed(call=call, at=clock.now()))

    def _set_held(self, call: str, *, held: bool) -> None:
        found = self._spoken(call)
        if found.held == held:
            raise wrong_state("通话已处于保持状态。" if held else "通话未处于保持状态。")
        found.held = held
        self._post(lambda: setattr(self._rooms.room(call), "held", held))

    def transfer(self, call: str, party: str) -> None:
        """Ring somebody who is to take the call over."""
        self._invite(self._spoken(call), party, "transfer")

    def conference(self, call: str, party: str) -> None:
        """Ring somebody who is to speak with them."""
        self._invite(self._spoken(call), party, "conference")

    def drop(self, call: str, party: str) -> None:
        """Let one telephone go."""
        found = self._call(call)
        leg = found.legs.get(party)
        if leg is None or not leg.up:
            raise wrong_state("该话机不在通话中。")
        self._let_go(found, leg)
        self._say(ev.Left(call=call, at=clock.now(), party=party), leg)

    def record(self, call: str) -> None:
        """Record until the end."""
        found = self._call(call)
        if not self._settings.recordings:
            raise Refused("recording_off", "未设置录音目录，不能录音。")
        if found.recording is None:
            found.recording = Path(self._settings.recordings) / f"{call}.pcm"
            self._post(lambda: self._rooms.room(call).record(Path(self._settings.recordings) / f"{call}.pcm"))

    def play(self, call: str, prompt: str) -> None:
        """Let the person outside hear a sound."""
        path = Path(self._settings.prompts) / f"{prompt}.wav"
        if not prompt.replace("-", "").replace("_", "").isalnum() or not self._settings.prompts or not path.is_file():
            raise Refused("prompt_not_found", f"没有名为 {prompt} 的提示音。")
        if not self._outside_of(call).up:
            raise wrong_state("来电尚未接听，不能播放提示音。")
        samples = read_wav(path)
        self._post(lambda: self._rooms.room(call).play(samples))

    def originate(self, call: str, party: str, number: str) -> None:
        """Ring a telephone of ours, then dial."""
        demand_number(number)
        if call in self._calls:
            raise wrong_state("通话编号已被使用。")
        if not self._settings.trunk:
            raise Refused("trunk_missing", "未设置中继线路，不能外呼。")
        self._calls[call] = Call(call, number=number)
        try:
            self._invite(self._calls[call], party, "originate")
        except Refused:
            del self._calls[call]
            raise

    def _dial(self, call: Call) -> None:
        host, _, port = self._settings.trunk.partition(":")
        ua = new_ua(
            self._config, self._settings, lambda event, _: self._outside(call, event), (host, int(port or 5060))
        )
        if self._settings.trunk_user:
            ua.username, ua.password = self._settings.trunk_user, self._settings.trunk_password
        call.outside = leg = Leg(secrets.token_hex(4), call.id, "", "originate", ua, self._settings.address)
        self._enter(leg)
        leg.invite(self._settings.display, self._settings.display, call.number)

    def hang_up(self, call: str) -> None:
        """End it for everybody."""
        self._end(self._call(call), "command")

    def bury(self, farewells: list[dict[str, Any]]) -> None:
        """End the dialogs of a process that died."""
        for one in farewells:
            self._config["_sip_tm"].bury(one["kind"], one["text"], one["host"], one["port"])

    def end_all(self) -> None:
        """Hang up everything: the process is about to end."""
        for call in list(self._calls.values()):
            self._end(call, "command")

    # inside

    def _call(self, call: str) -> Call:
        if call not in self._calls:
            raise no_call(call)
        return self._calls[call]

    def _outside_of(self, call: str) -> Leg:
        leg = self._call(call).outside
        if leg is None:
            raise wrong_state("对方尚未接入通话。")
        return leg

    def _spoken(self, call: str) -> Call:
        found = self._call(call)
        if not found.speaking() or found.outside is None or not found.outside.up:
            raise wrong_state("来电尚未接通。")
        return found

    def _open(self, leg: Leg) -> None:
        """Answer the person outside, with sound."""
        self._enter(leg)
        self._aim(leg)
        leg.pick_up()
        self._note(leg)

    def _enter(self, leg: Leg) -> None:
        sock: socket.socket = self._sockets.take()
        leg.sock, leg.port = sock, sock.getsockname()[1]
        self._post(partial(self._rooms.enter, leg.call, leg.id, sock, outside=not leg.party))

    def _hear(self, leg: Leg, body: Any) -> None:
        """Take the other side's description."""
        if body is not None:
            leg.remote = sdp.read(str(body))
            self._aim(leg)

    def _aim(self, leg: Leg) -> None:
        there = leg.remote
        if there and there.codec is not None and leg.sock:
            self._post(self._rooms.towards, leg.call, leg.id, there.host, there.port, there.codec)

    def _let_go(self, call: Call, leg: Leg) -> None:
        leg.bye()
        call.legs.pop(leg.party, None)
        self._post(self._rooms.leave, leg.call, leg.id)
        self._note(leg)

    def _end(self, call: Call, reason: str) -> None:
        if self._calls.pop(call.id, None) is None:
            return
        for leg in list(call.legs.values()):
            self._let_go(call, leg)
        if call.outside:
            call.outside.bye()
            self._note(call.outside)
        self._say(ev.Ended(call=call.id, at=clock.now(), reason=reason))
        self._post(self._close_room, call)

    def _close_room(self, call: Call) -> None:
        """End the room (in its thread); what was recorded is complete then."""
        self._rooms.close(call.id)
        if call.recording and call.recording.exists():
            seconds = call.recording.stat().st_size / 16_000
            reference = str(call.recording)
            self._say(ev.Recorded(call=call.id, at=clock.now(), reference=reference, seconds=seconds))

    def _say(self, event: ev.CallEvent, leg: Leg | None = None) -> None:
        self._tell({"event": ev.to_json(event)})
        if leg:
            self._note(leg)

    def _note(self, leg: Leg) -> None:
        """Leave the provider what ends this dialog, should we die."""
        if leg.write_farewell():
            self._tell({"leg": leg.id, "call": leg.call, "farewell": leg.farewell})


def _address_of(party: str) -> tuple[str, str, int]:
    """Return user, host and port of ``sip:user@host:port``."""
    scheme, _, rest = party.partition(":")
    user, at, place = rest.partition("@")
    host, _, port = place.partition(":")
    if scheme != "sip" or not (user and at and host) or not (port or "5060").isdigit():
        raise Refused("party_malformed", f"话机地址 {party} 格式不符，应为 sip:号码@主机:端口。")
    return user, host, int(port or 5060)
