"""``Switchboard``: what is the same for every switch that offers channels and rooms to put them in (Asterisk, FreeSWITCH, the one in memory).

It knows who is in which call; a switch supplies a few primitives and says what happens to its channels. A call's number is that of the
outside person's channel.
"""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from yunshu.lib.cti import events as ev
from yunshu.lib.cti.provider import Ability, demand_number, no_call, unable, wrong_state
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError

OURS_PREFIX = "yunshu-"
"""What the names of channels to our telephones begin with."""


@dataclass(slots=True)
class Leg:
    """One of our telephones in a call. ``purpose`` as the command that rang it."""

    channel: str
    party: str
    purpose: str
    rang: bool = False
    up: bool = False


@dataclass(slots=True)
class Call:
    """``open``: the outside person was answered; ``joined``: is in the room with ours."""

    id: str
    number: str = ""
    caller: str = ""
    legs: dict[str, Leg] = field(default_factory=dict)
    outgoing: bool = False
    open: bool = False
    joined: bool = False
    held: bool = False
    recording: bool = False
    giver: str = ""

    def speaking(self) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.up]

    def leg_of(self, channel: str) -> Leg | None:
        return next((leg for leg in self.legs.values() if leg.channel == channel), None)


class Switchboard(ABC):
    """A ``CtiProvider`` on primitives. Inputs (``arrived`` …) come from one task, in order."""

    abilities = frozenset(Ability)

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._events: asyncio.Queue[ev.CallEvent] = asyncio.Queue()

    async def events(self) -> AsyncIterator[ev.CallEvent]:
        """Return what happens, without an end."""
        while True:
            yield await self._events.get()

    # what a switch does

    @abstractmethod
    async def _dial(self, call: Call, channel: str, party: str) -> None:
        """Ring a telephone on a new channel."""

    @abstractmethod
    async def _dial_out(self, call: Call) -> None:
        """Dial ``call.number`` on a new channel, named as the call."""

    @abstractmethod
    async def _answer(self, channel: str) -> None:
        """Answer a channel."""

    @abstractmethod
    async def _enter(self, call: Call, channel: str) -> None:
        """Put a channel into the call's room, which is made for the first."""

    @abstractmethod
    async def _set_held(self, call: Call, *, held: bool) -> None:
        """Take the outside person out of the room (with music), or back in."""

    @abstractmethod
    async def _cut(self, channel: str) -> None:
        """Hang a channel up; one that is gone is no error."""

    @abstractmethod
    async def _close(self, call: Call) -> None:
        """Remove the call's room."""

    @abstractmethod
    async def _record(self, call: Call) -> None:
        """Record the call's room to its end."""

    @abstractmethod
    async def _play(self, call: Call, prompt: str) -> None:
        """Let the outside person hear a sound."""

    # what happens

    def arrived(self, channel: str, *, caller: str, called: str) -> None:
        """Somebody calls; twice the same is once."""
        if channel in self._calls:
            return
        self._calls[channel] = Call(channel, caller=caller)
        self._say(ev.Offered(call=channel, at=clock.now(), caller=caller, called=called))

    def rang(self, channel: str) -> None:
        """A telephone rings."""
        call, leg = self._find(channel)
        if call and leg and not leg.rang:
            leg.rang = True
            self._say(ev.Ringing(call=call.id, at=clock.now(), party=leg.party))

    async def picked_up(self, channel: str) -> None:
        """A telephone was answered: ours, or the one we dialled outside."""
        call, leg = self._find(channel)
        if call is None:
            await self._cut(channel)  # answered in the moment in which it was to stop ringing
        elif leg is None:
            await self._outside_up(call)
        elif not leg.up:
            leg.up = True
            if leg.purpose == "originate":
                await self._dial_out(call)
            else:
                await self._taken(call, leg)

    async def gone(self, channel: str, reason: str) -> None:
        """A channel is over. ``reason`` as in Unanswered, if it was never answered."""
        call, leg = self._find(channel)
        if call is None:
            return
        if leg is None:
            await self._end(call, "failed" if call.outgoing and not call.open else "caller")
            return
        del call.legs[leg.party]
        if leg.up:
            await self._left(call, leg)
            return
        self._say(ev.Unanswered(call=call.id, at=clock.now(), party=leg.party, reason=reason))
        if leg.purpose == "originate":
            await self._end(call, "failed")
        elif call.giver and not call.legs:
            giver, call.giver = call.giver, ""
            self._say(ev.Left(call=call.id, at=clock.now(), party=giver))

    def lost(self) -> None:
        """The switch is gone, and all calls with it."""
        for call in self._calls:
            self._say(ev.Ended(call=call, at=clock.now(), reason="lost"))
        self._calls.clear()

    async def caught_up(self, present: Mapping[str, bool]) -> None:
        """The switch was out of sight and is back: ``present`` are its channels, and whether each is answered.

        What follows is settled before anything is awaited: a telephone that is rung meanwhile is not in ``present``.
        """
        ended, gone, answered = list[Call](), list[str](), list[str]()
        for call in self._calls.values():
            dialling = call.outgoing and not call.open
            if call.id not in present and not (dialling and call.legs):
                ended.append(call)
                continue
            gone += [leg.channel for leg in call.legs.values() if leg.channel not in present]
            answered += [leg.channel for leg in call.legs.values() if present.get(leg.channel) and not leg.up]
            answered += [call.id] if dialling and present.get(call.id) else []
        for call in ended:
            await self._end(call, "lost")
        for channel in gone:
            await self.gone(channel, "unreachable")
        for channel in answered:
            await self.picked_up(channel)

    # commands

    async def answer(self, call: str) -> None:
        """接听。"""
        found = self._call(call)
        if not found.open:
            await self._answer(found.id)
            found.open = True

    async def ring(self, call: str, party: str) -> None:
        """振铃。"""
        if self._call(call).speaking():
            raise wrong_state("来电已经接通，请使用转接或三方通话。")
        await self._invite(self._call(call), party, "ring")

    async def stop_ringing(self, call: str, party: str) -> None:
        """停止振铃。"""
        found = self._call(call)
        leg = found.legs.get(party)
        if leg and not leg.up:
            del found.legs[party]
            self._say(ev.Unanswered(call=call, at=clock.now(), party=party, reason="stopped"))
            await self._cut(leg.channel)

    async def hold(self, call: str) -> None:
        """保持。"""
        await self._hold(call, held=True)
        self._say(ev.Held(call=call, at=clock.now()))

    async def resume(self, call: str) -> None:
        """恢复通话。"""
        await self._hold(call, held=False)
        self._say(ev.Resumed(call=call, at=clock.now()))

    async def transfer(self, call: str, party: str) -> None:
        """转接。"""
        await self._invite(self._spoken(call), party, "transfer")

    async def conference(self, call: str, party: str) -> None:
        """三方通话。"""
        await self._invite(self._spoken(call), party, "conference")

    async def drop(self, call: str, party: str) -> None:
        """Let one telephone go."""
        found = self._call(call)
        leg = found.legs.get(party)
        if leg is None or not leg.up:
            raise wrong_state("该话机不在通话中。")
        del found.legs[party]
        await self._cut(leg.channel)
        self._say(ev.Left(call=call, at=clock.now(), party=party))

    async def record(self, call: str) -> None:
        """录音。"""
        found = self._able(Ability.RECORD, call)
        if not found.recording:
            await self._record(found)
            found.recording = True

    async def play(self, call: str, prompt: str) -> None:
        """播放提示音。"""
        found = self._able(Ability.PLAY, call)
        if not found.open:
            raise wrong_state("来电尚未接听，不能播放提示音。")
        await self._play(found, prompt)

    async def originate(self, call: str, *, party: str, number: str) -> None:
        """外呼。"""
        demand_number(number)
        if call in self._calls:
            raise wrong_state("通话编号已被使用。")
        self._calls[call] = Call(call, number=number, outgoing=True)
        try:
            await self._invite(self._calls[call], party, "originate")
        except YunshuError:
            self._calls.pop(call, None)
            raise

    async def hang_up(self, call: str) -> None:
        """挂断。"""
        await self._end(self._call(call), "command")

    # inside

    def _say(self, event: ev.CallEvent) -> None:
        self._events.put_nowait(event)

    def _find(self, channel: str) -> tuple[Call | None, Leg | None]:
        if channel in self._calls:
            return self._calls[channel], None
        for call in self._calls.values():
            if leg := call.leg_of(channel):
                return call, leg
        return None, None

    def _call(self, call: str) -> Call:
        if call not in self._calls:
            raise no_call(call)
        return self._calls[call]

    def _able(self, ability: Ability, call: str) -> Call:
        if ability not in self.abilities:
            raise unable(ability)
        return self._call(call)

    def _spoken(self, call: str) -> Call:
        found = self._call(call)
        if not found.speaking() or not found.joined:
            raise wrong_state("来电尚未接通。")
        return found

    async def _invite(self, call: Call, party: str, purpose: str) -> None:
        if party in call.legs:
            raise wrong_state("该话机已在通话中或正在振铃。")
        leg = call.legs[party] = Leg(f"{OURS_PREFIX}{secrets.token_hex(8)}", party, purpose)
        try:
            await self._dial(call, leg.channel, party)
        except YunshuError:
            call.legs.pop(party, None)
            raise

    async def _outside_up(self, call: Call) -> None:
        if call.outgoing and not call.open:
            call.open = True
            for leg in call.speaking():
                await self._enter(call, leg.channel)
            await self._bring_outside(call)
            [party, *_] = call.speaking()
            self._say(ev.Answered(call=call.id, at=clock.now(), party=party.party))

    async def _bring_outside(self, call: Call) -> None:
        if not call.joined:
            await self._enter(call, call.id)
            call.joined = True

    async def _taken(self, call: Call, leg: Leg) -> None:
        """One of ours speaks with the outside person from now; a transfer lets the others go."""
        if not call.open:
            await self._answer(call.id)
            call.open = True
        await self._enter(call, leg.channel)
        await self._bring_outside(call)
        if leg.purpose == "transfer":
            others = [other for other in call.speaking() if other is not leg]
            giver = others[0].party if others else call.giver
            for other in others:
                del call.legs[other.party]
                await self._cut(other.channel)
            self._say(ev.Transferred(call=call.id, at=clock.now(), giver=giver, party=leg.party))
        elif leg.purpose == "conference":
            self._say(ev.Joined(call=call.id, at=clock.now(), party=leg.party))
        else:
            self._say(ev.Answered(call=call.id, at=clock.now(), party=leg.party))

    async def _left(self, call: Call, leg: Leg) -> None:
        if call.speaking():
            self._say(ev.Left(call=call.id, at=clock.now(), party=leg.party))
        elif any(other.purpose == "transfer" for other in call.legs.values()):
            call.giver = leg.party
        else:
            await self._end(call, "party")

    async def _hold(self, call: str, *, held: bool) -> None:
        found = self._spoken(call)
        if found.held == held:
            raise wrong_state("通话已处于保持状态。" if held else "通话未处于保持状态。")
        await self._set_held(found, held=held)
        found.held = held

    async def _end(self, call: Call, reason: str) -> None:
        if self._calls.pop(call.id, None) is None:
            return
        self._say(ev.Ended(call=call.id, at=clock.now(), reason=reason))
        for leg in call.legs.values():
            await self._cut(leg.channel)
        if reason not in ("caller", "failed") or call.outgoing:
            await self._cut(call.id)
        await self._close(call)
