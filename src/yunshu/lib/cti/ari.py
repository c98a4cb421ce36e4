"""``AriProvider``: Asterisk by its REST Interface. A Stasis application takes the calls; a mixing bridge is a call's room.

Own client on aiohttp: PyPI's ari-client 0.9.0 spins for ever when Asterisk closes the socket, and hands events to tasks of their own, so that
they overtake each other. The resources are those of Asterisk 18 and later (``rest-api/`` of its sources).
"""

import asyncio
import base64
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from yunshu.lib.cti.events import Recorded
from yunshu.lib.cti.provider import no_call, shown, wrong_state
from yunshu.lib.cti.switchboard import OURS_PREFIX, Call, Switchboard
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Unavailable, YunshuError

log = structlog.get_logger()
COMMAND_S, HEARTBEAT_S, AGAIN_S, GRACE_S = 10.0, 15.0, 1.0, 20.0
_CAUSES = {17: "busy", 18: "no_answer", 19: "no_answer", 21: "declined", 26: "stopped"}
"""ITU-T Q.850 causes; all others mean that the telephone could not be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AriSettings:
    """``url`` as ``http://pbx:8088/ari``. ``outside`` is the endpoint that outside numbers are dialled by: ``PJSIP/{number}@trunk``."""

    url: str
    user: str
    password: str
    app: str = "yunshu"
    outside: str = "PJSIP/{number}@trunk"
    display: str = "12345"
    recordings: str = ""


class AriProvider(Switchboard):
    """One Asterisk. ``async with`` runs it. Who it dials is an endpoint: ``PJSIP/8001``.

    If the connection breaks, people go on speaking: once it is there again, what happened meanwhile is asked for. After ``GRACE_S`` without it,
    every call ends here (``lost``), and on Asterisk when it comes back.
    """

    def __init__(self, settings: AriSettings) -> None:
        super().__init__()
        self._settings = settings
        self._http: aiohttp.ClientSession | None = None
        self._up = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "AriProvider":
        signed = base64.b64encode(f"{self._settings.user}:{self._settings.password}".encode()).decode()
        headers = {"Authorization": f"Basic {signed}"}
        self._http = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(COMMAND_S))
        self._keeper = asyncio.create_task(self._keep())
        with suppress(TimeoutError):
            async with asyncio.timeout(COMMAND_S):
                await self._up.wait()
                return self
        await self.__aexit__()
        raise _away()

    async def __aexit__(self, *_: object) -> None:
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._http:
            await self._http.close()

    # events

    async def _keep(self) -> None:
        """Hear Asterisk, again and again."""
        gone_at = 0.0
        while True:
            try:
                await self._hear()
                gone_at = time.monotonic()
            except (aiohttp.ClientError, TimeoutError, YunshuError) as error:
                log.warning("cti.ari_away", error=type(error).__name__)
            self._up.clear()
            if time.monotonic() - gone_at > GRACE_S:
                self.lost()
            await asyncio.sleep(AGAIN_S)

    async def _hear(self) -> None:
        if self._http is None:
            return
        address, wanted = f"{self._settings.url}/events", {"app": self._settings.app}
        async with self._http.ws_connect(address, params=wanted, heartbeat=HEARTBEAT_S) as socket:
            await self._catch_up()
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._take(json.loads(message.data))

    async def _catch_up(self) -> None:
        """Ask what there is; what we dialled and gave up meanwhile is hung up, who called meanwhile is offered."""
        channels = json.loads(await self._ask("GET", "channels"))
        self._up.set()
        await self.caught_up({one["id"]: one.get("state") == "Up" for one in channels})
        for one in channels:
            plan = one.get("dialplan", {})
            if self._find(one["id"]) != (None, None):
                continue
            if one["id"].startswith(OURS_PREFIX):
                await self._cut(one["id"])
            elif (plan.get("app_name"), plan.get("app_data", "").split(",")[0]) == ("Stasis", self._settings.app):
                self.arrived(one["id"], caller=one.get("caller", {}).get("number", ""), called=plan.get("exten", ""))

    async def _take(self, event: dict[str, Any]) -> None:
        """Take one event; what Asterisk refuses meanwhile (somebody hung up) is no reason to stop."""
        try:
            await self._happened(event)
        except YunshuError as error:
            log.info("cti.ari_refused", happened=event.get("type"), code=error.code)

    async def _happened(self, event: dict[str, Any]) -> None:
        channel = event.get("channel", {}).get("id", "")
        match event.get("type"):
            case "StasisStart":
                if event.get("args") == [_OURS]:
                    await self.picked_up(channel)
                else:
                    there = event["channel"]
                    called = there.get("dialplan", {}).get("exten", "")
                    self.arrived(channel, caller=there.get("caller", {}).get("number", ""), called=called)
            case "ChannelStateChange":
                if event["channel"].get("state") == "Ringing":
                    self.rang(channel)
            case "ChannelDestroyed":
                await self.gone(channel, _CAUSES.get(event.get("cause", 0), "unreachable"))
            case "RecordingFinished":
                await self._fetch(event["recording"])

    async def _fetch(self, recording: dict[str, Any]) -> None:
        """Bring a finished recording here."""
        name = str(recording["name"])
        path = Path(self._settings.recordings) / f"{Path(name).name}.wav"
        data = await self._ask("GET", f"recordings/stored/{name}/file")
        path.write_bytes(data)
        seconds = float(recording.get("duration", 0))
        self._say(Recorded(call=name, at=clock.now(), reference=str(path), seconds=seconds))
        await self._ask("DELETE", f"recordings/stored/{name}")

    # primitives

    async def _ask(self, verb: str, path: str, **values: str) -> bytes:
        """Ask Asterisk. Raises NotFound for what is gone, Refused for what cannot be now, Unavailable."""
        if self._http is None:
            raise _away()
        try:
            async with self._http.request(verb, f"{self._settings.url}/{path}", params=values) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away() from error
        if answer.status == 404:
            raise no_call(path.split("/")[1])
        if answer.status in (409, 412, 422):
            raise wrong_state("通话当前状态不允许该操作。")
        if answer.status >= 400:
            log.warning("cti.ari_answered", status=answer.status, path=path)
            raise _away()
        return body

    async def _dial(self, call: Call, channel: str, party: str) -> None:
        await self._originate(channel, party, shown(call.number or call.caller, self._settings.display))

    async def _dial_out(self, call: Call) -> None:
        await self._originate(call.id, self._settings.outside.format(number=call.number), self._settings.display)

    async def _originate(self, channel: str, endpoint: str, caller: str) -> None:
        if not self._up.is_set():
            raise _away()
        await self._ask(
            "POST",
            "channels",
            endpoint=endpoint,
            app=self._settings.app,
            appArgs=_OURS,
            channelId=channel,
            callerId=caller,
            timeout="-1",
        )

    async def _answer(self, channel: str) -> None:
        await self._ask("POST", f"channels/{channel}/answer")

    async def _enter(self, call: Call, channel: str) -> None:
        await self._ask("POST", f"bridges/{call.id}", type="mixing")  # again is no error: it is there already
        await self._ask("POST", f"bridges/{call.id}/addChannel", channel=channel)

    async def _set_held(self, call: Call, *, held: bool) -> None:
        if held:
            await self._ask("POST", f"bridges/{call.id}/removeChannel", channel=call.id)
            await self._ask("POST", f"channels/{call.id}/moh")
        else:
            await self._ask("DELETE", f"channels/{call.id}/moh")
            await self._ask("POST", f"bridges/{call.id}/addChannel", channel=call.id)

    async def _cut(self, channel: str) -> None:
        with suppress(YunshuError):
            await self._ask("DELETE", f"channels/{channel}")

    async def _close(self, call: Call) -> None:
        with suppress(YunshuError):
            await self._ask("DELETE", f"bridges/{call.id}")

    async def _record(self, call: Call) -> None:
        await self._ask("POST", f"bridges/{call.id}/record", name=call.id, format="wav", ifExists="overwrite")

    async def _play(self, call: Call, prompt: str) -> None:
        await self._ask("POST", f"channels/{call.id}/play", media=f"sound:{prompt}")


_OURS = "ours"
"""The argument by which a channel that we dialled is told from one that came."""


def _away() -> Unavailable:
    return Unavailable("cti_away", "话务平台（Asterisk）暂时不可用，请稍后再试。", retry_after_s=1)
