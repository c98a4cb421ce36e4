"""``Floor``: a distributor at work on a switch. It hears the switch's events, rings who is next, and tells its listeners.

Listeners get every event of the switch, ``Queued`` and ``ScreenPop``: frozen, JSON-serialisable, so that a page can have them over SSE.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from yunshu.lib.cti import events as ev
from yunshu.lib.cti.acd import Acd
from yunshu.lib.cti.indicators import CallRecord
from yunshu.lib.cti.provider import Ability, CtiProvider
from yunshu.lib.cti.queues import Action, Announce, Enqueued, Ring, StopRinging
from yunshu.lib.cti.recordings import RecordingStore
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError

log = structlog.get_logger()
LISTENER_KEEPS = 1000
IDLE_S = 3600.0


class Journal(Protocol):
    """Whoever keeps the records of finished calls."""

    async def keep(self, record: CallRecord) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """How a floor is run: which queue a call belongs to, what a waiting caller hears, whether and where calls are recorded."""

    route: Callable[[ev.Offered], str]
    announcement: str = ""
    record: bool = False
    store: RecordingStore | None = None
    journal: Journal | None = None


class Floor:
    """One switch, one distributor. ``run`` until cancelled; the verbs are what agents' pages call."""

    def __init__(
        self, provider: CtiProvider, acd: Acd, house: House, *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self.provider, self.acd, self._house, self._now = provider, acd, house, now
        self._phones: dict[str, str] = {}
        self._listeners: set[asyncio.Queue[ev.CallEvent]] = set()
        self._changed = asyncio.Event()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._doing: set[asyncio.Task[None]] = set()
        self._called: dict[str, ev.Offered] = {}
        self._dialled: dict[str, str] = {}
        self._others: dict[str, set[str]] = {}

    async def run(self) -> None:
        """Hear the switch and let time pass."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hearing())
            group.create_task(self._ticking())

    @contextmanager
    def listening(self) -> Iterator[AsyncIterator[ev.CallEvent]]:
        """Return what happens from now on. A listener that falls too far behind misses the oldest."""
        queue: asyncio.Queue[ev.CallEvent] = asyncio.Queue(LISTENER_KEEPS)
        self._listeners.add(queue)
        try:
            yield _taken_from(queue)
        finally:
            self._listeners.discard(queue)

    # what agents do

    def sign_in(self, agent: str, phone: str, skills: Sequence[str]) -> None:
        """签入 at a telephone. Raises Refused ``phone_taken`` if somebody else is signed in there."""
        if any(other != agent and at == phone for other, at in self._phones.items()):
            raise Refused("phone_taken", "该话机已有其他座席签入，请先签出。")
        self._phones[agent] = phone
        self._act(self.acd.sign_in(agent, skills, self._now()))

    def sign_out(self, agent: str) -> None:
        """签出。The telephone is free for others."""
        self._act(self.acd.sign_out(agent, self._now()))
        self._phones.pop(agent, None)

    def phone_of(self, agent: str) -> str:
        """Return where somebody is signed in. Raises Refused ``agent_out``."""
        if agent not in self._phones:
            raise Refused("agent_out", "该座席尚未签入，或者已经签出。")
        return self._phones[agent]

    def take_break(self, agent: str) -> None:
        """小休。"""
        self._act(self.acd.take_break(agent, self._now()))

    def ready(self, agent: str) -> None:
        """示闲。"""
        self._act(self.acd.ready(agent, self._now()))

    async def requeue(self, call: str, queue: str) -> None:
        """转队列。Who speaks with the caller lets go, and the caller waits for other skills."""
        speaking = [agent.code for agent in self.acd.agents() if agent.call == call]
        actions = self.acd.requeue(call, queue, self._now())
        for agent in speaking:
            await self.provider.drop(call, self._phones[agent])
        self._act(actions)

    async def leave(self, agent: str, call: str) -> None:
        """退出三方通话。The others go on; where those are none of ours, the call is theirs and waits for nobody."""
        if not self._others.get(call) and len([one for one in self.acd.agents() if one.call == call]) < 2:
            raise Refused("nobody_else", "通话中没有其他人，请直接挂断。")
        if self._others.get(call):
            self._act(self.acd.handed(call, "", self._now()))
        await self.provider.drop(call, self.phone_of(agent))

    async def dial(self, agent: str, number: str, call: str = "") -> str:
        """外呼。Ring the agent's own telephone, then ``number``; return the call, whose name may be given."""
        call = call or f"out-{secrets.token_hex(8)}"
        self.acd.occupy(agent, call, self._now())
        self._dialled[call] = number
        try:
            await self.provider.originate(call, party=self._phones[agent], number=number)
        except YunshuError:
            self._dialled.pop(call, None)
            self._act(self.acd.gone(call, self._now()))
            raise
        return call

    async def call_back(self, agent: str, caller: str) -> str:
        """回拨漏话。As ``dial``; the missed calls are made good once the person answers."""
        self.acd.callbacks.begin(caller, self._now())
        return await self.dial(agent, caller)

    # inside

    async def _hearing(self) -> None:
        async for event in self.provider.events():
            self._hear(event)

    async def _ticking(self) -> None:
        while True:
            self._changed.clear()
            due = self.acd.next_due()
            pause = (due - self._now()).total_seconds() if due else IDLE_S
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, pause)):
                    await self._changed.wait()
            self._act(self.acd.tick(self._now()))

    def _hear(self, event: ev.CallEvent) -> None:
        """Take an event of the switch: the distributor's part first, then the listeners'."""
        self._tell(event)
        match event:
            case ev.Offered():
                self._offered(event)
            case ev.Ringing():
                self._pop(event)
            case ev.Answered():
                self._answered(event)
            case ev.Recorded():
                self._spawn(event.call, self._store(event))
            case ev.Ended():
                self._called.pop(event.call, None)
                self._dialled.pop(event.call, None)
                self._others.pop(event.call, None)
                self._act(self.acd.gone(event.call, self._now(), lost=event.reason == "lost"))
                self._write_down()
            case _:
                self._act(self._moved(event))

    def _moved(self, event: ev.CallEvent) -> list[Action]:
        """Return what follows from a change of who is in a call."""
        match event:
            case ev.Unanswered():
                return self.acd.unanswered(event.call, self.agent_at(event.party), self._now())
            case ev.Transferred():
                return self.acd.handed(event.call, self.agent_at(event.party), self._now())
            case ev.Joined():
                if not self.agent_at(event.party):
                    self._others.setdefault(event.call, set()).add(event.party)
                return self.acd.joined(event.call, self.agent_at(event.party), self._now())
            case ev.Left():
                self._others.get(event.call, set()).discard(event.party)
                return self.acd.left(event.call, self.agent_at(event.party), self._now())
        return []

    def _offered(self, event: ev.Offered) -> None:
        """Put a call into its queue; a queue that nobody has is a mistake of whoever routes, and no reason not to answer."""
        self._called[event.call] = event
        queue, known = self._house.route(event), self.acd.queues()
        if queue not in known:
            log.error("cti.queue_unknown", queue=queue, call=event.call)
            queue = known[0]
        self._act(self.acd.offer(event.call, caller=event.caller, queue=queue, now=self._now()))

    def _answered(self, event: ev.Answered) -> None:
        self.acd.answered(event.call, self.agent_at(event.party), self._now())
        if number := self._dialled.get(event.call):
            self.acd.callbacks.reached(number)
        if self._house.record and Ability.RECORD in self.provider.abilities:
            self._spawn(event.call, self.provider.record(event.call))
        self._changed.set()

    def _pop(self, event: ev.Ringing) -> None:
        """Tell the agent's page who calls, now that the telephone rings."""
        offered = self._called.get(event.call)
        agent = self.agent_at(event.party)
        waiting = next((one for one in self.acd.calls() if one.call == event.call), None)
        if offered and agent and waiting:
            waited_s = (self._now() - waiting.since).total_seconds()
            self._tell(
                ev.ScreenPop(
                    call=event.call,
                    at=event.at,
                    agent=agent,
                    caller=offered.caller,
                    called=offered.called,
                    queue=waiting.queue.code,
                    waited_s=waited_s,
                )
            )

    def agent_at(self, phone: str) -> str:
        """Return who is signed in at a telephone; empty: nobody of ours."""
        return next((agent for agent, at in self._phones.items() if at == phone), "")

    def _tell(self, event: ev.CallEvent) -> None:
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    def _act(self, actions: list[Action]) -> None:
        """Do what the distributor asks, per call in order, without waiting for it."""
        for action in actions:
            match action:
                case Ring():
                    self._spawn(action.call, self._ring(action, self._phones[action.agent]))
                case StopRinging():
                    if phone := self._phones.get(action.agent):
                        self._spawn(action.call, self.provider.stop_ringing(action.call, phone))
                case Announce():
                    self._spawn(action.call, self._announce(action))
                case Enqueued():
                    at, call = self._now(), action.call
                    self._tell(ev.Queued(call=call, at=at, queue=action.queue, position=action.position))
        self._changed.set()

    async def _ring(self, action: Ring, phone: str) -> None:
        try:
            await self.provider.ring(action.call, phone)
        except Refused:
            self._act(self.acd.unanswered(action.call, action.agent, self._now()))
            raise

    async def _announce(self, action: Announce) -> None:
        if self._house.announcement and Ability.PLAY in self.provider.abilities:
            await self.provider.answer(action.call)
            await self.provider.play(action.call, self._house.announcement)

    async def _store(self, event: ev.Recorded) -> None:
        if self._house.store:
            await asyncio.to_thread(self._house.store.take, event)

    def _write_down(self) -> None:
        for record in self.acd.take_records():
            if self._house.journal:
                self._spawn(record.call, self._house.journal.keep(record))

    def _spawn(self, call: str, what: Awaitable[object]) -> None:
        task = asyncio.create_task(self._do(call, what, self._last.get(call)))
        self._last[call] = task
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def _do(self, call: str, what: Awaitable[object], before: asyncio.Task[None] | None) -> None:
        """Do one thing for a call, after the one before; what the switch refuses is no reason to stop the floor."""
        if before:
            await asyncio.wait([before])
        try:
            await what
        except YunshuError as error:
            log.info("cti.command_refused", call=call, code=error.code)
        finally:
            if self._last.get(call) is asyncio.current_task():
                del self._last[call]


async def _taken_from(queue: asyncio.Queue[ev.CallEvent]) -> AsyncIterator[ev.CallEvent]:
    while True:
        yield await queue.get()
