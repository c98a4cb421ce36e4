"""``observe``: one look of any kind, its failures as codes. Start here.

A protocol's library is imported at the first look that needs it: pysnmp alone takes half a second and 40 MB.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import aiohttp
import structlog

from yunshu.lib.probe.kit import Kit, NotResolved
from yunshu.lib.probe.outcome import Outcome, TooLarge
from yunshu.lib.probe.targets import Check, Push, Target, kind_of

log = structlog.get_logger()
Look = Callable[[Any, Kit], Awaitable[Outcome]]

_WAYS: Mapping[str, str] = {
    "icmp": "ports:icmp",
    "tcp": "ports:tcp",
    "tls": "ports:tls",
    "http": "pages:http",
    "scrape": "pages:scrape",
    "visit": "visits:visit",
    "dns": "naming:dns_record",
    "snmp": "snmp:snmp",
    "modbus": "modbus:modbus",
}
_TLS_FAULTS = {10: "tls_expired", 18: "tls_self_signed", 19: "tls_untrusted", 20: "tls_untrusted", 62: "tls_name"}


@cache
def _way(kind: str) -> Look:
    module, function = _WAYS[kind].split(":")
    look: Look = getattr(import_module(f"yunshu.lib.probe.{module}"), function)
    return look


def prepare(checks: Iterable[Check]) -> None:
    """Import what checks need, before the loop runs: an import would make it lag."""
    for kind in {kind_of(check) for check in checks} & _WAYS.keys():
        _way(kind)


async def observe(target: Target, kit: Kit) -> Outcome:
    """Make a target's check once, within its timeout; a heartbeat cannot be asked for (``silent``). Never raises for what the target, the network or we do."""
    if isinstance(target.check, Push):
        return Outcome(ok=False, error="silent")
    try:
        async with asyncio.timeout(target.timeout_s):
            return await _way(kind_of(target.check))(target.check, kit)
    except Exception as error:
        return Outcome(ok=False, error=code_of(error))


_CODES: Sequence[tuple[tuple[type[Exception], ...], str]] = (
    ((TimeoutError,), "timeout"),
    ((NotResolved, aiohttp.ClientConnectorDNSError), "resolve"),
    ((ConnectionRefusedError,), "refused"),
    ((ssl.SSLError,), "tls"),
    ((TooLarge,), "too_large"),
    ((PermissionError,), "internal:not_permitted"),
)


def code_of(error: Exception) -> str:
    """Return the code of a failure."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return code_of(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(error, aiohttp.ClientConnectorDNSError):
        return code_of(error.os_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _TLS_FAULTS.get(error.verify_code, "tls_untrusted")
    for types, code in _CODES:
        if isinstance(error, types):
            return code
    if isinstance(error, OSError):
        return _of_os(error)
    if isinstance(error, aiohttp.ClientError):
        return "protocol"
    log.exception("probe.look_failed")
    return f"internal:{type(error).__name__}"


def _of_os(error: OSError) -> str:
    """Return whose fault it is: too many open files and the like are ours."""
    if error.errno in (23, 24, 12, 105, 99):  # ENFILE, EMFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL
        return f"internal:errno_{error.errno}"
    return "reset" if isinstance(error, ConnectionError) else "unreachable"
