"""The contract of a switch, kept by all of them: our SIP process under SIPp, Asterisk's and FreeSWITCH's protocols, the one in memory."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.cti import streets
from tests.cti.phones import SIPP
from tests.cti.streets import Street, until

from yunshu.lib.cti.events import CallEvent
from yunshu.lib.cti.provider import Ability
from yunshu.lib.kernel.errors import NotFound, Refused

SIP = pytest.param(streets.sip, id="sip", marks=[pytest.mark.slow, pytest.mark.skipif(not SIPP, reason="no SIPp")])
OTHERS = [pytest.param(make, id=make.__name__) for make in (streets.memory, streets.ari, streets.esl)]
Walk = Callable[[Street, AsyncIterator[CallEvent]], Awaitable[None]]
pytestmark = pytest.mark.timeout(60)


def walked(make: Callable, folder: Path, walk: Walk) -> None:
    async def go() -> None:
        async with asyncio.timeout(20), make(folder) as street:
            await walk(street, street.provider.events())

    asyncio.run(go())


async def talking(street: Street, events: AsyncIterator[CallEvent]) -> str:
    """Let a citizen call and the first telephone answer; return the call."""
    await street.calls()
    call = (await until(events, "offered")).call
    await street.provider.ring(call, street.phones[0])
    assert (await until(events, "ringing")).party == street.phones[0]
    assert (await until(events, "answered")).party == street.phones[0]
    return call


@pytest.mark.parametrize("make", [SIP, *OTHERS])
def test_a_call_is_offered_with_its_numbers_and_ends_with_the_caller(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        await street.calls()
        offered = await until(events, "offered")
        assert (offered.caller[:3], offered.called) == ("139", "12345")
        await street.provider.ring(offered.call, street.phones[0])
        await until(events, "answered")
        await street.quits(offered.call)
        assert (await until(events, "ended")).reason == "caller"
        with pytest.raises(NotFound):
            await street.provider.hold(offered.call)

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", OTHERS)
def test_a_telephone_that_cannot_be_reached_leaves_the_caller_waiting(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        await street.calls()
        call = (await until(events, "offered")).call
        await street.provider.ring(call, street.missing)
        assert (await until(events, "unanswered")).reason == "unreachable"
        await street.provider.ring(call, street.phones[1])
        await until(events, "answered")

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", [SIP, *OTHERS])
def test_hold_three_party_drop_transfer_and_hanging_up(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        call, [first, second, third] = await talking(street, events), street.phones
        provider = street.provider
        await provider.hold(call)
        await until(events, "held")
        with pytest.raises(Refused, match="保持状态"):
            await provider.hold(call)
        await provider.resume(call)
        await until(events, "resumed")
        await provider.conference(call, second)
        assert (await until(events, "joined")).party == second
        await provider.drop(call, second)
        assert (await until(events, "left")).party == second
        await provider.transfer(call, third)
        moved = await until(events, "transferred")
        assert (moved.giver, moved.party) == (first, third)
        await provider.hang_up(call)
        assert (await until(events, "ended")).reason == "command"

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", [SIP, *OTHERS])
def test_an_outgoing_call_is_answered_when_both_speak(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        await street.provider.originate("out-1", party=street.phones[0], number="06638888888")
        await until(events, "ringing")
        assert (await until(events, "answered")).party == street.phones[0]
        with pytest.raises(Refused, match="编号已被使用"):
            await street.provider.originate("out-1", party=street.phones[1], number="1")
        for number in ("", "1 &park()", "1@other", "1" * 33):
            with pytest.raises(Refused, match="外呼号码"):
                await street.provider.originate("out-2", party=street.phones[1], number=number)
        await street.provider.hang_up("out-1")
        assert (await until(events, "ended")).reason == "command"

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", [SIP, *OTHERS])
def test_what_the_state_forbids_is_refused(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        await street.calls()
        call = (await until(events, "offered")).call
        for verb in (street.provider.hold, street.provider.resume):
            with pytest.raises(Refused, match="尚未接通"):
                await verb(call)
        with pytest.raises(Refused, match="不在通话中"):
            await street.provider.drop(call, street.phones[0])

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", OTHERS)
def test_a_switch_that_is_cut_off_ends_its_calls_as_lost(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        await talking(street, events)
        await street.dies()
        assert (await until(events, "ended")).reason == "lost"

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", OTHERS[1:])
def test_people_go_on_speaking_while_the_connection_to_the_switch_is_cut(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        call = await talking(street, events)
        await street.provider.conference(call, street.phones[1])
        await until(events, "ringing")
        await street.breaks()  # the second telephone is picked up unseen
        assert (await until(events, "joined")).party == street.phones[1]
        await street.quits(call)
        assert (await until(events, "ended")).reason == "caller"

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", OTHERS[1:])
def test_who_calls_while_the_connection_is_cut_is_offered_afterwards(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        await street.breaks()
        await street.calls()
        assert (await until(events, "offered")).caller == "139"

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("make", OTHERS[1:])
def test_a_recording_comes_after_the_end(make: Callable, tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        call = await talking(street, events)
        await street.provider.record(call)
        await street.provider.hang_up(call)
        recorded = await until(events, "recorded")
        assert (recorded.call, recorded.seconds) == (call, 3)
        assert Path(recorded.reference).parent == tmp_path

    walked(make, tmp_path, walk)


@pytest.mark.parametrize("caller", ["匿名", "1,api_hangup_hook=x", 'a"<sip:b>\r\n', "{}&"])
def test_a_callers_number_cannot_become_part_of_a_command(caller: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with streets.fake_esl.fake_esl() as fake:
            settings = streets.EslSettings(host="127.0.0.1", port=fake.port, password=streets.fake_esl.PASSWORD)
            async with streets.EslProvider(settings) as provider:
                await fake.dials("uuid-1", caller, "12345")
                events = provider.events()
                assert (await until(events, "offered")).caller == caller
                await provider.ring("uuid-1", "user/8000")
                await until(events, "answered")
                assert re.fullmatch(r"[\w+*#.-]+", fake.shown[-1])

    asyncio.run(asyncio.wait_for(walk(), 20))


def test_the_memory_switch_says_what_it_cannot_do(tmp_path: Path) -> None:
    async def walk(street: Street, events: AsyncIterator[CallEvent]) -> None:
        assert Ability.RECORD not in street.provider.abilities
        call = await talking(street, events)
        with pytest.raises(Refused, match="不支持"):
            await street.provider.record(call)

    walked(streets.memory, tmp_path, walk)
