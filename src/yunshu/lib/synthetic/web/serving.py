"""Serves a city on loopback: all hosts by their names on one port, TLS on another, and if wished a port for each site."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict

from yunshu.lib.synthetic.web.behaviours import Ask
from yunshu.lib.synthetic.web.certificates import Authority, server_context
from yunshu.lib.synthetic.web.city import WebCity

LOOPBACK = "127.0.0.1"


class LoopbackResolver(AbstractResolver):
    """Resolves the city's hosts to the test server, for aiohttp. A name that is not the city's does not exist.

    ``hosts`` as ``WebCity.hosts()``. It gives the server's port with the address, so that URLs need none; what is asked
    on port 443 comes to ``tls_port``, a host whose connections are refused to ``closed_port``.
    """

    def __init__(self, hosts: Mapping[str, str], port: int, tls_port: int, closed_port: int) -> None:
        self._hosts, self._port, self._tls_port, self._closed_port = dict(hosts), port, tls_port, closed_port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return where ``host`` is served; raise OSError if there is none of that name."""
        known = self._hosts.get(host.lower(), "nxdomain")
        if known == "nxdomain":
            raise OSError(None, f"no such host: {host}")
        to = self._closed_port if known == "refused" else self._tls_port if port == 443 else self._port
        return [ResolveResult(
            hostname=host, host=LOOPBACK, port=to, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
        )]  # fmt: skip

    async def close(self) -> None:
        """Do nothing: it holds nothing."""


@dataclass
class Running:
    """A city being served. ``ports`` has a port of its own for each site if asked for; ``ca_pem`` the authority to trust."""

    city: WebCity
    port: int = 0
    tls_port: int = 0
    closed_port: int = 0
    ca_pem: str = ""
    pace: float = 1.0
    ports: dict[str, int] = field(default_factory=dict)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def show(self, stage: int) -> None:
        """Let the city be as visit ``stage`` finds it from now on."""
        self.city = self.city.at(stage)

    def hosts(self) -> dict[str, str]:
        """Return every host -> what it is, a site that refuses connections as ``refused``."""
        down = {site.host: "refused" for site in self.city.sites if site.outlook.down == "refused"}
        return self.city.hosts() | down

    def resolver(self) -> LoopbackResolver:
        """Return the resolver for aiohttp's connector."""
        return LoopbackResolver(self.hosts(), self.port, self.tls_port, self.closed_port)

    def addresses(self) -> dict[str, tuple[str, int]]:
        """Return host -> (address, port) for other clients; hosts that do not exist are absent."""
        return {
            host: (LOOPBACK, self.closed_port if known == "refused" else self.port)
            for host, known in self.hosts().items()
            if known != "nxdomain"
        }

    def chromium_rules(self) -> str:
        """Return the value of Chromium's ``--host-resolver-rules``: every host is here, whatever its port."""
        return f"MAP *:80 {LOOPBACK}:{self.port},MAP *:443 {LOOPBACK}:{self.tls_port}"

    def trust(self) -> ssl.SSLContext:
        """Return a client's context that trusts the city's authority and no other."""
        return ssl.create_default_context(cadata=self.ca_pem)


@asynccontextmanager
async def serve(
    city: WebCity, *, port: int = 0, pace: float = 1.0, tls: bool = True, each: bool = False
) -> AsyncIterator[Running]:
    """Serve ``city`` on loopback until the block ends. ``pace`` multiplies all waiting; ``each`` opens a port per site."""
    running = Running(city, pace=pace)
    runner = web.ServerRunner(web.Server(lambda request: _answer(running, request)))
    await runner.setup()
    closed = socket.socket()
    closed.bind((LOOPBACK, 0))  # never listened on: connections are refused
    running.closed_port = closed.getsockname()[1]
    try:
        running.port = await _open(runner, port)
        if tls:
            authority = Authority(city.now)
            running.ca_pem = authority.pem
            ways = {site.host: site.outlook.certificate for site in city.sites}
            running.tls_port = await _open(runner, 0, server_context(authority, ways))
        for site in city.sites if each else ():
            running.ports[site.host] = await _open(runner, 0)
        yield running
    finally:
        closed.close()
        await runner.cleanup()


async def _open(runner: web.ServerRunner, port: int, context: ssl.SSLContext | None = None) -> int:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((LOOPBACK, port))
    await web.SockSite(runner, listening, ssl_context=context, backlog=512).start()
    return int(listening.getsockname()[1])


async def _answer(running: Running, request: web.BaseRequest) -> web.StreamResponse:
    ask = await _asked(running, request)
    reply = running.city.respond(ask)
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s * running.pace)
    if reply.hang_up and request.transport is not None:
        request.transport.close()
    return web.Response(status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body)


async def _asked(running: Running, request: web.BaseRequest) -> Ask:
    own = {number: host for host, number in running.ports.items()}
    here = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    host = own.get(here, request.host.rsplit(":", 1)[0])
    path = request.rel_url.path
    visit = running.asked[host, path]
    running.asked[host, path] += 1
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.text() if request.method == "POST" else ""
    return Ask(
        host=host,
        path=path,
        query=request.rel_url.query_string,
        method=request.method,
        headers=headers,
        body=body,
        visit=visit,
    )
