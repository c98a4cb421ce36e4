"""What pages may ask of the floor, one verb a method; who may ask was decided by the service that asks."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from yunshu.domains.hotline.phone.duties import Duties
from yunshu.domains.hotline.phone.keeping import Keeper
from yunshu.domains.hotline.phone.seats import Seats
from yunshu.domains.hotline.phone_choices import Stage
from yunshu.domains.hotline.services.phone_log import Note
from yunshu.lib.cti.agents import Agent, State
from yunshu.lib.cti.floor import Floor
from yunshu.lib.cti.memory import MemoryProvider
from yunshu.lib.cti.provider import demand_number
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError

Words = dict[str, Any]


class Commands:
    """The verbs. Each takes the agent's code first, and returns plain values."""

    def __init__(
        self, floor: Floor, outside: Callable[[str], str], duties: Duties, seats: Seats, keeper: Keeper
    ) -> None:
        self._floor, self._outside, self._duties, self._seats, self._keeper = floor, outside, duties, seats, keeper
        self._held: set[str] = set()

    async def do(self, words: Words) -> Words:
        """Do what was asked. Raises Refused (``verb_unknown``) and what the verb says."""
        verb = str(words.pop("verb", ""))
        act: Callable[..., Awaitable[Words]] | None = getattr(self, f"do_{verb}", None)
        if act is None:
            raise Refused("verb_unknown", "页面与话务进程版本不一致，请刷新页面。")
        return await act(**words)

    # the seat

    async def do_sign_in(self, agent: str, telephone: int, address: str, skills: list[str], owes: str) -> Words:
        """签入。Not elsewhere while a call rings or goes on."""
        known = next((one for one in self._floor.acd.agents() if one.code == agent), None)
        if known and known.state in (State.TALKING, State.RINGING):
            raise Refused("agent_busy", "正在通话或振铃，请先结束通话再更换话机。")
        self._floor.sign_in(agent, address, skills)
        self._seats.sat(agent, telephone)
        self._duties.wishes(agent, breaks=False)
        if owes:
            self._duties.owe(agent, owes)
        return {}

    async def do_sign_out(self, agent: str, force: bool = False) -> Words:  # noqa: FBT001, FBT002 - a word of JSON
        """签出。Not in a call, and not with a call unsettled."""
        if self._agent(agent).state in (State.TALKING, State.RINGING):
            raise Refused("agent_busy", "正在通话或振铃，请先结束通话再签出。")
        if not force:
            self._demand_settled(agent)
        self._floor.sign_out(agent)
        return {}

    async def do_take_break(self, agent: str, reason: int | None = None) -> Words:
        """小休。"""
        self._floor.take_break(agent)
        self._seats.rests(agent, reason)
        self._duties.wishes(agent, breaks=True)
        return {}

    async def do_ready(self, agent: str) -> Words:
        """示闲。"""
        if self._agent(agent).state is State.TALKING:
            raise Refused("agent_busy", "正在通话，结束后再示闲。")
        self._demand_settled(agent)
        self._duties.wishes(agent, breaks=False)
        self._seats.rests(agent, None)
        self._floor.ready(agent)
        return {}

    async def do_settled(self, agent: str, ref: str) -> Words:
        """话后办结。"""
        self._duties.settled(agent, ref)
        return {}

    # the call

    async def do_pick_up(self, agent: str) -> Words:
        """接听 by click; only a switch without telephones can."""
        provider, known = self._floor.provider, self._agent(agent)
        if not isinstance(provider, MemoryProvider):
            raise Refused("ability_missing", "请拿起话机接听。")
        if known.state is not State.RINGING:
            raise Refused("call_state", "话机没有振铃。")
        await provider.picks_up(known.call, self._floor.phone_of(agent))
        return {}

    async def do_hold(self, agent: str) -> Words:
        """保持。"""
        await self._floor.provider.hold(call := self._call(agent))
        self._held.add(call)
        return {}

    async def do_resume(self, agent: str) -> Words:
        """恢复。"""
        await self._floor.provider.resume(call := self._call(agent))
        self._held.discard(call)
        return {}

    async def do_transfer(self, agent: str, to: str = "", queue: str = "", number: str = "") -> Words:
        """转接 to another agent, to a queue, or outside."""
        call = self._call(agent)
        if queue:
            await self._floor.requeue(call, queue)
            self._keeper.note(Note(kind=Stage.REQUEUED, ref=call, at=clock.now(), agent=int(agent), queue=queue))
        else:
            await self._floor.provider.transfer(call, self._party(to, number))
        return {}

    async def do_conference(self, agent: str, to: str = "", number: str = "") -> Words:
        """三方通话 with another agent or somebody outside."""
        await self._floor.provider.conference(self._call(agent), self._party(to, number))
        return {}

    async def do_leave(self, agent: str) -> Words:
        """退出三方通话；其余各方继续。"""
        await self._floor.leave(agent, self._call(agent))
        return {}

    async def do_hang_up(self, agent: str) -> Words:
        """挂断。"""
        await self._floor.provider.hang_up(self._call(agent))
        return {}

    async def do_dial(self, agent: str, number: str, missed: int | None = None) -> Words:
        """外呼。"""
        self._demand_settled(agent)
        demand_number(number)
        ref = f"out-{secrets.token_hex(8)}"
        note = Note(kind=Stage.DIALLED, ref=ref, at=clock.now(), agent=int(agent), person=number, missed=missed)
        self._keeper.note(note)  # before anything can happen to it
        try:
            await self._floor.dial(agent, number, ref)
        except YunshuError:
            self._keeper.note(Note(kind=Stage.ENDED, ref=ref, at=clock.now(), data={"reason": "failed"}))
            raise
        return {"ref": ref}

    async def do_demo_call(self, caller: str, called: str) -> Words:
        """演示来电；only a switch without telephones can."""
        provider = self._floor.provider
        if not isinstance(provider, MemoryProvider):
            raise Refused("ability_missing", "只有演示方式可以模拟来电。")
        return {"ref": provider.calls(caller, called)}

    # looking

    async def do_state(self, agent: str) -> Words:
        """Return how an agent stands."""
        known = next((one for one in self._floor.acd.agents() if one.code == agent), None)
        abilities = sorted(str(one) for one in self._floor.provider.abilities)
        by_click = isinstance(self._floor.provider, MemoryProvider)
        base: Words = {"abilities": abilities, "by_click": by_click, "owes": self._duties.of(agent)}
        if known is None:
            return base | {"state": State.OUT.value, "call": "", "wish": "", "held": False}
        wish = known.wish.value if known.wish and not self._duties.of(agent) else ""
        held = known.call in self._held
        return base | {
            "state": known.state.value,
            "call": known.call,
            "wish": wish,
            "held": held,
            "since": known.since.isoformat(),
        }

    async def do_board(self) -> Words:
        """Return who waits, and what everybody does."""
        acd = self._floor.acd
        waiting = [{"queue": one.queue.code, "ref": one.call, "since": one.since.isoformat()} for one in acd.waiting()]
        agents = [
            {
                "agent": one.code,
                "state": one.state.value,
                "since": one.since.isoformat(),
                "call": one.call,
                "owes": self._duties.of(one.code),
            }
            for one in acd.agents()
            if one.state is not State.OUT
        ]
        return {"waiting": waiting, "agents": agents, "running": len(acd.calls()), "unwritten": self._keeper.waiting}

    # inside

    def _agent(self, code: str) -> Agent:
        known = next((one for one in self._floor.acd.agents() if one.code == code), None)
        if known is None or known.state is State.OUT:
            raise Refused("agent_out", "您尚未签入，请先选择话机签入。")
        return known

    def _call(self, code: str) -> str:
        known = self._agent(code)
        if known.state not in (State.TALKING, State.RINGING) or not known.call:
            raise Refused("call_state", "您现在没有通话。")
        return known.call

    def _party(self, to: str, number: str) -> str:
        if not to:
            return self._outside(number)
        if self._agent(to).state is not State.IDLE:
            raise Refused("agent_busy", "对方座席现在不空闲，请选择其他座席或队列。")
        return self._floor.phone_of(to)

    def _demand_settled(self, code: str) -> None:
        if self._duties.of(code):
            raise Refused("call_unsettled", "上一通来电还没有登记工单或选择事由，请先办结。")
