"""Looks at how a site's home page is carried: handshake, headers, IPv6. What is found is a ``TransportCard``; nothing is kept.

Every address is judged by the crawler's guard before it is connected to, those of handshakes and of AAAA records as well.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import dns.asyncresolver
import dns.exception
import dns.resolver
from selectolax.lexbor import LexborHTMLParser

from yunshu.domains.inspection.checks.seen import SiteCard, TransportCard
from yunshu.domains.inspection.checks.site_transport import NO_TLS
from yunshu.lib.crawl import text
from yunshu.lib.crawl.fetch import Fetched, Fetcher, Limits, Reach
from yunshu.lib.crawl.guard import Guard, Lookup, system_lookup
from yunshu.lib.crawl.pace import Manners
from yunshu.lib.probe.handshake import Handshake, shake

PORTS = {"http": 80, "https": 443}
NOT_THERE = frozenset({"refused", "unreachable", "reset", "timeout", "resolve"})
"""What a handshake ends with where nobody serves TLS."""
Records = Callable[[str], Awaitable[tuple[str, ...] | None]]
Opens = Callable[[str, int], Awaitable[bool | None]]
Places = Mapping[str, tuple[str, int]]


async def aaaa_of(host: str) -> tuple[str, ...] | None:
    """Return the AAAA records of a name, none if it has none; None if the DNS does not answer."""
    try:
        answer = await dns.asyncresolver.resolve(host, "AAAA")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError):
        return None
    return tuple(sorted(row.to_text() for row in answer))


async def opens(address: str, port: int) -> bool | None:
    """Say whether a port takes connections; None where this machine has no way there (no IPv6 of its own)."""
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError as error:
        return None if error.errno in (99, 101) else False  # EADDRNOTAVAIL, ENETUNREACH
    writer.transport.abort()
    return True


@dataclass(frozen=True)
class Ways:
    """How to get at hosts: ``http`` and ``https`` place hosts at (address, port), for a made-up city; ``allow`` and ``lookup`` as
    ``crawl.fetch.Reach``.
    """

    http: Places = field(default_factory=dict)
    https: Places = field(default_factory=dict)
    trust: ssl.SSLContext | None = None
    records: Records = aaaa_of
    opens: Opens = opens
    allow: tuple[str, ...] = ()
    lookup: Lookup = system_lookup
    timeout_s: float = 15.0


async def collect(site: SiteCard, now: datetime, ways: Ways | None = None) -> TransportCard:
    """Look at a site's home page. Never raises for what the site does."""
    card, _home = await look(site, now, ways or Ways())
    return card


async def look(site: SiteCard, now: datetime, ways: Ways) -> tuple[TransportCard, Fetched]:
    """Return how a site's home page is carried, and the page as it came. Never raises for what the site does."""
    host = site.hosts[0]
    shaken = await _shaken(host, ways, now)
    error = NO_TLS if shaken.error in NOT_THERE else shaken.error
    plain = await _home(site, "http", ways)
    home = plain if error == NO_TLS else await _home(site, "https", ways)
    aaaa = await ways.records(host)
    card = TransportCard(
        at=now,
        tls_error=error,
        days_left=shaken.days_left,
        version=shaken.version,
        redirects=plain.url.startswith("https://") if plain.ok else None,
        headers={name.lower(): value for name, value in home.headers.items()} if home.ok else None,
        meta_policy=_policy(home) if home.ok else "",
        aaaa=aaaa,
        ipv6_reachable=await _by_ipv6(aaaa or (), "http" if error == NO_TLS else "https", ways),
    )
    return card, home


async def _shaken(host: str, ways: Ways, now: datetime) -> Handshake:
    """Shake hands at the host's first address that may be connected to; where it is placed, there."""
    address, port = ways.https.get(host, ("", PORTS["https"]))
    try:
        address = address or next(filter(Guard(ways.allow).permits, await ways.lookup(host)))
    except (OSError, StopIteration):
        return Handshake(error="resolve")
    context = ways.trust or ssl.create_default_context()
    return await shake(address, port, host, context, now=now, timeout_s=ways.timeout_s)


async def _home(site: SiteCard, scheme: str, ways: Ways) -> Fetched:
    """Fetch the home page; its certificate was judged by the handshake, and does not keep its headers from being read."""
    parts = urlsplit(site.home_url)
    url = f"{scheme}://{site.hosts[0]}{parts.path or '/'}"
    placed = ways.https if scheme == "https" else ways.http
    reach = Reach(allow=ways.allow, placed=placed, lookup=ways.lookup, tls=False)
    async with Fetcher(Manners(robots=False), Limits(total_s=ways.timeout_s), reach=reach) as fetcher:
        return await fetcher.get(url)


def _policy(home: Fetched) -> str:
    html, _ = text.decode(home.body, home.headers.get("Content-Type", ""))
    for node in LexborHTMLParser(html).css("meta[http-equiv][content]"):
        if (node.attributes.get("http-equiv") or "").lower() == "content-security-policy":
            return node.attributes.get("content") or ""
    return ""


async def _by_ipv6(addresses: tuple[str, ...], scheme: str, ways: Ways) -> bool | None:
    """Say whether any address opens: True before None (not tried) before False; one that is not public opens for nobody outside."""
    guard, found = Guard(ways.allow), list[bool | None]()
    for address in addresses:
        if not guard.permits(address):
            found.append(False)
            continue
        try:
            async with asyncio.timeout(ways.timeout_s):
                found.append(await ways.opens(address, PORTS[scheme]))
        except TimeoutError:
            found.append(False)
    return True if True in found else None if None in found or not found else False
