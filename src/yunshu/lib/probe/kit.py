"""``Kit``: what looks share in one event loop: name lookups remembered for a minute, HTTP sessions, ICMP sockets."""

import asyncio
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

import aiohttp

from yunshu.lib.crawl.guard import AddressRefused, GuardedResolver, InnerGuard
from yunshu.lib.probe.echo import Echo

NAME_LIFE_S = 60.0
GUARD = InnerGuard()


class NotResolved(OSError):
    """A host's name has no address."""


class Kit:
    """Opened with ``async with``, closed with all that it opened."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[float, asyncio.Task[str]]] = {}
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._echoes: dict[int, Echo] = {}
        self._parts: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        for echo in self._echoes.values():
            echo.close()
        for _, task in self._names.values():
            task.cancel()
        if engine := self._parts.get("snmp"):
            engine.close_dispatcher()

    async def address(self, host: str) -> str:
        """Return the address of a host. Raises NotResolved, and AddressRefused for one that no prober may look at."""
        found = await self._address(host)
        if not GUARD.permits(found):
            raise AddressRefused(f"{found} is not looked at")
        return found

    async def _address(self, host: str) -> str:
        try:
            return str(ip_address(host))
        except ValueError:
            pass
        known = self._names.get(host)
        if known is None or known[0] < time.monotonic():
            known = (time.monotonic() + NAME_LIFE_S, asyncio.create_task(self._resolve(host)))
            self._names[host] = known
        try:
            return await asyncio.shield(known[1])
        except NotResolved:
            self._names.pop(host, None)
            raise

    @staticmethod
    async def _resolve(host: str) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NotResolved(host) from error
        return str(found[0][4][0])

    def session(self, *, verify: bool) -> aiohttp.ClientSession:
        """Return the session for pages: every look on a connection of its own, no cookie kept, no proxy."""
        if verify not in self._sessions:
            resolver = GuardedResolver(GUARD, {})
            connector = aiohttp.TCPConnector(
                resolver=resolver,
                socket_factory=resolver.socket,
                force_close=True,
                limit=0,
                ssl=verify,
                ttl_dns_cache=int(NAME_LIFE_S),
            )
            self._sessions[verify] = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
            )
        return self._sessions[verify]

    def echo(self, address: str) -> Echo:
        """Return the socket for echo requests to an address. Raises PermissionError if the machine allows none."""
        version = ip_address(address).version
        if version not in self._echoes:
            self._echoes[version] = Echo(version)
        return self._echoes[version]

    def part(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a shared part of a protocol, made at its first use."""
        if name not in self._parts:
            self._parts[name] = make()
        return self._parts[name]
