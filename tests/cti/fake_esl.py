"""A server that speaks FreeSWITCH's event socket: sign-in, ``bgapi``, events as JSON, conferences that check who is in them.

``user/missing`` cannot be reached; every other dial string rings and is picked up at once.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PASSWORD = "ClueCon"
ORIGINATE = re.compile(r"\{(?P<known>[^}]*)\}(?P<to>\S+) &park\(\)")


class FakeEsl:
    """Channels, where each is (``park``, ``conference:…``, ``endless_playback:…``), and the one connection."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, str]] = {}
        self.where: dict[str, str] = {}
        self.recording: dict[str, str] = {}
        self.played: list[tuple[str, str]] = []
        self.writer: asyncio.StreamWriter | None = None
        self.shown: list[str] = []
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # the people

    async def dials(self, channel: str, caller: str, called: str) -> None:
        """Somebody calls, and the dial plan parks the call."""
        numbers = {"Caller-Caller-ID-Number": caller, "Caller-Destination-Number": called}
        self.channels[channel] = {"Unique-ID": channel, "Call-Direction": "inbound", **numbers}
        self.where[channel] = "park"
        self.tell("CHANNEL_PARK", channel)

    async def hangs_up(self, channel: str, cause: str = "NORMAL_CLEARING") -> None:
        """A channel ends, and its recording with it."""
        if channel not in self.channels:
            return
        if path := self.recording.pop(channel, ""):
            self.tell("RECORD_STOP", channel, **{"Record-File-Path": path, "variable_record_seconds": "3"})
        self.tell("CHANNEL_HANGUP_COMPLETE", channel, **{"Hangup-Cause": cause})
        del self.channels[channel]
        self.where.pop(channel, None)

    async def breaks(self) -> None:
        """The connection is cut."""
        if self.writer:
            self.writer.close()

    async def restarts(self) -> None:
        """FreeSWITCH is started anew, without its channels."""
        self.channels.clear()
        self.where.clear()
        await self.breaks()

    def tell(self, name: str, channel: str, **values: str) -> None:
        self.send("text/event-json", json.dumps({"Event-Name": name, **self.channels.get(channel, {}), **values}))

    def send(self, kind: str, body: str = "", **headers: str) -> None:
        if self.writer and not self.writer.is_closing():
            lines = [
                f"Content-Type: {kind}",
                *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
            ]
            lines += [f"Content-Length: {len(body.encode())}"] if body else []
            self.writer.write(("\n".join(lines) + "\n\n" + body).encode())

    # the socket

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.send("auth/request")
        while block := await _block(reader):
            line, *rest = block
            headers = dict(one.split(": ", 1) for one in rest)
            self._take(line, headers.get("Job-UUID", ""))
        writer.close()

    def _take(self, line: str, job: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb == "auth":
            said = "+OK accepted" if rest == PASSWORD else "-ERR invalid"
            self.send("command/reply", Reply_Text=said)
        elif verb == "event":
            self.send("command/reply", Reply_Text="+OK event listener enabled json")
        elif verb == "bgapi":
            self.send("command/reply", Reply_Text=f"+OK Job-UUID: {job}")
            task = asyncio.create_task(self._job(rest, job))
            self._tasks.add(task)

    async def _job(self, line: str, job: str) -> None:
        verb, _, rest = line.partition(" ")
        said = await (self._originate(rest) if verb == "originate" else self._command(verb, rest.split()))
        self.tell("BACKGROUND_JOB", "", **{"Job-UUID": job, "_body": said + "\n"})

    async def _originate(self, rest: str) -> str:
        parts = ORIGINATE.fullmatch(rest)
        assert parts
        known = dict(pair.split("=") for pair in parts["known"].split(","))
        channel = known["origination_uuid"]
        assert known.keys() == {"origination_uuid", "origination_caller_id_number", "ignore_early_media"}
        self.shown.append(known["origination_caller_id_number"])
        if parts["to"] == "user/missing":
            return "-ERR USER_NOT_REGISTERED"
        self.channels[channel] = {"Unique-ID": channel, "Call-Direction": "outbound"}
        self.tell("CHANNEL_PROGRESS", channel)
        await asyncio.sleep(0.05)
        if channel not in self.channels:
            return "-ERR ORIGINATOR_CANCEL"
        self.tell("CHANNEL_ANSWER", channel)
        self.where[channel] = "park"
        self.tell("CHANNEL_PARK", channel)
        return f"+OK {channel}"

    def _shown(self) -> str:
        rows = [
            {
                "uuid": channel,
                "direction": there["Call-Direction"],
                "callstate": "ACTIVE" if channel in self.where else "RINGING",
                "application": self.where.get(channel, "").partition(":")[0],
                "cid_num": there.get("Caller-Caller-ID-Number", ""),
                "dest": there.get("Caller-Destination-Number", ""),
            }
            for channel, there in self.channels.items()
        ]
        return json.dumps({"row_count": len(rows), **({"rows": rows} if rows else {})})

    async def _command(self, verb: str, words: list[str]) -> str:
        if verb == "show":
            return self._shown()
        if words[0] not in self.channels:
            return "-ERR No such channel!"
        match verb, words:
            case "uuid_kill", [channel]:
                await self.hangs_up(channel)
            case "uuid_answer", [_]:
                pass
            case "uuid_transfer", [channel, where, "inline"]:
                self.where[channel] = where
            case "uuid_record", [channel, "start", path]:
                self.recording[channel] = path
            case "uuid_broadcast", [channel, sound, "aleg"]:
                self.played.append((channel, sound))
            case _:
                return "-USAGE"
        return "+OK"


async def _block(reader: asyncio.StreamReader) -> list[str]:
    lines: list[str] = []
    while line := (await reader.readline()).decode():
        if not line.strip():
            if lines:
                return lines
            continue
        lines.append(line.strip())
    return []


@asynccontextmanager
async def fake_esl() -> AsyncIterator[FakeEsl]:
    """Run it on a free port."""
    fake = FakeEsl()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        await fake.breaks()
        server.close()
