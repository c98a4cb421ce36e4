"""What the phone process writes and when its pages hear of it: written first, told at once afterwards; a database that is away delays no call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from psycopg_pool import PoolTimeout

from yunshu.domains.hotline.services import phone_log
from yunshu.domains.hotline.services.phone_log import Note, SeatNote, SpellNote

log = structlog.get_logger()
AWAY = (OperationalError, InterfaceError, PoolTimeout)
AGAIN_S = 1.0
Told = Callable[[Note, str], Awaitable[None]]
T = TypeVar("T")


class Keeper:
    """Writes in order, in a thread of its own. ``told`` hears of each note with the call's number, empty where the database is away."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._thread = ThreadPoolExecutor(1, "phone-keeper")
        self._notes: list[Note] = []
        self._seats: dict[int, SeatNote] = {}
        self._spells: list[SpellNote] = []
        self._some = asyncio.Event()
        self.waiting = 0

    def note(self, note: Note) -> None:
        """Take what happened to a call."""
        self._notes.append(note)
        self._some.set()

    def seats(self, seats: Sequence[SeatNote], spells: Sequence[SpellNote]) -> None:
        """Take what agents do and did."""
        self._seats |= {one.person: one for one in seats}
        self._spells += spells
        self._some.set()

    async def within(self, act: Callable[..., T], *words: Any) -> T:
        """Ask the database something, in the writer's thread, after what was written before."""

        def run() -> T:
            try:
                return act(*words)
            except AWAY:
                connections.close_all()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            await self._write_notes()
            await self._write_seats()

    async def finish(self) -> None:
        """Write what is left, once."""
        await self._write_notes(again=False)
        await self._write_seats()
        self._thread.shutdown()

    async def _write_notes(self, *, again: bool = True) -> None:
        notes, self._notes = self._notes, []
        told = not notes
        while notes:
            self.waiting = len(notes) + len(self._notes)
            try:
                numbers = await self.within(phone_log.write, notes)
            except AWAY as error:
                log.error("hotline.calls_not_written", count=len(notes), error=str(error).split("\n")[0])
                if not told:
                    await self._tell(notes, {})
                    told = True
                if not again:
                    return
                await self._rest(notes)
                continue
            except DatabaseError:
                numbers = await self._one_by_one(notes)
            self.waiting = 0
            if not told:
                await self._tell(notes, numbers)
            return

    async def _rest(self, notes: list[Note]) -> None:
        """Wait before the next try; who is told to end meanwhile finds the notes where ``finish`` takes them."""
        try:
            await asyncio.sleep(AGAIN_S)
        except asyncio.CancelledError:
            self._notes = notes + self._notes
            raise

    async def _one_by_one(self, notes: Sequence[Note]) -> dict[str, str]:
        """Write what can be written: one note that the tables refuse must not stand in the way of all calls to come."""
        numbers: dict[str, str] = {}
        for note in notes:
            try:
                numbers |= await self.within(phone_log.write, [note])
            except DatabaseError as error:
                # the server's words would name the row, and with it who called
                log.error("hotline.note_refused", kind=note.kind, call=note.ref, error=type(error).__name__)
        return numbers

    async def _tell(self, notes: Sequence[Note], numbers: dict[str, str]) -> None:
        for note in notes:
            await self._told(note, numbers.get(note.ref, ""))

    async def _write_seats(self) -> None:
        seats, spells = list(self._seats.values()), self._spells
        self._seats, self._spells = {}, []
        if not seats and not spells:
            return
        try:
            await self.within(phone_log.write_seats, seats, spells)
        except AWAY as error:
            log.error("hotline.seats_not_written", count=len(seats), error=str(error).split("\n")[0])
            self._seats = {one.person: one for one in seats} | self._seats
            self._spells = spells + self._spells
