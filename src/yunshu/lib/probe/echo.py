"""``Echo``: echo requests of many looks over one socket. The packets are icmplib's; waiting is the event loop's.

A raw socket sees every ICMP packet of the machine, so a socket a look would read n x n packets: one socket, and a table of
who waits. Without the right to raw sockets the kernel's datagram ones serve (``net.ipv4.ping_group_range``).
"""

import asyncio
import itertools
import os
import time

import icmplib

SEQUENCES = 65_536
READ_S = 0.01


class Echo:
    """One socket of one IP version in the running loop."""

    def __init__(self, version: int) -> None:
        self._socket = _opened(version)
        self._sequence = itertools.count()
        self._id = os.getpid() % SEQUENCES
        self._waiting: dict[int, tuple[str, asyncio.Future[float]]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.sock.fileno(), self._read)

    async def round_trip(self, address: str) -> float:
        """Return the seconds to an address and back. Raises OSError if it cannot be sent or someone says unreachable."""
        request = icmplib.ICMPRequest(address, self._id, next(self._sequence) % SEQUENCES, payload_size=32)
        waiting: asyncio.Future[float] = self._loop.create_future()
        self._waiting[request.sequence] = (address, waiting)
        started = time.perf_counter()
        try:
            self._socket.send(request)
            return await waiting - started
        except icmplib.ICMPLibError as error:
            raise OSError(str(error)) from error
        finally:
            self._waiting.pop(request.sequence, None)

    def _read(self) -> None:
        try:
            reply = self._socket.receive(timeout=READ_S)
        except icmplib.ICMPLibError:
            return
        now = time.perf_counter()
        own = reply.id == self._id or not self._socket.is_privileged
        address, waiting = self._waiting.get(reply.sequence, ("", None)) if own else ("", None)
        if waiting is None or waiting.done():
            return
        try:
            reply.raise_for_status()
        except (icmplib.DestinationUnreachable, icmplib.TimeExceeded) as error:
            waiting.set_exception(OSError(str(error)))  # a router's word, whose source is not the address asked
        except icmplib.ICMPLibError:
            return
        else:
            if reply.source == address:
                waiting.set_result(now)

    def close(self) -> None:
        """Let go of the socket."""
        self._loop.remove_reader(self._socket.sock.fileno())
        self._socket.close()


def _opened(version: int) -> icmplib.ICMPv4Socket | icmplib.ICMPv6Socket:
    made = icmplib.ICMPv4Socket if version == 4 else icmplib.ICMPv6Socket
    try:
        return made(privileged=True)
    except icmplib.SocketPermissionError:
        pass
    try:
        return made(privileged=False)
    except icmplib.SocketPermissionError as error:
        raise PermissionError("this machine lets us send no echo requests") from error
