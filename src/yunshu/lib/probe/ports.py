"""Looks at ports: a TCP connection, and a TLS certificate's life."""

import asyncio
import ssl
import time

from cryptography import x509

from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.outcome import Outcome
from yunshu.lib.probe.targets import Icmp, Tcp, TlsExpiry

DAY_S = 86_400
ECHO_TRY_S = 1.0


async def icmp(check: Icmp, kit: Kit) -> Outcome:
    """Send echo requests until one returns."""
    address = await kit.address(check.host)
    for left in reversed(range(check.tries)):
        try:
            async with asyncio.timeout(ECHO_TRY_S if left else None):
                return Outcome(ok=True, latency_ms=await kit.echo(address).round_trip(address) * 1000)
        except TimeoutError:
            continue
    raise TimeoutError


async def tcp(check: Tcp, kit: Kit) -> Outcome:
    """Connect and close."""
    address = await kit.address(check.host)
    started = time.perf_counter()
    _, writer = await asyncio.open_connection(address, check.port)
    taken = time.perf_counter() - started
    writer.transport.abort()
    return Outcome(ok=True, latency_ms=taken * 1000)


async def tls(check: TlsExpiry, kit: Kit) -> Outcome:
    """Shake hands and read how long the certificate lives. ``expires_soon`` is DEGRADED, expired is a failure."""
    address = await kit.address(check.host)
    started = time.perf_counter()
    context = kit.part(f"tls {check.verify}", lambda: _context(verify=check.verify))
    name = check.server_name or check.host
    _, writer = await asyncio.open_connection(address, check.port, ssl=context, server_hostname=name)
    taken = (time.perf_counter() - started) * 1000
    try:
        held = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    left_s = x509.load_der_x509_certificate(held).not_valid_after_utc.timestamp() - time.time()
    values = {"days_left": round(left_s / DAY_S, 3)}
    if left_s <= 0:
        return Outcome(ok=False, latency_ms=taken, error="tls_expired", values=values)
    soon = left_s < check.min_days * DAY_S
    return Outcome(ok=True, latency_ms=taken, error="expires_soon" if soon else "", degraded=soon, values=values)


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
