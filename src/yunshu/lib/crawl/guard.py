"""Whom a crawler may connect to: no private, loopback or link-local network, unless a network is named.

Names are resolved here and the connection goes to the very address that was judged, so an answer of the DNS that changes
in between ("rebinding") gains nothing. Every socket is judged a last time where it is made, addresses in URLs included.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address
Lookup = Callable[[str], Awaitable[list[str]]]
_NAT64 = ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ip_network("64:ff9b:1::/48")
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
"""Where Alibaba's, Azure's, Oracle's and Amazon's clouds tell a machine its secrets, besides 169.254.0.0/16."""


class AddressRefused(OSError):
    """A host has no address that may be connected to."""


async def system_lookup(name: str) -> list[str]:
    """Return the addresses of a name. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Guard:
    """Judges addresses. ``allow`` names networks that may be connected to though they are not public."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = [ip_network(network) for network in allow]

    def permits(self, text: str) -> bool:
        """Say whether an address may be connected to; what is no address may not."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if any(address in network for network in self._allow):
            return True
        return all(one.is_global and not one.is_multicast for one in meant(address))


class InnerGuard(Guard):
    """Judges what a prober of our own may look at: private networks too, never an address that only means trouble.

    Link-local ones (the clouds' metadata among them) and the metadata services that stand elsewhere tell whoever asks for them
    the secrets of the machine; none is anybody's system. ``allow`` makes exceptions.
    """

    def permits(self, text: str) -> bool:
        """Say whether an address may be connected to; what is no address may not."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if any(address in network for network in self._allow):
            return True
        return not any(
            one.is_link_local or one.is_multicast or one.is_unspecified or one in _METADATA for one in meant(address)
        )


def meant(address: Address) -> list[Address]:
    """Return an address and the IPv4 address that is wrapped in it (mapped, 6to4, Teredo, NAT64), if one is."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    inner: list[Address] = [address]
    if address.sixtofour:
        inner.append(address.sixtofour)
    if address.teredo:
        inner.extend(address.teredo)
    if address in _NAT64 or address in _LOCAL_NAT64 or int(address) >> 32 == 0:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return inner


class GuardedResolver(AbstractResolver):
    """Resolves for aiohttp: ``placed`` hosts to where they are served, all others by ``lookup``, judged by ``guard``."""

    def __init__(self, guard: Guard, placed: Mapping[str, tuple[str, int]], lookup: Lookup = system_lookup) -> None:
        self._guard, self._placed, self._lookup = guard, placed, lookup
        self._sockets = {(host, port) for host, port in placed.values()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the permitted addresses of a host. Raises AddressRefused if it has only others, OSError if none."""
        if place := self._placed.get(host.lower()):
            return [_result(host, *place)]
        found = list(dict.fromkeys(await self._lookup(host)))
        permitted = [address for address in found if self._guard.permits(address)]
        if found and not permitted:
            raise AddressRefused(f"{host} has no public address")
        return [_result(host, address, port) for address in permitted]

    def socket(self, info: AddrInfoType) -> socket.socket:
        """Make the socket of a connection, if its address may be connected to. Raises AddressRefused."""
        family, kind, protocol, _, where = info
        if (where[0], where[1]) not in self._sockets and not self._guard.permits(str(where[0])):
            raise AddressRefused(f"{where[0]} is not a public address")
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Nothing is held."""


def _result(name: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=name, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
