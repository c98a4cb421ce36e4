"""The SIP process: sippy's loop in the main thread, sound and the line to the provider in another. Started by ``SipProvider`` only.

    python -m yunshu.lib.cti.sip FD SETTINGS-JSON

Lines of JSON over the socket FD. In: ``{"id": 1, "do": "ring", "call": …, "party": …}``. Out: ``{"re": 1}`` or with ``error``; ``{"event": …}``;
``{"leg": …, "farewell": …}``. The end of the socket is the end of the process, after hanging up.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

os.environ.setdefault("SIPLOG_BEND", "none")

from sippy.Core.EventDispatcher import ED2
from sippy.Time.Timeout import Timeout

from yunshu.lib.cti.sip.rooms import Rooms
from yunshu.lib.cti.sip.settings import SipSettings
from yunshu.lib.cti.sip.switch import Switch
from yunshu.lib.kernel.errors import YunshuError

LEAVE_S = 1.0
NICE = -10
"""Sound comes every 20 ms: where we may (root, ``LimitNICE``), other work on the machine waits for it."""
COMMANDS = frozenset(
    [
        "answer",
        "ring",
        "stop_ringing",
        "hold",
        "resume",
        "transfer",
        "conference",
        "drop",
        "record",
        "play",
        "originate",
        "hang_up",
        "bury",
    ]
)


class Line(asyncio.Protocol):
    """The provider's end of the socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._rest = loop, b""
        self.transport: asyncio.WriteTransport | None = None
        self.switch: Switch | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            ED2.callFromThread(self._do, json.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:
        ED2.callFromThread(self._leave)

    def tell(self, line: dict[str, Any]) -> None:
        """Send a line, from any thread."""
        self._loop.call_soon_threadsafe(self._write, json.dumps(line).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def _do(self, line: dict[str, Any]) -> None:
        """Carry out a command, in sippy's thread."""
        number, verb = line.pop("id"), line.pop("do")
        if verb not in COMMANDS:
            self.tell({"re": number, "error": "command_unknown", "message": verb, "kind": "Refused"})
            return
        try:
            getattr(self.switch, verb)(**line)
        except YunshuError as error:
            kind = type(error).__name__
            self.tell({"re": number, "error": error.code, "message": error.message, "kind": kind})
        else:
            self.tell({"re": number})

    def _leave(self) -> None:
        if self.switch:
            self.switch.end_all()
        Timeout(ED2.breakLoop, LEAVE_S)


def main() -> None:
    """Run until the socket ends."""
    handle, settings = int(sys.argv[1]), SipSettings.from_json(sys.argv[2])
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal's Ctrl-C is for the provider, which then closes the socket
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    loop = asyncio.new_event_loop()
    rooms, line = Rooms(loop), Line(loop)
    line.switch = Switch(settings, rooms, loop.call_soon_threadsafe, line.tell)
    threading.Thread(target=_sound, args=(loop, rooms, line, handle), daemon=True).start()
    ED2.loop()


def _sound(loop: asyncio.AbstractEventLoop, rooms: Rooms, line: Line, handle: int) -> None:
    """Run the other thread: the line and the rooms."""

    async def run() -> None:
        await loop.create_connection(lambda: line, sock=socket.socket(fileno=handle))
        line.tell({"ready": True})
        await rooms.run()

    asyncio.set_event_loop(loop)
    loop.run_until_complete(run())


if __name__ == "__main__":
    main()
