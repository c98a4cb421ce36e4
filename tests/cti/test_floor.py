"""A floor on the switch in memory: what agents do, and what their pages hear."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from yunshu.lib.cti.acd import Acd, Rules
from yunshu.lib.cti.agents import State
from yunshu.lib.cti.events import CallEvent, ScreenPop, from_json, to_json
from yunshu.lib.cti.floor import Floor, House
from yunshu.lib.cti.memory import MemoryProvider
from yunshu.lib.cti.queues import Queue
from yunshu.lib.kernel.errors import Refused

QUEUES = [
    Queue(code="all", skills=frozenset(["普通话"]), announce_s=0.05),
    Queue(code="company", skills=frozenset(["涉企"])),
]


@asynccontextmanager
async def floor(**house: str) -> AsyncIterator[tuple[Floor, MemoryProvider, list[CallEvent]]]:
    provider, heard = MemoryProvider(), list[CallEvent]()
    made = Floor(provider, Acd(QUEUES, Rules(wrap_up_s=0)), House(route=lambda _: "all", **house))

    async def gather() -> None:
        with made.listening() as events:
            async for event in events:
                heard.append(event)

    tasks = [asyncio.create_task(made.run()), asyncio.create_task(gather())]
    try:
        yield made, provider, heard
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def run(walk: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(walk(), 20))


async def until(seen: Callable[[], object]) -> None:
    while not seen():
        await asyncio.sleep(0.005)


def state(made: Floor, code: str) -> State:
    return next(agent.state for agent in made.acd.agents() if agent.code == code)


async def rings(heard: list[CallEvent], party: str) -> None:
    await until(lambda: any(event.kind == "ringing" and event.party == party for event in heard))


def test_a_page_hears_who_calls_while_the_telephone_rings() -> None:
    async def walk() -> None:
        async with floor() as (made, provider, heard):
            made.sign_in("a", "8000", ["普通话"])
            call = provider.calls("13800000000", "12345")
            await until(lambda: any(isinstance(event, ScreenPop) for event in heard))
            [pop] = [event for event in heard if isinstance(event, ScreenPop)]
            assert (pop.agent, pop.caller, pop.queue) == ("a", "13800000000", "all")
            assert from_json(json.loads(json.dumps(to_json(pop)))) == pop
            await provider.picks_up(call, "8000")
            await until(lambda: state(made, "a") is State.TALKING)

    run(walk)


def test_every_event_survives_json() -> None:
    async def walk() -> None:
        async with floor() as (made, provider, heard):
            made.sign_in("a", "8000", ["普通话"])
            call = provider.calls("138", "12345")
            await rings(heard, "8000")
            await provider.picks_up(call, "8000")
            await provider.hold(call)
            await provider.hangs_up(call)
            await until(lambda: "ended" in [event.kind for event in heard])
            assert [from_json(json.loads(json.dumps(to_json(event)))) for event in heard] == heard

    run(walk)


def test_a_caller_sent_to_another_queue_is_let_go_by_the_first_agent() -> None:
    async def walk() -> None:
        async with floor() as (made, provider, heard):
            made.sign_in("a", "8000", ["普通话"])
            call = provider.calls("138", "12345")
            await rings(heard, "8000")
            await provider.picks_up(call, "8000")
            await until(lambda: state(made, "a") is State.TALKING)
            made.sign_in("b", "8001", ["涉企"])
            await made.requeue(call, "company")
            await rings(heard, "8001")
            await provider.picks_up(call, "8001")
            await until(lambda: state(made, "b") is State.TALKING)
            assert state(made, "a") is State.IDLE

    run(walk)


def test_a_waiting_caller_is_answered_and_hears_the_announcement() -> None:
    async def walk() -> None:
        async with floor(announcement="please-wait") as (_, provider, _heard):
            call = provider.calls("138", "12345")
            await until(lambda: provider.played)
            assert provider.played[0] == (call, "please-wait")

    run(walk)


def test_a_missed_caller_is_called_back_and_made_good_when_reached() -> None:
    async def walk() -> None:
        async with floor() as (made, provider, _):
            missed = provider.calls("138", "12345")
            await until(lambda: made.acd.calls())
            await provider.hangs_up(missed)
            await until(lambda: made.acd.callbacks.all())
            made.sign_in("a", "8000", ["普通话"])
            call = await made.call_back("a", "138")
            await provider.picks_up(call, "8000")
            await provider.picks_up(call)
            await until(lambda: not made.acd.callbacks.all())
            await provider.hangs_up(call)
            await until(lambda: state(made, "a") is State.IDLE)

    run(walk)


def test_a_call_for_a_queue_that_nobody_has_is_answered_all_the_same() -> None:
    async def walk() -> None:
        provider = MemoryProvider()
        made = Floor(provider, Acd(QUEUES), House(route=lambda _: "nowhere"))
        made.sign_in("a", "8000", ["普通话"])
        running = asyncio.create_task(made.run())
        provider.calls("138", "12345")
        await until(lambda: state(made, "a") is State.RINGING)
        running.cancel()

    run(walk)


def test_one_telephone_has_one_agent() -> None:
    async def walk() -> None:
        async with floor() as (made, _, _heard):
            made.sign_in("a", "8000", [])
            with pytest.raises(Refused, match="其他座席"):
                made.sign_in("b", "8000", [])
            made.sign_out("a")
            made.sign_in("b", "8000", [])

    run(walk)


def test_a_declined_call_goes_on_and_the_agent_has_a_break() -> None:
    async def walk() -> None:
        async with floor() as (made, provider, heard):
            made.sign_in("a", "8000", ["普通话"])
            made.sign_in("b", "8001", ["普通话"])
            call = provider.calls("138", "12345")
            await rings(heard, "8000")
            await provider.hangs_up(call, "8000")
            await until(lambda: state(made, "b") is State.RINGING)
            assert state(made, "a") is State.BREAK
            made.ready("a")
            assert state(made, "a") is State.IDLE

    run(walk)


def test_a_switch_that_dies_leaves_nobody_busy_and_its_callers_to_be_called_back() -> None:
    async def walk() -> None:
        async with floor() as (made, provider, _):
            made.sign_in("a", "8000", ["普通话"])
            provider.calls("138", "12345")
            provider.calls("139", "12345")
            await until(lambda: state(made, "a") is State.RINGING)
            provider.dies()
            await until(lambda: not made.acd.calls())
            assert [one.caller for one in made.acd.callbacks.all()] == ["138", "139"]
            assert state(made, "a") is State.IDLE
            due = made.acd.callbacks.all()[0].due_at + timedelta(seconds=1)
            assert len(made.acd.callbacks.due(due)) == 2

    run(walk)
