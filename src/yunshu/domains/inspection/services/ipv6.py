"""Looks at how a site answers over IPv6: its records, its name servers, how often it opens, whether the same page comes, and
whether the hosts it leads to within the domain have records too (the seven checks of the sheet, A5 [V]).

Every address is judged by the crawler's guard before it is connected to. What this machine has no way to is None, not a fault.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

import dns.asyncresolver
import dns.exception
import dns.resolver

from yunshu.domains.inspection.checks.seen import Ipv6Card
from yunshu.lib.crawl import text
from yunshu.lib.crawl.fetch import Fetched, Fetcher, Limits, Reach
from yunshu.lib.crawl.guard import Guard
from yunshu.lib.crawl.hashing import distance
from yunshu.lib.crawl.pace import Manners

TRIES = 5
"""So often a connection is tried: the share that opens is the rate [I]."""
MOST_HOSTS = 50
ALIKE_BITS = 3
"""Home pages whose texts differ in at most so many bits of 64 are the same (the sheet, C: soft 404 [I])."""
NO_WAY = (99, 101)
"""EADDRNOTAVAIL, ENETUNREACH: this machine has no IPv6 of its own."""

Records = Callable[[str], Awaitable[tuple[str, ...] | None]]
Servers = Callable[[str], Awaitable[Mapping[str, bool] | None]]
Opens = Callable[[str, int], Awaitable[bool | None]]


async def aaaa_of(host: str) -> tuple[str, ...] | None:
    """Return the AAAA records of a name, none if it has none; None if the DNS does not answer."""
    try:
        answer = await dns.asyncresolver.resolve(host, "AAAA")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError):
        return None
    return tuple(sorted(row.to_text() for row in answer))


async def servers_of(host: str) -> Mapping[str, bool] | None:
    """Return the authoritative name servers of a name's zone, and whether each has an AAAA record; None if the DNS does not answer."""
    try:
        zone = await dns.asyncresolver.zone_for_name(host)
        names = [row.target.to_text() for row in await dns.asyncresolver.resolve(zone, "NS")]
    except (dns.exception.DNSException, OSError):
        return None
    found = await asyncio.gather(*map(aaaa_of, names))
    return None if None in found else {name: bool(each) for name, each in zip(names, found, strict=True)}


async def opens(address: str, port: int) -> bool | None:
    """Say whether a port takes connections; None where this machine has no way there (no IPv6 of its own)."""
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError as error:
        return None if error.errno in NO_WAY else False
    writer.transport.abort()
    return True


@dataclass(frozen=True)
class Ipv6Ways:
    """How to get at a site over IPv6; ``placed`` serves a made-up city's hosts for whom the DNS gives IPv6 addresses."""

    records: Records = aaaa_of
    servers: Servers = servers_of
    opens: Opens = opens
    placed: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Leads:
    """The hosts within a site's domain that its home page leads to (second level), and those that its pages lead to (third)."""

    second: frozenset[str] = frozenset()
    third: frozenset[str] = frozenset()


async def look(
    host: str,
    url: str,
    home: Fetched,
    port: int,
    *,
    leads: Leads,
    ways: Ipv6Ways,
    allow: Collection[str],
    timeout_s: float,
) -> Ipv6Card:
    """Return how ``host`` answers over IPv6; ``home`` is what its home page ``url`` gave over IPv4. Never raises for what it does."""
    aaaa = await ways.records(host)
    opened = await _opened(aaaa or (), port, ways, Guard(tuple(allow)), timeout_s)
    return Ipv6Card(
        aaaa=aaaa,
        reachable=None if opened is None else any(opened),
        opened=None if opened is None else (sum(opened), len(opened)),
        servers=await ways.servers(host),
        same=await _same(url, home, aaaa or (), ways, allow, timeout_s) if opened and any(opened) else None,
        second=await _supported(leads.second, ways),
        third=await _supported(leads.third, ways),
    )


async def _opened(
    addresses: tuple[str, ...], port: int, ways: Ipv6Ways, guard: Guard, timeout_s: float
) -> list[bool] | None:
    """Say of each try whether any address opened; one that is not public opens for nobody outside. None if it cannot be tried."""
    if not addresses:
        return None
    usable = [address for address in addresses if guard.permits(address)]
    tried = [await _any_opens(usable, port, ways, timeout_s) for _ in range(TRIES if usable else 0)]
    if not usable:
        return [False]
    return None if None in tried else [bool(each) for each in tried]


async def _any_opens(addresses: list[str], port: int, ways: Ipv6Ways, timeout_s: float) -> bool | None:
    """True before None (not tried) before False."""
    found: list[bool | None] = []
    for address in addresses:
        try:
            async with asyncio.timeout(timeout_s):
                found.append(await ways.opens(address, port))
        except TimeoutError:
            found.append(False)
        if found[-1]:
            return True
    return None if None in found else False


async def _same(
    url: str, home: Fetched, addresses: tuple[str, ...], ways: Ipv6Ways, allow: Collection[str], timeout_s: float
) -> bool | None:
    """Say whether the page that comes over IPv6 has the text of that over IPv4; None if one of them did not come."""

    async def lookup(_host: str) -> list[str]:
        return list(addresses)

    reach = Reach(allow=tuple(allow), placed=ways.placed, lookup=lookup, tls=False)
    async with Fetcher(Manners(robots=False), Limits(total_s=timeout_s), reach=reach) as fetcher:
        other = await fetcher.get(url)
    if not home.ok or not other.ok:
        return None
    one, two = (text.parse(each.body, each.headers.get("Content-Type", ""), url) for each in (home, other))
    return distance(one.simhash, two.simhash) <= ALIKE_BITS


async def _supported(hosts: Collection[str], ways: Ipv6Ways) -> Mapping[str, bool] | None:
    """Say of each host whether it has AAAA records; None if there is none to ask for, or the DNS did not answer for one."""
    names = sorted(hosts)[:MOST_HOSTS]
    found = await asyncio.gather(*map(ways.records, names))
    return None if not names or None in found else {name: bool(each) for name, each in zip(names, found, strict=True)}
