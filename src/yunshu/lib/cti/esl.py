"""``EslProvider``: FreeSWITCH by its event socket (inbound mode). The dial plan parks calls; a conference is a call's room.

Own client: the protocol is lines and lengths, while PyPI's genesis (2026.10.18) brings FastAPI, uvicorn, redis and OpenTelemetry, and does not
install on Python 3.13. Events as JSON; commands by ``bgapi``, whose results come as events, so that nothing waits behind a slow one.
"""

import asyncio
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from yunshu.lib.cti.events import Recorded
from yunshu.lib.cti.provider import no_call, shown, wrong_state
from yunshu.lib.cti.switchboard import OURS_PREFIX, Call, Switchboard
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, Unavailable, YunshuError

log = structlog.get_logger()
COMMAND_S, AGAIN_S, GRACE_S = 10.0, 1.0, 20.0
CAUGHT_UP = "caught_up"
MOST_BYTES = 4 << 20
EVENTS = "CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE RECORD_STOP BACKGROUND_JOB"
_CAUSES = {
    "USER_BUSY": "busy",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "CALL_REJECTED": "declined",
    "ORIGINATOR_CANCEL": "stopped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EslSettings:
    """``outside`` is the dial string of outside numbers: ``sofia/gateway/trunk/{number}``. ``recordings`` is a folder that both machines see."""

    host: str
    port: int = 8021
    password: str
    outside: str = "sofia/gateway/trunk/{number}"
    display: str = "12345"
    recordings: str = ""
    music: str = "local_stream://moh"


class EslProvider(Switchboard):
    """One FreeSWITCH. ``async with`` runs it. Who it dials is a dial string: ``user/8001``.

    If the connection breaks, people go on speaking: once it is there again, what happened meanwhile is asked for. After ``GRACE_S`` without it,
    every call ends here (``lost``), and on FreeSWITCH when it comes back.
    """

    def __init__(self, settings: EslSettings) -> None:
        super().__init__()
        self._settings = settings
        self._writer: asyncio.StreamWriter | None = None
        self._replies: asyncio.Queue[asyncio.Future[dict[str, str]]] = asyncio.Queue()
        self._jobs: dict[str, asyncio.Future[str]] = {}
        self._dialled: dict[str, str] = {}
        self._happening: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._showing = ""
        self._up = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "EslProvider":
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._work())]
        with suppress(TimeoutError):
            async with asyncio.timeout(COMMAND_S):
                await self._up.wait()
                return self
        await self.__aexit__()
        raise _away()

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    # the socket

    async def _keep(self) -> None:
        """Be connected, again and again."""
        gone_at = 0.0
        while True:
            try:
                await self._serve()
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                log.warning("cti.esl_away", error=type(error).__name__)
            if self._up.is_set():
                gone_at = time.monotonic()
            self._up.clear()
            for waiting in [*self._jobs.values()]:
                waiting.cancel()
            self._jobs.clear()
            self._dialled.clear()
            if time.monotonic() - gone_at > GRACE_S:
                self.lost()
            await asyncio.sleep(AGAIN_S)

    async def _serve(self) -> None:
        """Sign in and read to the end."""
        reader, self._writer = await asyncio.open_connection(self._settings.host, self._settings.port)
        self._replies = asyncio.Queue()
        try:
            while True:
                headers, body = await _message(reader)
                match headers.get("content-type"):
                    case "auth/request":
                        self._signing = asyncio.create_task(self._sign_in())
                    case "command/reply":
                        waiting = self._replies.get_nowait()
                        if not waiting.done():
                            waiting.set_result(headers)
                    case "text/event-json":
                        self._happened(json.loads(body))
                    case "text/disconnect-notice":
                        return
        finally:
            self._writer.close()
            self._writer = None

    async def _sign_in(self) -> None:
        accepted = await self._command(f"auth {self._settings.password}")
        if not accepted.get("reply-text", "").startswith("+OK"):
            log.error("cti.esl_password_refused")
            return
        await self._command(f"event json {EVENTS}")
        self._showing = secrets.token_hex(16)
        await self._command("bgapi show channels as json", **{"Job-UUID": self._showing})

    async def _command(self, line: str, **headers: str) -> dict[str, str]:
        if self._writer is None:
            raise _away()
        waiting: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._replies.put_nowait(waiting)
        self._writer.write("\n".join([line, *(f"{k}: {v}" for k, v in headers.items()), "", ""]).encode())
        try:
            async with asyncio.timeout(COMMAND_S):
                return await waiting
        except TimeoutError:
            raise _away() from None

    async def _api(self, *words: str) -> str:
        """Carry out a command; return its result. Raises NotFound for a channel that is gone, Refused, Unavailable."""
        job, line = secrets.token_hex(16), " ".join(words)
        if "\n" in line or "\r" in line:
            raise Refused("party_malformed", "号码或话机地址含有非法字符。")
        result: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._jobs[job] = result
        try:
            await self._command(f"bgapi {line}", **{"Job-UUID": job})
            async with asyncio.timeout(COMMAND_S):
                said = await result
        except (TimeoutError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not result.cancelled():
                raise
            raise _away() from None
        finally:
            self._jobs.pop(job, None)
        if "No such channel" in said:
            raise no_call(words[1])
        if said.startswith("-ERR"):
            raise wrong_state("通话当前状态不允许该操作。")
        return said

    # events

    def _happened(self, event: dict[str, Any]) -> None:
        if event.get("Event-Name") != "BACKGROUND_JOB":
            self._happening.put_nowait(event)
            return
        job, said = event.get("Job-UUID", ""), str(event.get("_body", "")).strip()
        if job == self._showing:  # in its place among the events
            self._happening.put_nowait({"Event-Name": CAUGHT_UP, "rows": json.loads(said).get("rows", [])})
        elif (waiting := self._jobs.get(job)) and not waiting.done():
            waiting.set_result(said)
        elif (channel := self._dialled.pop(job, "")) and said.startswith("-ERR"):
            cause = said.removeprefix("-ERR").strip()
            self._happening.put_nowait(
                {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Unique-ID": channel, "Hangup-Cause": cause}
            )

    async def _work(self) -> None:
        """Take events in order, apart from the reading: what they lead to waits for results that are read."""
        while True:
            event = await self._happening.get()
            try:
                await self._take(event, str(event.get("Unique-ID", "")))
            except YunshuError as error:
                log.info("cti.esl_refused", happened=event.get("Event-Name"), code=error.code)

    async def _take(self, event: dict[str, Any], channel: str) -> None:
        match event.get("Event-Name"):
            case "CHANNEL_PARK":
                if event.get("Call-Direction") == "inbound" and self._find(channel) == (None, None):
                    caller = str(event.get("Caller-Caller-ID-Number", ""))
                    self.arrived(channel, caller=caller, called=str(event.get("Caller-Destination-Number", "")))
            case name if name == CAUGHT_UP:
                await self._catch_up(event["rows"])
            case "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA":
                self.rang(channel)
            case "CHANNEL_ANSWER":
                if event.get("Call-Direction") == "outbound":
                    await self.picked_up(channel)
            case "CHANNEL_HANGUP_COMPLETE":
                await self.gone(channel, _CAUSES.get(str(event.get("Hangup-Cause")), "unreachable"))
            case "RECORD_STOP":
                path = str(event.get("Record-File-Path", ""))
                seconds = float(event.get("variable_record_seconds", 0))
                self._say(Recorded(call=channel, at=clock.now(), reference=path, seconds=seconds))

    async def _catch_up(self, rows: list[dict[str, str]]) -> None:
        """Take what there is; what we dialled and gave up meanwhile is hung up, who called meanwhile and is parked is offered."""
        self._up.set()
        await self.caught_up({row["uuid"]: row.get("callstate") == "ACTIVE" for row in rows})
        for row in rows:
            if self._find(row["uuid"]) != (None, None):
                continue
            if row["uuid"].startswith(OURS_PREFIX):
                await self._cut(row["uuid"])
            elif row.get("direction") == "inbound" and row.get("application") == "park":
                self.arrived(row["uuid"], caller=row.get("cid_num", ""), called=row.get("dest", ""))

    # primitives

    async def _dial(self, call: Call, channel: str, party: str) -> None:
        await self._originate(channel, party, shown(call.number or call.caller, self._settings.display))

    async def _dial_out(self, call: Call) -> None:
        await self._originate(call.id, self._settings.outside.format(number=call.number), self._settings.display)

    async def _originate(self, channel: str, to: str, caller: str) -> None:
        """Dial; it ends when somebody answers or never will, so its result is not waited for."""
        if not to or any(sign in to + caller for sign in " \r\n{}&"):
            raise Refused("party_malformed", f"号码或话机地址 {to} 含有非法字符。")
        if not self._up.is_set():
            raise _away()
        job = secrets.token_hex(16)
        self._dialled[job] = channel
        known = f"origination_uuid={channel},origination_caller_id_number={caller},ignore_early_media=true"
        await self._command(f"bgapi originate {{{known}}}{to} &park()", **{"Job-UUID": job})

    async def _answer(self, channel: str) -> None:
        await self._api("uuid_answer", channel)

    async def _enter(self, call: Call, channel: str) -> None:
        await self._api("uuid_transfer", channel, f"conference:{call.id}@default", "inline")

    async def _set_held(self, call: Call, *, held: bool) -> None:
        where = f"endless_playback:{self._settings.music}" if held else f"conference:{call.id}@default"
        await self._api("uuid_transfer", call.id, where, "inline")

    async def _cut(self, channel: str) -> None:
        with suppress(YunshuError):
            await self._api("uuid_kill", channel)

    async def _close(self, call: Call) -> None:
        """A conference ends with its last member."""

    async def _record(self, call: Call) -> None:
        await self._api("uuid_record", call.id, "start", f"{self._settings.recordings}/{call.id}.wav")

    async def _play(self, call: Call, prompt: str) -> None:
        await self._api("uuid_broadcast", call.id, prompt, "aleg")


async def _message(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    """Read headers and body. Raises IncompleteReadError at the end, ValueError for what is no message."""
    headers: dict[str, str] = {}
    while line := (await reader.readuntil(b"\n")).decode().strip():
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    length = int(headers.get("content-length", 0))
    if length > MOST_BYTES:
        raise ValueError("a message of FreeSWITCH is too long")
    return headers, await reader.readexactly(length)


def _away() -> Unavailable:
    return Unavailable("cti_away", "话务平台（FreeSWITCH）暂时不可用，请稍后再试。", retry_after_s=1)
