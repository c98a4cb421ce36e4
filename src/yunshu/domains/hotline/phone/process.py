"""What runs: the floor on the switch of the settings, the keeper of what happens, and answers to what pages ask."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import connections

from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone.commands import Commands
from yunshu.domains.hotline.phone.duties import Duties
from yunshu.domains.hotline.phone.keeping import AWAY, Keeper
from yunshu.domains.hotline.phone.notes import note_of
from yunshu.domains.hotline.phone.seats import Seats
from yunshu.domains.hotline.phone.switches import Line, line
from yunshu.domains.hotline.selectors import phone as selectors
from yunshu.domains.hotline.services import phone_log
from yunshu.domains.hotline.services.phone_log import Note
from yunshu.domains.hotline.services.phone_recordings import Store, adopt
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib import bus
from yunshu.lib.cti import events as ev
from yunshu.lib.cti.acd import Acd, Rules
from yunshu.lib.cti.agents import State
from yunshu.lib.cti.floor import Floor, House
from yunshu.lib.cti.provider import CtiProvider
from yunshu.lib.cti.recordings import Kept
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused, Unavailable, YunshuError

log = structlog.get_logger()
AGAIN_S, LOOK_S, RELOAD_S = 5.0, 0.25, 30.0


class Sealing:
    """Takes finished recordings, in whatever thread, and gives the thread's connection back."""

    def take(self, recorded: ev.Recorded) -> Kept:
        """Seal a recording and write it down."""
        try:
            return Store().take(recorded)
        finally:
            connections.close_all()


@dataclass
class Routes:
    """Which queue a number leads to."""

    by_number: dict[str, str] = field(default_factory=dict)
    usual: str = ""

    def take(self, queues: list[tuple[Any, tuple[str, ...]]]) -> None:
        """Read the lists anew."""
        self.by_number = {number: queue.code for queue, numbers in queues for number in numbers}
        self.usual = next((queue.code for queue, numbers in queues if not numbers), queues[0][0].code)

    def of(self, event: ev.Offered) -> str:
        """Return the queue of a call."""
        return self.by_number.get(event.called, self.usual)


class PhoneDesk:
    """One floor. ``run`` until told to stop."""

    def __init__(self, words: Mapping[str, str], nats_url: str) -> None:
        self._words, self._url = words, nats_url
        self.keeper = Keeper(self._told)
        self.routes = Routes()
        self._client: bus.Client | None = None
        self._commands: Commands | None = None

    async def run(self, stopped: asyncio.Event) -> None:
        """Work; whatever is in hand is written on the way out. Raises Refused where the settings cannot be meant."""
        made = line(self._words)
        while not stopped.is_set():
            try:
                await self._recover()
                break
            except (*AWAY, NotFound) as error:
                log.warning("hotline.phone_waits", error=str(error).split("\n")[0])
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), AGAIN_S)
        if not stopped.is_set():
            async with bus.connection(self._url, "yunshu-phone") as self._client:
                await bus.answer(self._client, wire.DO, self._answer)
                await self._open(made, stopped)
        await self.keeper.finish()

    async def _recover(self) -> None:
        """Settle what the process before us left."""
        await self.keeper.within(desk_org)
        lost = await self.keeper.within(phone_log.recover, clock.now())
        adopted = await self.keeper.within(adopt, clock.now())
        if lost or adopted:
            log.warning("hotline.phone_recovered", lost=lost, recordings=adopted)

    async def _open(self, made: Line, stopped: asyncio.Event) -> None:
        """Open the switch, again and again until it is there."""
        while not stopped.is_set():
            try:
                async with made.opened() as provider:
                    log.info("hotline.phone_ready", provider=self._words["provider"])
                    await self._work(made, provider, stopped)
            except YunshuError as error:
                self._commands = None
                log.error("hotline.switch_away", code=error.code, message=error.message)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), AGAIN_S)

    async def _work(self, made: Line, provider: CtiProvider, stopped: asyncio.Event) -> None:
        queues = await self.keeper.within(selectors.queues)
        if not queues:
            raise Refused("queue_missing", "没有启用的话务队列，请在参考名录中启用一个。")
        self.routes.take(queues)
        record = self._words["record"].lower() in {"1", "true", "yes", "on"}
        store = Sealing() if record else None
        house = House(route=self.routes.of, announcement=self._words["announcement"], record=record, store=store)
        acd = Acd([queue for queue, _ in queues], Rules(wrap_up_s=float(self._words["wrap_up"])))
        self.floor = Floor(provider, acd, house)
        self.duties, self.seats = Duties(self.floor), Seats(self.floor)
        self._commands = Commands(self.floor, made.outside, self.duties, self.seats, self.keeper)
        await self._seat_again()
        loops = [self.floor.run(), self._hearing(), self.keeper.run(), self._looking(), self._reloading()]
        tasks = [asyncio.create_task(loop) for loop in loops]
        waiting = asyncio.create_task(stopped.wait())
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, return_exceptions=True)
        for task in done - {waiting}:
            task.result()

    async def _answer(self, data: bytes) -> bytes:
        """Answer what a page asks."""
        try:
            if self._commands is None:
                raise Unavailable("switch_away", "话务平台没有连接，请系统管理员查看话务进程的日志。", retry_after_s=5)
            said = await self._commands.do(json.loads(data))
        except YunshuError as error:
            return wire.refusal(error)
        await self._look()
        return wire.packed({"ok": said})

    async def _seat_again(self) -> None:
        """Sign in again who was signed in when the process before us ended."""
        for one in await self.keeper.within(selectors.seated):
            agent = str(one.person)
            with suppress(Refused):
                self.floor.sign_in(agent, one.address, one.skills)
                self.seats.sat(agent, one.telephone, one.reason)
                if one.owes:
                    self.duties.owe(agent, one.owes)
                elif one.on_break:
                    self.floor.take_break(agent)

    async def _hearing(self) -> None:
        with self.floor.listening() as events:
            async for event in events:
                self.duties.hear(event)
                self.keeper.note(note_of(event, self.floor))

    async def _told(self, note: Note, number: str) -> None:
        """Tell the pages of who is in a call what happened to it."""
        people = {one.code for one in self.floor.acd.agents() if one.call == note.ref and one.state is not State.OUT}
        if note.agent:
            people.add(str(note.agent))
        words = {"kind": note.kind, "call": number, "at": note.at.isoformat(), **note.data}
        if note.kind == ev.ScreenPop.kind:
            words |= {"caller": note.person, "queue": note.queue}
        await self._tell({wire.agent_subject(int(one)): words for one in people} | {wire.FLOOR: {"kind": "changed"}})

    async def _tell(self, said: Mapping[str, Mapping[str, Any]]) -> None:
        if self._client is None:
            return
        for subject, words in said.items():
            await bus.tell(self._client, subject, wire.packed(words))

    async def _looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._look()

    async def _look(self) -> None:
        """Write down and tell whose state has changed."""
        seats, spells = self.seats.changes()
        if seats or spells:
            self.keeper.seats(seats, spells)
        said = {wire.agent_subject(one.person): {"kind": "state", "state": one.state} for one in seats}
        if said:
            await self._tell(said | {wire.FLOOR: {"kind": "changed"}})

    async def _reloading(self) -> None:
        while True:
            await asyncio.sleep(RELOAD_S)
            with suppress(*AWAY):
                queues = await self.keeper.within(selectors.queues)
                if queues:
                    self.routes.take(queues)
                    self.floor.acd.set_queues([queue for queue, _ in queues])
