"""The phone process's verbs on a switch in memory: who owes a call, whose break holds, how a caller is handed over outside."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from yunshu.domains.hotline.phone.commands import Commands
from yunshu.domains.hotline.phone.duties import Duties
from yunshu.domains.hotline.phone.keeping import Keeper
from yunshu.domains.hotline.phone.seats import Seats
from yunshu.domains.hotline.phone.switches import Demo, line
from yunshu.lib.cti.acd import Acd, Rules
from yunshu.lib.cti.floor import Floor, House
from yunshu.lib.cti.queues import Queue
from yunshu.lib.kernel.errors import Refused

A, B = "1", "2"


class Room:
    """Two agents at telephones, and a citizen who calls."""

    def __init__(self) -> None:
        self.switch = Demo()
        acd = Acd([Queue(code="all", skills=frozenset())], Rules(wrap_up_s=0))
        self.floor = Floor(self.switch, acd, House(route=lambda _: "all"))
        self.duties, self.seats = Duties(self.floor), Seats(self.floor)
        self.keeper = Keeper(self.told)
        outside = line({"provider": "demo"}).outside
        self.commands = Commands(self.floor, outside, self.duties, self.seats, self.keeper)

    async def told(self, _note: object, _number: str) -> None:
        """Nobody listens."""

    async def do(self, verb: str, agent: str, **words: object) -> dict:
        return await self.commands.do({"verb": verb, "agent": agent, **words})

    async def sits(self, agent: str) -> None:
        await self.do("sign_in", agent, telephone=int(agent), address=f"t{agent}", skills=[], owes="")

    async def state(self, agent: str) -> str:
        await asyncio.sleep(0.02)
        return str((await self.do("state", agent))["state"])

    async def answers(self, agent: str) -> str:
        """Somebody calls, and the agent picks up; return the call."""
        call = self.switch.calls("13800000000", "12345")
        await asyncio.sleep(0.02)
        await self.do("pick_up", agent)
        assert await self.state(agent) == "talking"
        return call


def run(act: Callable[[Room], Awaitable[None]]) -> None:
    """Let a room work while ``act`` goes on."""

    async def go() -> None:
        room = Room()

        async def hears() -> None:
            with room.floor.listening() as events:
                async for event in events:
                    room.duties.hear(event)

        tasks = [asyncio.create_task(room.floor.run()), asyncio.create_task(hears())]
        await asyncio.sleep(0)
        try:
            await act(room)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(go())


def test_an_answered_call_holds_its_agent_until_it_is_settled() -> None:
    async def act(room: Room) -> None:
        await room.sits(A)
        call = await room.answers(A)
        await room.do("hang_up", A)
        assert await room.state(A) == "break"
        for verb in ("ready", "sign_out"):
            with pytest.raises(Refused, match="办结"):
                await room.do(verb, A)
        await room.do("settled", A, ref=call)
        assert await room.state(A) == "idle"

    run(act)


def test_a_call_settled_while_it_goes_on_holds_nobody() -> None:
    async def act(room: Room) -> None:
        await room.sits(A)
        call = await room.answers(A)
        await room.do("settled", A, ref=call)
        await room.do("hang_up", A)
        assert await room.state(A) == "idle"

    run(act)


def test_an_agents_own_break_outlives_the_settlement() -> None:
    async def act(room: Room) -> None:
        await room.sits(A)
        call = await room.answers(A)
        await room.do("take_break", A, reason=1)
        await room.do("hang_up", A)
        await room.do("settled", A, ref=call)
        assert await room.state(A) == "break"
        await room.do("ready", A)
        assert await room.state(A) == "idle"

    run(act)


def test_the_debt_goes_with_the_call_to_another_agent() -> None:
    async def act(room: Room) -> None:
        await room.sits(A)
        call = await room.answers(A)
        await room.sits(B)
        await room.do("transfer", A, to=B)
        await asyncio.sleep(0.02)
        await room.switch.picks_up(call, "t2")
        assert (await room.state(A), await room.state(B)) == ("idle", "talking")
        assert (room.duties.of(A), room.duties.of(B)) == ("", call)

    run(act)


def test_a_caller_led_to_an_emergency_line_is_rung_at_nobody_else() -> None:
    async def act(room: Room) -> None:
        await room.sits(A)
        call = await room.answers(A)
        with pytest.raises(Refused, match="没有其他人"):
            await room.do("leave", A)
        await room.do("conference", A, number="110")
        await asyncio.sleep(1.2)
        await room.sits(B)
        await room.do("leave", A)
        assert (await room.state(A), await room.state(B)) == ("break", "idle")
        assert [one.call for one in room.floor.acd.calls()] == [call]
        assert room.duties.of(A) == call

    run(act)


def test_a_caller_moved_to_another_queue_waits_for_others() -> None:
    async def act(room: Room) -> None:
        await room.sits(A)
        call = await room.answers(A)
        await room.do("transfer", A, queue="all")
        await asyncio.sleep(0.02)
        assert [one.call for one in room.floor.acd.waiting()] == [call]
        with pytest.raises(Refused, match="没有通话"):
            await room.do("hold", A)

    run(act)


def test_what_cannot_be_meant_is_refused() -> None:
    async def act(room: Room) -> None:
        with pytest.raises(Refused, match="尚未签入"):
            await room.do("ready", A)
        with pytest.raises(Refused, match="版本"):
            await room.do("explode", A)
        await room.sits(A)
        with pytest.raises(Refused, match="话机没有振铃"):
            await room.do("pick_up", A)
        with pytest.raises(Refused, match="数字"):
            await room.do("dial", A, number="rm -rf")

    run(act)


@pytest.mark.parametrize(
    "words",
    [
        {"provider": "fax"},
        {"provider": "sip", "address": ":x", "rtp": "1-2"},
        {"provider": "sip", "address": "127.0.0.1:5060", "rtp": "many"},
    ],
)
def test_settings_that_cannot_be_meant_name_their_variable(words: dict[str, str]) -> None:
    with pytest.raises(Refused, match="YUNSHU_PHONE"):
        line(words)
