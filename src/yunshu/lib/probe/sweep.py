"""``sweep``: which addresses of a network answer, and to what. ``scraped`` asks a Prometheus what it scrapes."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

import aiohttp

from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.looking import observe, prepare
from yunshu.lib.probe.targets import Check, Icmp, Oid, Snmp, Target, Tcp

MOST_ADDRESSES, MOST_PORTS, AT_ONCE, TIMEOUT_S = 256, 16, 400, 1.5
UPTIME = Oid("uptime", "1.3.6.1.2.1.1.3.0")
ANSWER_BYTES = 8_000_000


class TooWide(ValueError):
    """More addresses or ports than one sweep may ask."""


@dataclass(frozen=True, slots=True)
class Found:
    """An address that answers: to echo requests, on TCP ports, to SNMP."""

    address: str
    echo: bool
    ports: tuple[int, ...]
    snmp: bool


def addresses(networks: Iterable[str]) -> list[str]:
    """Return the hosts of networks (``10.1.1.0/24``) and single addresses. Raises ValueError and TooWide."""
    out: dict[IPv4Address | IPv6Address, None] = {}
    for text in networks:
        network = ip_network(text, strict=False)
        if network.num_addresses > MOST_ADDRESSES:
            raise TooWide(text)
        out |= dict.fromkeys(network.hosts())
    if len(out) > MOST_ADDRESSES:
        raise TooWide(str(len(out)))
    return [str(one) for one in out]


async def sweep(hosts: Sequence[str], ports: Sequence[int], community: str = "") -> list[Found]:
    """Ask every host once; return those that answer at all. An empty ``community`` asks nobody by SNMP."""
    if len(hosts) > MOST_ADDRESSES or len(ports) > MOST_PORTS:
        raise TooWide(f"{len(hosts)} × {len(ports)}")
    checks: list[tuple[str, Check]] = [(h, Icmp(h, tries=1)) for h in hosts]
    checks += [(h, Tcp(h, port)) for h in hosts for port in ports]
    checks += [(h, Snmp(h, (UPTIME,), community=community)) for h in hosts] if community else []
    prepare(check for _host, check in checks)
    turn = asyncio.Semaphore(AT_ONCE)
    async with Kit() as kit:

        async def asked(host: str, check: Check) -> bool:
            async with turn:
                return (await observe(Target(host, check, 5, TIMEOUT_S), kit)).ok

        answers = await asyncio.gather(*(asked(host, check) for host, check in checks))
    well = {(host, check) for (host, check), ok in zip(checks, answers, strict=True) if ok}
    found = (_found(host, [check for at, check in well if at == host]) for host in hosts)
    return [one for one in found if one.echo or one.ports or one.snmp]


def _found(host: str, well: Sequence[Check]) -> Found:
    ports = tuple(sorted(check.port for check in well if isinstance(check, Tcp)))
    kinds = {type(check) for check in well}
    return Found(host, Icmp in kinds, ports, Snmp in kinds)


async def scraped(url: str, timeout_s: float = 10.0) -> list[tuple[str, str]]:
    """Return (job and instance, address) of what a Prometheus scrapes (``/api/v1/targets``). Raises OSError and ValueError."""
    at = f"{url.rstrip('/')}/api/v1/targets?state=active"
    try:
        async with (
            Kit() as kit,
            kit.session(verify=True).get(
                at, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=timeout_s)
            ) as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"HTTP {answer.status}")
            if (answer.content_length or 0) > ANSWER_BYTES:
                raise ValueError("too large")
            words = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    try:
        active = words["data"]["activeTargets"]
        return [(f"{one['labels']['job']} {one['labels']['instance']}", str(one["scrapeUrl"])) for one in active]
    except (KeyError, TypeError) as error:
        raise ValueError("not the answer of a Prometheus") from error
