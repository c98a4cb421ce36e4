"""``CtiProvider``: whatever switches calls — our own SIP process, Asterisk, FreeSWITCH, a carrier.

A command returns once the provider has taken it; what comes of it comes as an event. A provider that dies tells ``Ended`` (``lost``) for
each call it had, and goes on with new ones when it is back.
"""

import re
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

from yunshu.lib.cti.events import CallEvent
from yunshu.lib.kernel.errors import NotFound, Refused

LONGEST_NUMBER = 32
_NO_NUMBER = re.compile(r"[^0-9A-Za-z+*#._-]")
_NUMBER = re.compile(rf"[0-9+*#]{{1,{LONGEST_NUMBER}}}")


class Ability(StrEnum):
    """What not every provider can do; a desk hides what its provider cannot."""

    HOLD = "hold"
    TRANSFER = "transfer"
    CONFERENCE = "conference"
    RECORD = "record"
    PLAY = "play"
    ORIGINATE = "originate"


class CtiProvider(Protocol):
    """One switch. Unknown calls raise NotFound ``call_not_found``; what the call's state forbids, Refused; a switch that is away, Unavailable."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """Return what it can do beside ringing and hanging up."""
        ...

    def events(self) -> AsyncIterator[CallEvent]:
        """Return what happens, in order, without an end. One reader."""
        ...

    async def answer(self, call: str) -> None:
        """接听。Pick up for the outside person without a party, so that something can be played."""
        ...

    async def ring(self, call: str, party: str) -> None:
        """振铃。Ring ``party``, and put it through when it picks up: Ringing, then Answered or Unanswered."""
        ...

    async def stop_ringing(self, call: str, party: str) -> None:
        """Ring ``party`` no longer: Unanswered (``stopped``)."""
        ...

    async def hold(self, call: str) -> None:
        """保持。The outside person hears nobody until ``resume``."""
        ...

    async def resume(self, call: str) -> None:
        """恢复通话。"""
        ...

    async def transfer(self, call: str, party: str) -> None:
        """转接。Ring ``party``; who spoke with the outside person is let go when it picks up: Transferred, or Unanswered."""
        ...

    async def conference(self, call: str, party: str) -> None:
        """三方通话。Ring ``party``, and let all speak with each other when it picks up: Joined, or Unanswered."""
        ...

    async def drop(self, call: str, party: str) -> None:
        """Let one party go; the call goes on."""
        ...

    async def record(self, call: str) -> None:
        """录音。From now to the end of the call: Recorded, after Ended."""
        ...

    async def play(self, call: str, prompt: str) -> None:
        """播放提示音。``prompt`` is the name of a sound that the provider has."""
        ...

    async def originate(self, call: str, *, party: str, number: str) -> None:
        """外呼。Ring ``party`` under the new call number ``call``, and dial ``number`` when it picks up: Ringing, Answered when both speak."""
        ...

    async def hang_up(self, call: str) -> None:
        """挂断。End the call for everybody: Ended (``command``)."""
        ...


def no_call(call: str) -> NotFound:
    """Return the refusal for a call that is unknown or over."""
    return NotFound("call_not_found", f"通话 {call} 不存在或已经结束。")


def wrong_state(what: str) -> Refused:
    """Return the refusal for a command that the call's state forbids; ``what`` says why in Chinese."""
    return Refused("call_state", what)


def unable(ability: Ability) -> Refused:
    """Return the refusal for what this provider cannot do."""
    return Refused("ability_missing", f"当前话务平台不支持该操作（{ability}），请改用话机操作或更换话务平台。")


def shown(caller: str, otherwise: str) -> str:
    """Return a caller's number as our telephones may show it. It comes from outside and goes into commands: signs that no number has are left out."""
    return _NO_NUMBER.sub("", caller)[:LONGEST_NUMBER] or otherwise


def demand_number(number: str) -> None:
    """Raise Refused ``number_malformed`` for what cannot be dialled."""
    if not _NUMBER.fullmatch(number):
        raise Refused("number_malformed", "外呼号码只能包含数字以及 + * #，请核对后重拨。")
