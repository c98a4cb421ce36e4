"""Real peers on loopback for probes: HTTP pages, an exporter, a DNS server, TLS with own certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from yunshu.lib.kernel import clock

EXPORTER = """# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1{node="a"} 0.5
node_load1{node="b"} 7.5
up 1
"""


async def _page(request: web.Request) -> web.Response:
    status = int(request.query.get("status", "200"))
    body = request.query.get("body", "政务云运行正常").encode(request.query.get("charset", "utf-8"))
    await asyncio.sleep(float(request.query.get("wait", "0")))
    return web.Response(
        status=status,
        body=body * int(request.query.get("times", "1")),
        content_type="text/html",
        charset=request.query.get("charset", "utf-8"),
    )


async def _metrics(request: web.Request) -> web.Response:
    return web.Response(text=request.query.get("text", EXPORTER))


@asynccontextmanager
async def pages(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve ``/?status=&body=&times=&wait=`` and ``/metrics``; yields the port."""
    app = web.Application()
    app.add_routes([web.get("/", _page), web.get("/metrics", _metrics)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Names(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        name = question.question[0].name
        if name.to_text() == "oa.example.cn.":
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "10.1.2.3", "10.1.2.4"))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def names() -> AsyncIterator[int]:
    """Answer for oa.example.cn; everything else does not exist. Yields the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Names, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def certificate(folder: Path, *, days: float) -> ssl.SSLContext:
    """Return a server's context with a fresh self-signed certificate of so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = clock.now()
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=30)).not_valid_after(now + timedelta(days=days))
    signed = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(
        key, hashes.SHA256()
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context
