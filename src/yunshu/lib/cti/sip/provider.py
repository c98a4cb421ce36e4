"""``SipProvider``: the built-in switch, as the rest of the program sees it. Starts the SIP process, and starts it anew when it dies."""

import asyncio
import itertools
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from yunshu.lib.cti.events import CallEvent, Ended, Offered, Recorded, from_json
from yunshu.lib.cti.provider import Ability
from yunshu.lib.cti.sip.settings import SipSettings
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused, Unavailable, YunshuError

log = structlog.get_logger()
COMMAND_S = 10.0
START_S = 20.0
AGAIN_FROM_S, AGAIN_TO_S = 0.2, 5.0
_ERRORS: dict[str, type[YunshuError]] = {"NotFound": NotFound, "Conflict": Conflict, "Unavailable": Unavailable}


class SipProvider:
    """One SIP process. ``async with`` runs it.

    If the process is killed, each call it had ends (``lost``) at once; the next process, up within a moment on the same port, says
    goodbye to the telephones of those calls, so that none is left with a dead line.
    """

    abilities = frozenset(Ability)

    def __init__(self, settings: SipSettings) -> None:
        self.settings = settings
        self.starts = 0
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._calls: dict[str, None] = {}  # in the order in which they came
        self._farewells: dict[str, dict[str, Any]] = {}
        self._asked: dict[int, asyncio.Future[None]] = {}
        self._numbers = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._up = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Return the process's number; 0 while there is none."""
        return self._process.pid if self._process else 0

    async def __aenter__(self) -> "SipProvider":
        self._keeper = asyncio.create_task(self._keep())
        up = asyncio.create_task(self._up.wait())
        await asyncio.wait({up, self._keeper}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        if not self._up.is_set():
            up.cancel()
            await self.__aexit__()
            raise Unavailable(
                "sip_not_started",
                f"SIP 服务未能启动，请检查 sip 扩展是否已安装、地址 {self.settings.address}:{self.settings.port} 是否可用。",
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._process and self._process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(COMMAND_S):
                    await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    async def events(self) -> AsyncIterator[CallEvent]:
        """Return what happens, without an end."""
        while True:
            yield await self._events.get()

    # the process

    async def _keep(self) -> None:
        """Run the process, again and again; one that never came up is not tried again."""
        pause = AGAIN_FROM_S
        while True:
            began = asyncio.get_running_loop().time()
            await self._serve()
            if not self.starts:
                return
            if asyncio.get_running_loop().time() - began > AGAIN_TO_S:
                pause = AGAIN_FROM_S
            log.error("cti.sip_process_ended", code=self._process.returncode if self._process else None, again_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, AGAIN_TO_S)

    async def _serve(self) -> None:
        """Run one process to its end; what it leaves is cleared up."""
        ours, theirs = socket.socketpair()
        arguments = ["-m", "yunshu.lib.cti.sip", str(theirs.fileno()), self.settings.to_json()]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, pass_fds=(theirs.fileno(),), stdin=asyncio.subprocess.DEVNULL
        )
        theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        try:
            while line := await reader.readline():
                self._take(json.loads(line))
            await self._process.wait()
        finally:
            self._writer.close()
            self._writer = None
            self._up.clear()
            self._lose()

    def _take(self, line: dict[str, Any]) -> None:
        if "event" in line:
            self._put(from_json(line["event"]))
        elif "leg" in line:
            if line["farewell"]:
                self._farewells[line["leg"]] = line["farewell"]
            else:
                self._farewells.pop(line["leg"], None)
        elif "re" in line:
            self._answered(line)
        elif "ready" in line:
            self.starts += 1
            self._bury()
            self._up.set()

    def _put(self, event: CallEvent) -> None:
        match event:
            case Offered():
                self._calls[event.call] = None
            case Ended():
                self._calls.pop(event.call, None)
        self._events.put_nowait(event)

    def _answered(self, line: dict[str, Any]) -> None:
        waiting = self._asked.pop(line["re"], None)
        if waiting is None or waiting.done():
            return
        if "error" in line:
            waiting.set_exception(_ERRORS.get(line["kind"], Refused)(line["error"], line["message"]))
        else:
            waiting.set_result(None)

    def _lose(self) -> None:
        """Every call of a dead process is over; a recording that was running is what is on the disk."""
        now = clock.now()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(_away())
        self._asked.clear()
        for call in self._calls:
            self._events.put_nowait(Ended(call=call, at=now, reason="lost"))
            path = Path(self.settings.recordings) / f"{call}.pcm"
            if self.settings.recordings and path.exists():
                seconds = path.stat().st_size / 16_000
                self._events.put_nowait(Recorded(call=call, at=now, reference=str(path), seconds=seconds))
        self._calls.clear()

    def _bury(self) -> None:
        """Let the new process end the dialogs of the dead one."""
        left, self._farewells = list(self._farewells.values()), {}
        if left:
            self._send({"id": 0, "do": "bury", "farewells": left})

    def _send(self, line: dict[str, Any]) -> None:
        if self._writer is None:
            raise _away()
        self._writer.write(json.dumps(line).encode() + b"\n")

    async def _do(self, verb: str, **values: str) -> None:
        number, waiting = next(self._numbers), asyncio.get_running_loop().create_future()
        if not self._up.is_set():
            raise _away()
        self._asked[number] = waiting
        try:
            self._send({"id": number, "do": verb, **values})
            async with asyncio.timeout(COMMAND_S):
                await waiting
        except TimeoutError:
            raise _away() from None
        finally:
            self._asked.pop(number, None)

    # commands

    async def answer(self, call: str) -> None:
        await self._do("answer", call=call)

    async def ring(self, call: str, party: str) -> None:
        await self._do("ring", call=call, party=party)

    async def stop_ringing(self, call: str, party: str) -> None:
        await self._do("stop_ringing", call=call, party=party)

    async def hold(self, call: str) -> None:
        await self._do("hold", call=call)

    async def resume(self, call: str) -> None:
        await self._do("resume", call=call)

    async def transfer(self, call: str, party: str) -> None:
        await self._do("transfer", call=call, party=party)

    async def conference(self, call: str, party: str) -> None:
        await self._do("conference", call=call, party=party)

    async def drop(self, call: str, party: str) -> None:
        await self._do("drop", call=call, party=party)

    async def record(self, call: str) -> None:
        await self._do("record", call=call)

    async def play(self, call: str, prompt: str) -> None:
        await self._do("play", call=call, prompt=prompt)

    async def originate(self, call: str, *, party: str, number: str) -> None:
        self._calls[call] = None
        try:
            await self._do("originate", call=call, party=party, number=number)
        except YunshuError:
            self._calls.pop(call, None)
            raise

    async def hang_up(self, call: str) -> None:
        await self._do("hang_up", call=call)


def _away() -> Unavailable:
    return Unavailable("cti_away", "话务平台暂时不可用，请稍后再试。", retry_after_s=1)
