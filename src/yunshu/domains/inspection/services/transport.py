"""Looks at how a site's home page is carried: handshake, headers, IPv6. What is found is a ``TransportCard``; nothing is kept.

Every address is judged by the crawler's guard before it is connected to, those of handshakes and of AAAA records as well.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from yunshu.domains.inspection.checks.seen import SiteCard, TransportCard
from yunshu.domains.inspection.checks.site_transport import NO_TLS
from yunshu.domains.inspection.services import ipv6 as by_ipv6
from yunshu.lib.crawl import text
from yunshu.lib.crawl.fetch import Fetched, Fetcher, Limits, Reach
from yunshu.lib.crawl.guard import Guard, Lookup, system_lookup
from yunshu.lib.crawl.pace import Manners
from yunshu.lib.probe.handshake import Handshake, shake

PORTS = {"http": 80, "https": 443}
NOT_THERE = frozenset({"refused", "unreachable", "reset", "timeout", "resolve"})
"""What a handshake ends with where nobody serves TLS."""
Places = Mapping[str, tuple[str, int]]


@dataclass(frozen=True)
class Ways:
    """How to get at hosts: ``http`` and ``https`` place hosts at (address, port), for a made-up city; ``allow`` and ``lookup`` as
    ``crawl.fetch.Reach``.
    """

    http: Places = field(default_factory=dict)
    https: Places = field(default_factory=dict)
    trust: ssl.SSLContext | None = None
    ipv6: by_ipv6.Ipv6Ways = field(default_factory=by_ipv6.Ipv6Ways)
    allow: tuple[str, ...] = ()
    lookup: Lookup = system_lookup
    timeout_s: float = 15.0


async def look(
    site: SiteCard, now: datetime, ways: Ways, leads: by_ipv6.Leads | None = None
) -> tuple[TransportCard, Fetched]:
    """Return how a site's home page is carried, and the page as it came. Never raises for what the site does."""
    host = site.hosts[0]
    shaken = await _shaken(host, ways, now)
    error = NO_TLS if shaken.error in NOT_THERE else shaken.error
    plain = await _home(site, "http", ways)
    home = plain if error == NO_TLS else await _home(site, "https", ways)
    scheme = "http" if error == NO_TLS else "https"
    found = await by_ipv6.look(
        host,
        _url(site, scheme),
        home,
        PORTS[scheme],
        leads=leads or by_ipv6.Leads(),
        ways=ways.ipv6,
        allow=ways.allow,
        timeout_s=ways.timeout_s,
    )
    card = TransportCard(
        at=now,
        tls_error=error,
        days_left=shaken.days_left,
        version=shaken.version,
        redirects=plain.url.startswith("https://") if plain.ok else None,
        headers={name.lower(): value for name, value in home.headers.items()} if home.ok else None,
        meta_policy=_policy(home) if home.ok else "",
        ipv6=found,
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
    placed = ways.https if scheme == "https" else ways.http
    reach = Reach(allow=ways.allow, placed=placed, lookup=ways.lookup, tls=False)
    async with Fetcher(Manners(robots=False), Limits(total_s=ways.timeout_s), reach=reach) as fetcher:
        return await fetcher.get(_url(site, scheme))


def _url(site: SiteCard, scheme: str) -> str:
    return f"{scheme}://{site.hosts[0]}{urlsplit(site.home_url).path or '/'}"


def _policy(home: Fetched) -> str:
    html, _ = text.decode(home.body, home.headers.get("Content-Type", ""))
    for node in LexborHTMLParser(html).css("meta[http-equiv][content]"):
        if (node.attributes.get("http-equiv") or "").lower() == "content-security-policy":
            return node.attributes.get("content") or ""
    return ""
