"""A server that speaks Asterisk's REST Interface: HTTP and the event socket, bridges that check who is in them, telephones that answer by themselves.

``PJSIP/missing`` cannot be reached; every other endpoint rings and is picked up at once.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

USER, PASSWORD = "yunshu", "secret"
SIGNED = base64.b64encode(b"yunshu:secret").decode()


class FakeAri:
    """Channels and bridges, and the socket of one application."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Any]] = {}
        self.bridges: dict[str, set[str]] = {}
        self.recordings: dict[str, bytes] = {}
        self.recording: dict[str, str] = {}
        self.on_hold: set[str] = set()
        self.played: list[tuple[str, str]] = []
        self.socket: web.WebSocketResponse | None = None
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    # the people

    async def dials(self, channel: str, caller: str, called: str) -> None:
        """Somebody calls, and the dial plan gives the call to the application."""
        there = self.channels[channel] = {
            "id": channel,
            "state": "Ring",
            "caller": {"number": caller},
            "dialplan": {"exten": called, "app_name": "Stasis", "app_data": "yunshu"},
        }
        await self.tell("StasisStart", channel=there, args=[])

    async def hangs_up(self, channel: str, cause: int = 16) -> None:
        """A channel ends."""
        if there := self.channels.pop(channel, None):
            for bridge in self.bridges.values():
                bridge.discard(channel)
            await self.tell("ChannelDestroyed", channel=there, cause=cause)

    async def breaks(self) -> None:
        """The event socket is cut."""
        if self.socket:
            await self.socket.close()

    async def restarts(self) -> None:
        """Asterisk is started anew, without its channels."""
        self.channels.clear()
        self.bridges.clear()
        await self.breaks()

    async def tell(self, kind: str, **values: Any) -> None:
        if self.socket and not self.socket.closed:
            with suppress(ConnectionError):
                await self.socket.send_str(json.dumps({"type": kind, "application": "yunshu", **values}))

    # the interface

    async def events(self, request: web.Request) -> web.WebSocketResponse:
        assert request.query["app"] == "yunshu"
        self.socket = web.WebSocketResponse()
        await self.socket.prepare(request)
        async for _ in self.socket:
            pass
        return self.socket

    async def originate(self, request: web.Request) -> web.Response:
        channel, endpoint = request.query["channelId"], request.query["endpoint"]
        there = self.channels[channel] = {"id": channel, "state": "Down", "args": [request.query["appArgs"]]}
        task = asyncio.create_task(self._ring(channel, there, reachable=endpoint != "PJSIP/missing"))
        self._tasks.add(task)
        return web.json_response(there)

    async def _ring(self, channel: str, there: dict[str, Any], *, reachable: bool) -> None:
        await asyncio.sleep(0.01)
        if not reachable:
            await self.hangs_up(channel, 20)
            return
        there["state"] = "Ringing"
        await self.tell("ChannelStateChange", channel=there)
        await asyncio.sleep(0.05)
        if channel in self.channels:
            there["state"] = "Up"
            await self.tell("ChannelStateChange", channel=there)
            await self.tell("StasisStart", channel=there, args=there["args"])

    async def list(self, _request: web.Request) -> web.Response:
        return web.json_response(list(self.channels.values()))

    async def channel(self, request: web.Request) -> web.Response:
        """Everything about one channel."""
        channel, verb = request.match_info["channel"], request.match_info.get("verb", "")
        if channel not in self.channels:
            return web.json_response({"message": "Channel not found"}, status=404)
        match request.method, verb:
            case "DELETE", "":
                await self.hangs_up(channel)
            case "POST", "answer":
                self.channels[channel]["state"] = "Up"
            case "POST", "moh":
                self.on_hold.add(channel)
            case "DELETE", "moh":
                self.on_hold.discard(channel)
            case "POST", "play":
                self.played.append((channel, request.query["media"]))
            case _:
                return web.Response(status=400)
        return web.Response(status=204)

    async def bridge(self, request: web.Request) -> web.Response:
        """Everything about one bridge."""
        name, verb = request.match_info["bridge"], request.match_info.get("verb", "")
        if request.method == "POST" and not verb:
            self.bridges.setdefault(name, set())
            return web.json_response({"id": name})
        if name not in self.bridges:
            return web.json_response({"message": "Bridge not found"}, status=404)
        channel = request.query.get("channel", "")
        match request.method, verb:
            case "DELETE", "":
                del self.bridges[name]
                if recording := self.recording.pop(name, ""):
                    self.recordings[recording] = b"RIFF" + recording.encode()
                    await self.tell("RecordingFinished", recording={"name": recording, "format": "wav", "duration": 3})
            case "POST", "addChannel":
                if self.channels.get(channel, {}).get("state") != "Up":
                    return web.Response(status=422)
                self.bridges[name].add(channel)
            case "POST", "removeChannel":
                if channel not in self.bridges[name]:
                    return web.Response(status=422)
                self.bridges[name].discard(channel)
            case "POST", "record":
                self.recording[name] = request.query["name"]
        return web.Response(status=204)

    async def stored(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if request.method == "DELETE":
            del self.recordings[name]
            return web.Response(status=204)
        return web.Response(body=self.recordings[name])


@web.middleware
async def _signed(request: web.Request, handler: Any) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Basic {SIGNED}":
        return web.Response(status=401)
    return await handler(request)


@asynccontextmanager
async def fake_ari() -> AsyncIterator[FakeAri]:
    """Run it on a free port."""
    fake, app = FakeAri(), web.Application(middlewares=[_signed])
    app.router.add_get("/ari/events", fake.events)
    app.router.add_post("/ari/channels", fake.originate)
    app.router.add_get("/ari/channels", fake.list)
    for path in ("/ari/channels/{channel}", "/ari/channels/{channel}/{verb}"):
        app.router.add_route("*", path, fake.channel)
    for path in ("/ari/bridges/{bridge}", "/ari/bridges/{bridge}/{verb}"):
        app.router.add_route("*", path, fake.bridge)
    app.router.add_route("DELETE", "/ari/recordings/stored/{name}", fake.stored)
    app.router.add_get("/ari/recordings/stored/{name}/file", fake.stored)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ari"
    try:
        yield fake
    finally:
        await fake.breaks()
        await runner.cleanup()
